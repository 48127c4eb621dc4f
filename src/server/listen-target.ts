// Where to listen, in the forms that users write.

import { describeUnknownName, describeValue, invalidArgument, isRecord } from "../protocol/index.js";
import type { ListenAddress } from "../transport/index.js";
import { type ListenName, listenTable } from "./option-names.js";

/** A port (0 takes a free one), a port of one host, the path of a unix socket, or a socket that listens already. */
export type ListenTarget =
  | number
  | {
      readonly port: number;
      readonly host?: string | undefined;
      /** Servers in several threads or processes that all say so share the port, and the kernel deals connections out
       * to them. `TransportError` `UNSUPPORTED_TRANSPORT` where the transport cannot. Default: false. */
      readonly reusePort?: boolean | undefined;
    }
  | { readonly path: string }
  /** The descriptor of a socket that whoever started the process has made, as systemd does: LISTEN_FDS counts them from 3. It is
   * the server's from then on. */
  | { readonly fd: number };

/** `others` are arguments that Node's `listen` would take. Throws `StateError` `INVALID_ARGUMENT` for them too. */
export function parseListenTarget(target: ListenTarget, others: readonly unknown[] = []): ListenAddress {
  const other = others.find((value) => value !== undefined);
  if (other !== undefined) {
    const advice =
      typeof other === "function"
        ? "it answers a promise instead of calling back"
        : "a host is given as { port, host }";
    throw invalidArgument(`listen takes one argument, and got ${describeValue(other)} too; ${advice}`);
  }
  if (typeof target === "number") return { port: checkPort(target) };
  if (typeof target === "string" && /^\d+$/.test(target)) return { port: checkPort(target) };
  if (!isRecord(target)) {
    throw invalidArgument(
      `cannot listen on ${describeValue(target)}; give a port, { port, host, reusePort }, { path } or { fd }`,
    );
  }
  const problem = describeUnknownName(target, listenTable);
  if (problem !== undefined) throw invalidArgument(problem);
  const { port, host, path, reusePort, fd } = target as Partial<Record<ListenName, unknown>>;
  if (fd !== undefined) return { fd: checkDescriptor(fd, { port, host, path, reusePort }) };
  const isPortShared = checkReusePort(reusePort);
  if (path !== undefined) {
    const useless = port !== undefined ? "port" : host !== undefined ? "host" : undefined;
    if (useless !== undefined) {
      const text = `${useless} means nothing beside path: a server listens on a port or on a unix socket; leave one of them out`;
      throw invalidArgument(text);
    }
    return { path: checkPath(path, isPortShared) };
  }
  if (host !== undefined && (typeof host !== "string" || host === ""))
    throw invalidArgument(
      `host is ${describeValue(host)}; it takes a name or an address, such as "127.0.0.1"`,
    );
  return isPortShared ? { port: checkPort(port), host, isPortShared } : { port: checkPort(port), host };
}

function checkDescriptor(fd: unknown, others: Readonly<Record<string, unknown>>): number {
  const useless = Object.keys(others).find((name) => others[name] !== undefined);
  if (useless !== undefined) {
    const text = `${useless} means nothing beside fd, a socket that listens somewhere already; leave one of them out`;
    throw invalidArgument(text);
  }
  if (typeof fd === "number" && Number.isInteger(fd) && fd >= 0) return fd;
  throw invalidArgument(
    `fd is ${describeValue(fd)}; it takes the descriptor of a listening socket, such as 3`,
  );
}

function checkPath(path: unknown, isPortShared: boolean): string {
  if (isPortShared)
    throw invalidArgument("reusePort is for ports; the path of a unix socket has one listener");
  if (typeof path === "string" && path !== "") return path;
  throw invalidArgument(`path is ${describeValue(path)}; it takes the path of a unix socket`);
}

function checkReusePort(reusePort: unknown): boolean {
  if (reusePort === undefined || typeof reusePort === "boolean") return reusePort === true;
  throw invalidArgument(`reusePort is ${describeValue(reusePort)}; it takes true or false`);
}

function checkPort(port: unknown): number {
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  const shown = describeValue(port);
  throw invalidArgument(
    typeof port === "string"
      ? `port ${shown} is a string; it takes a number, as in Number(${shown})`
      : `port ${shown} is not an integer from 0 to 65535`,
  );
}
