// Where a server listens, in words that a client understands.

import { encodeSocketPath } from "../handshake/index.js";
import type { BoundAddress } from "../transport/index.js";

/** Where a server listens. */
export interface ServerAddress {
  /** 0 on a unix socket. */
  readonly port: number;
  /** IP address, or the path of the unix socket. */
  readonly address: string;
  /** For `connect`. */
  readonly url: string;
}

export function describeAddress(bound: BoundAddress, isSecure: boolean, path?: string): ServerAddress {
  const scheme = isSecure ? "wss" : "ws";
  if ("path" in bound) {
    const url = `${scheme}+unix:${encodeSocketPath(bound.path)}:${path ?? "/"}`;
    return { port: 0, address: bound.path, url };
  }
  const { address, port, isIPv6 } = bound;
  const isAny = address === "::" || address === "0.0.0.0";
  const host = isAny ? "localhost" : isIPv6 ? `[${address}]` : address;
  return { port, address, url: `${scheme}://${host}:${port}${path ?? ""}` };
}
