// The events of a WebSocket and of a server, and the attributes that are made for a whole class at once, as types.

import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { MessageData } from "./incoming.js";
import type { WebSocket } from "./websocket.js";

/** A message: text always as a Buffer, binary data as `binaryType` says. */
export type RawData = MessageData;

/** What the events of a WebSocket carry. */
export interface WebSocketEventMap {
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
export interface ServerEventMap {
  listening: [];
  connection: [ws: WebSocket, request: IncomingMessage];
  headers: [lines: string[], request: IncomingMessage];
  wsClientError: [error: Error, socket: Duplex, request: IncomingMessage];
  error: [error: Error];
  close: [];
}

/** What listeners are called with. */
export interface WebSocketEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the WebSocket, which those who are typed for `ws` know under its type of that name.
  readonly target: any;
}

export interface WebSocketCloseEvent extends WebSocketEvent {
  readonly code: number;
  readonly reason: string;
  /** Whether both ends have sent Close. */
  readonly wasClean: boolean;
}

export interface WebSocketErrorEvent extends WebSocketEvent {
  // biome-ignore lint/suspicious/noExplicitAny: as in the DOM's own type.
  readonly error: any;
  readonly message: string;
}

export interface WebSocketMessageEvent extends WebSocketEvent {
  /** Text as a string, binary data as `binaryType` says. */
  readonly data: string | Exclude<RawData, Blob>;
}

/** The events by the names that they are listened for under. */
export interface WebSocketEventsByType {
  close: WebSocketCloseEvent;
  error: WebSocketErrorEvent;
  message: WebSocketMessageEvent;
  open: WebSocketEvent;
}

export type WebSocketEventListener<E> = ((event: E) => void) | { handleEvent(event: E): void };

export type WebSocketEventHandler<E> = ((event: E) => void) | null;

/** What browsers have. */
export interface WebSocketAttributes {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  onopen: WebSocketEventHandler<WebSocketEvent>;
  onerror: WebSocketEventHandler<WebSocketErrorEvent>;
  onclose: WebSocketEventHandler<WebSocketCloseEvent>;
  onmessage: WebSocketEventHandler<WebSocketMessageEvent>;
  addEventListener<K extends keyof WebSocketEventsByType>(
    type: K,
    listener: WebSocketEventListener<WebSocketEventsByType[K]>,
    options?: { once?: boolean | undefined },
  ): void;
  removeEventListener<K extends keyof WebSocketEventsByType>(
    type: K,
    listener: WebSocketEventListener<WebSocketEventsByType[K]>,
  ): void;
}
