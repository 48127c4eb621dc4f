// The browser's side of a WebSocket as its users see it, under the names that the types of `ws` have for it.

import type { MessageData } from "./binary-type.js";

/** A message: text always as a Buffer, binary data as `binaryType` says. A Blob is not named here, as the types of `ws` do not. */
export type RawData = Exclude<MessageData, Blob>;

/** What the event of a message carries: text as a string, binary data as `binaryType` says. */
export type Data = string | RawData;

/** What listeners are called with. */
export interface Event {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the WebSocket, which those who are typed for `ws` know under its type of that name.
  readonly target: any;
}

export interface CloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  /** Whether both ends have sent Close. */
  readonly wasClean: boolean;
}

export interface ErrorEvent extends Event {
  // biome-ignore lint/suspicious/noExplicitAny: as in the DOM's own type.
  readonly error: any;
  readonly message: string;
}

export interface MessageEvent extends Event {
  readonly data: Data;
}

/** The events by the names that they are listened for under. */
export interface WebSocketEventMap {
  close: CloseEvent;
  error: ErrorEvent;
  message: MessageEvent;
  open: Event;
}

export interface EventListenerOptions {
  /** The listener is removed when it is called. Default false. */
  once?: boolean | undefined;
}

export type WebSocketEventListener<E> = ((event: E) => void) | { handleEvent(event: E): void };

export type WebSocketEventHandler<E> = ((event: E) => void) | null;

/** What browsers have. */
export interface WebSocketAttributes {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  onopen: WebSocketEventHandler<Event>;
  onerror: WebSocketEventHandler<ErrorEvent>;
  onclose: WebSocketEventHandler<CloseEvent>;
  onmessage: WebSocketEventHandler<MessageEvent>;
  addEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: WebSocketEventListener<WebSocketEventMap[K]>,
    options?: EventListenerOptions,
  ): void;
  removeEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: WebSocketEventListener<WebSocketEventMap[K]>,
  ): void;
}
