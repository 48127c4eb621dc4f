// Loaded before an example: port 8080, which the pages write, becomes a free one, the same for listening and connecting,
// whatever carries the connections.

import { Server, Socket } from "node:net";
import { UringDialer, UringListener } from "#src/uring/index.js";

const WRITTEN_PORT = 8080;

type Method = (this: object, ...args: unknown[]) => unknown;

let actualPort = Number(process.env.SLUICE_DOCS_PORT) || undefined;

/** The arguments with the port replaced, in each form that Node takes them in. */
function withPort(args: readonly unknown[], port: number): unknown[] {
  const [first, ...rest] = args;
  if (Number(first) === WRITTEN_PORT) return [port, ...rest];
  // Node's own callers pass all arguments as one array, which carries a symbol to say so.
  const target: unknown = Array.isArray(first) ? first[0] : first;
  if (
    typeof target === "object" &&
    target !== null &&
    Number((target as { port?: unknown }).port) === WRITTEN_PORT
  ) {
    (target as { port: number }).port = port;
  }
  return [...args];
}

const listen = Server.prototype.listen as Method;
Server.prototype.listen = function (this: Server, ...args: unknown[]) {
  this.once("listening", () => {
    const address = this.address();
    if (typeof address !== "object" || address === null) return;
    actualPort ??= address.port;
    process.send?.({ port: address.port });
  });
  return listen.apply(this, withPort(args, 0));
} as typeof Server.prototype.listen;

const connect = Socket.prototype.connect as Method;
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  return connect.apply(this, actualPort === undefined ? args : withPort(args, actualPort));
} as typeof Socket.prototype.connect;

const { listen: listenOnRing } = UringListener.prototype;
UringListener.prototype.listen = async function (address) {
  const bound = await listenOnRing.apply(this, withPort([address], 0) as [typeof address]);
  if ("port" in bound) {
    actualPort ??= bound.port;
    process.send?.({ port: bound.port });
  }
  return bound;
};

const { dial } = UringDialer.prototype;
UringDialer.prototype.dial = function (address, deadline) {
  const [target] = actualPort === undefined ? [address] : withPort([address], actualPort);
  return dial.call(this, target as typeof address, deadline);
};
