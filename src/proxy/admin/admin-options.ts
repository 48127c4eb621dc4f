// What an admin port may be told.

import {
  checkOptions,
  describeValue,
  invalidArgument,
  type NamesOf,
  type OptionTable,
} from "../../protocol/index.js";
import type { ListenAddress } from "../../transport/index.js";

export interface AdminOptions {
  /** 0 takes a free one. */
  port?: number | undefined;
  /** Default "127.0.0.1": nobody but this machine. Whoever can connect sees what passes through the proxy. */
  host?: string | undefined;
  /** In place of `port`, the descriptor of a socket that listens already, such as one that `inheritedListeners` has. It is the admin
   * port's from then on, and `host` only a name that it answers under. */
  fd?: number | undefined;
}

export interface AdminSettings {
  readonly address: ListenAddress;
  readonly host: string;
}

const adminTable: OptionTable = {
  owner: "startAdmin",
  names: { port: true, host: true, fd: true } satisfies NamesOf<AdminOptions>,
  hints: { tls: "put a proxy with TLS in front of it", token: "put a proxy that asks for it in front of it" },
};

/** Throws `StateError` `INVALID_ARGUMENT`. */
export function resolveAdminOptions(options: AdminOptions): AdminSettings {
  checkOptions(options, adminTable);
  const { port, host = "127.0.0.1", fd } = options;
  if (typeof host !== "string" || host === "")
    throw invalidArgument(
      `host of startAdmin is ${describeValue(host)}; it takes a name or an address, such as "127.0.0.1"`,
    );
  if (fd === undefined) return { address: { port: checkPort(port), host }, host };
  if (port !== undefined)
    throw invalidArgument(
      "port of startAdmin means nothing beside fd, a socket that listens somewhere already",
    );
  if (!Number.isInteger(fd) || fd < 0)
    throw invalidArgument(
      `fd of startAdmin is ${describeValue(fd)}; it takes the descriptor of a listening socket, such as 3`,
    );
  return { address: { fd }, host };
}

function checkPort(port: number | undefined): number {
  if (port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw invalidArgument(`port of startAdmin is ${describeValue(port)}; it takes an integer from 0 to 65535`);
}
