// The events of a WebSocket and of a server, and the attributes that are made for a whole class at once, as types.

import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { CloseEvent, ErrorEvent, Event, MessageEvent } from "./event-target.js";
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

interface EventsByType {
  close: CloseEvent;
  error: ErrorEvent;
  message: MessageEvent;
  open: Event;
}

type Listener<E> = ((event: E) => void) | { handleEvent(event: E): void };

/** What browsers have. */
export interface WebSocketAttributes {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  addEventListener<K extends keyof EventsByType>(
    type: K,
    listener: Listener<EventsByType[K]>,
    options?: { once?: boolean | undefined },
  ): void;
  removeEventListener<K extends keyof EventsByType>(type: K, listener: Listener<EventsByType[K]>): void;
}
