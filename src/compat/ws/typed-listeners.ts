// What listeners are called with, and on what: without these a listener would be typed as that of any EventEmitter. Events
// that a program makes up, and what it adds to an event, may be of any kind.

import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { RawData } from "./browser-events.js";
import type { WebSocketClass } from "./server-options.js";
import type { WebSocket } from "./websocket.js";
import type { WebSocketServer } from "./websocket-server.js";

/** What the events of a WebSocket carry. */
export interface WebSocketEvents {
  open: [];
  message: [data: RawData, isBinary: boolean];
  ping: [data: Buffer];
  pong: [data: Buffer];
  close: [code: number, reason: Buffer];
  error: [error: Error];
  upgrade: [response: IncomingMessage];
  redirect: [url: string, request: ClientRequest];
  "unexpected-response": [request: ClientRequest, response: IncomingMessage];
}

/** What the events of a server carry. */
export interface ServerEvents<Client = WebSocket, Request = IncomingMessage> {
  listening: [];
  connection: [ws: Client, request: Request];
  headers: [lines: string[], request: Request];
  wsClientError: [error: Error, socket: Duplex, request: Request];
  error: [error: Error];
  close: [];
}

/** A listener, which is called on what it listens to. */
export type Listener<Source, Values extends unknown[]> = (this: Source, ...values: Values) => void;

// biome-ignore lint/suspicious/noExplicitAny: nobody but the program knows.
export type AnyListener<Source> = Listener<Source, any[]>;

declare module "./websocket.js" {
  interface WebSocket {
    on<K extends keyof WebSocketEvents>(event: K, listener: Listener<WebSocket, WebSocketEvents[K]>): this;
    on(event: string | symbol, listener: AnyListener<WebSocket>): this;
    once<K extends keyof WebSocketEvents>(event: K, listener: Listener<WebSocket, WebSocketEvents[K]>): this;
    once(event: string | symbol, listener: AnyListener<WebSocket>): this;
    off<K extends keyof WebSocketEvents>(event: K, listener: Listener<WebSocket, WebSocketEvents[K]>): this;
    off(event: string | symbol, listener: AnyListener<WebSocket>): this;
    addListener<K extends keyof WebSocketEvents>(
      event: K,
      listener: Listener<WebSocket, WebSocketEvents[K]>,
    ): this;
    addListener(event: string | symbol, listener: AnyListener<WebSocket>): this;
    removeListener<K extends keyof WebSocketEvents>(
      event: K,
      listener: Listener<WebSocket, WebSocketEvents[K]>,
    ): this;
    removeListener(event: string | symbol, listener: AnyListener<WebSocket>): this;
  }
}

declare module "./websocket-server.js" {
  interface WebSocketServer<
    Class extends WebSocketClass = typeof WebSocket,
    Request extends typeof IncomingMessage = typeof IncomingMessage,
  > {
    on<K extends keyof ServerEvents>(event: K, listener: ServerListener<Class, Request, K>): this;
    on(event: string | symbol, listener: AnyListener<WebSocketServer<Class, Request>>): this;
    once<K extends keyof ServerEvents>(event: K, listener: ServerListener<Class, Request, K>): this;
    once(event: string | symbol, listener: AnyListener<WebSocketServer<Class, Request>>): this;
    off<K extends keyof ServerEvents>(event: K, listener: ServerListener<Class, Request, K>): this;
    off(event: string | symbol, listener: AnyListener<WebSocketServer<Class, Request>>): this;
    addListener<K extends keyof ServerEvents>(event: K, listener: ServerListener<Class, Request, K>): this;
    addListener(event: string | symbol, listener: AnyListener<WebSocketServer<Class, Request>>): this;
    removeListener<K extends keyof ServerEvents>(event: K, listener: ServerListener<Class, Request, K>): this;
    removeListener(event: string | symbol, listener: AnyListener<WebSocketServer<Class, Request>>): this;
  }
}

export type ServerListener<
  Class extends WebSocketClass,
  Request extends typeof IncomingMessage,
  K extends keyof ServerEvents,
> = Listener<WebSocketServer<Class, Request>, ServerEvents<InstanceType<Class>, InstanceType<Request>>[K]>;
