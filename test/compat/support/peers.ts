// Both ends of a conversation, of one implementation, or one of them and a bare socket.

import type { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openRaw, type RawPeer } from "../../support/raw-client.js";
import { startRawServer } from "../../support/raw-server.js";
import type { WireHead } from "../../support/wire.js";
import type { CompatServer, CompatSocket, Options, SocketClass, WsModule } from "./ws-module.js";

export interface After {
  after(hook: () => void): void;
}

/** The arguments of the next such event, an `error` event among them. */
// biome-ignore lint/suspicious/noExplicitAny: what an event carries is what the test is about
export function event(emitter: EventEmitter, name: string): Promise<any[]> {
  return new Promise((resolve) => {
    emitter.once(name, (...given: unknown[]) => resolve(given));
  });
}

/** The end of a connection as its `close` event tells it. */
export async function closed(socket: CompatSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await event(socket, "close")) as [number, Buffer];
  return { code, reason: reason.toString() };
}

/** The first error, and then the end. */
export async function failed(socket: CompatSocket): Promise<Error & { code?: string }> {
  const ended = event(socket, "close");
  const [error] = await event(socket, "error");
  await ended;
  return error;
}

/** The names of these events, in the order in which they come. */
export function orderOf(emitter: EventEmitter, ...names: string[]): string[] {
  const order: string[] = [];
  for (const name of names) emitter.on(name, () => order.push(name));
  return order;
}

export function portOf(server: CompatServer | Server): number {
  return (server.address() as AddressInfo).port;
}

/** A server of the implementation on a free port. It ends with the test, and so do its clients. */
export async function startServer(
  t: After,
  module: WsModule,
  options: Options = {},
): Promise<{ server: CompatServer; port: number; url: string }> {
  const server = new module.WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  endWith(t, server);
  await event(server, "listening");
  const port = portOf(server);
  return { server, port, url: `ws://127.0.0.1:${port}` };
}

/** Ends the server and its clients with the test. */
export function endWith(t: After, server: CompatServer): void {
  server.on("connection", (socket: CompatSocket) => {
    t.after(() => socket.terminate());
  });
  t.after(() => server.close());
}

/** A server of node:http, listening; it ends with the test. */
export async function startHttp(t: After, server = createServer()): Promise<{ http: Server; port: number }> {
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await event(server, "listening");
  return { http: server, port: portOf(server) };
}

/** A client of the implementation that is ended with the test, and may fail at its end. */
export function connectTo(
  t: After,
  module: { readonly WebSocket: SocketClass },
  url: string,
  ...rest: [(string | readonly string[] | Options | null)?, Options?]
): CompatSocket {
  const client = new module.WebSocket(url, ...rest);
  t.after(() => {
    client.on("error", () => {});
    client.terminate();
  });
  return client;
}

export interface Pair {
  readonly server: CompatServer;
  readonly port: number;
  readonly client: CompatSocket;
  readonly peer: CompatSocket;
  readonly request: IncomingMessage;
}

/** A client and a server of the implementation, connected. `peer` is the server's end. */
export async function connectPair(
  t: After,
  module: WsModule,
  options: { server?: Options; client?: Options; protocols?: string[] } = {},
): Promise<Pair> {
  const { server, port, url } = await startServer(t, module, options.server);
  const accepted = event(server, "connection");
  const client = connectTo(t, module, url, options.protocols ?? [], options.client);
  const [[peer, request]] = await Promise.all([accepted, event(client, "open")]);
  return { server, port, client, peer, request };
}

/** A server of the implementation and a bare client. */
export async function rawClientOf(
  t: After,
  module: WsModule,
  options: Options = {},
  headers: Record<string, string | undefined> = {},
): Promise<{ raw: RawPeer; head: WireHead; socket: CompatSocket; server: CompatServer }> {
  const { server, port } = await startServer(t, module, options);
  const accepted = event(server, "connection");
  const raw = await openRaw(t, { port });
  const head = await raw.upgrade(headers);
  const [socket] = await accepted;
  return { raw, head, socket, server };
}

/** A client of the implementation and a bare server. */
export async function rawServerOf(
  t: After,
  module: WsModule,
  options: Options = {},
  headers: readonly string[] = [],
): Promise<{ raw: RawPeer; socket: CompatSocket }> {
  const server = await startRawServer(t);
  const socket = connectTo(t, module, server.url, options);
  const opened = event(socket, "open");
  const raw = await server.acceptUpgrade(headers);
  await opened;
  return { raw, socket };
}

/** Lets everything happen that is due in this turn of the event loop and in the next. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}
