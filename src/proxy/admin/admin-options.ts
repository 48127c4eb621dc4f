// What an admin port may be told.

import {
  checkOptions,
  describeValue,
  invalidArgument,
  type NamesOf,
  type OptionTable,
} from "../../protocol/index.js";

export interface AdminOptions {
  /** 0 takes a free one. */
  port: number;
  /** Default "127.0.0.1": nobody but this machine. Whoever can connect sees what passes through the proxy. */
  host?: string | undefined;
}

const adminTable: OptionTable = {
  owner: "startAdmin",
  names: { port: true, host: true } satisfies NamesOf<AdminOptions>,
  hints: { tls: "put a proxy with TLS in front of it", token: "put a proxy that asks for it in front of it" },
};

/** Throws `StateError` `INVALID_ARGUMENT`. */
export function resolveAdminOptions(options: AdminOptions): Required<AdminOptions> & { host: string } {
  checkOptions(options, adminTable);
  const { port, host = "127.0.0.1" } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalidArgument(
      `port of startAdmin is ${describeValue(port)}; it takes an integer from 0 to 65535`,
    );
  if (typeof host !== "string" || host === "")
    throw invalidArgument(
      `host of startAdmin is ${describeValue(host)}; it takes a name or an address, such as "127.0.0.1"`,
    );
  return { port, host };
}
