// Where to listen, in the forms that users write.

import { StateError } from "../protocol/index.js";
import type { ListenAddress } from "../transport/index.js";

/** A port (0 takes a free one), a port of one host, or the path of a unix socket. */
export type ListenTarget =
  | number
  | { readonly port: number; readonly host?: string }
  | { readonly path: string };

export function parseListenTarget(target: ListenTarget): ListenAddress {
  if (typeof target === "number") return { port: checkPort(target) };
  if (typeof target === "object" && target !== null && "path" in target) return { path: target.path };
  if (typeof target !== "object" || target === null) {
    throw new StateError(
      "INVALID_ARGUMENT",
      `cannot listen on ${String(target)}; give a port, { port, host } or { path }`,
    );
  }
  return { port: checkPort(target.port), host: target.host };
}

function checkPort(port: unknown): number {
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new StateError("INVALID_ARGUMENT", `port ${String(port)} is not an integer from 0 to 65535`);
}
