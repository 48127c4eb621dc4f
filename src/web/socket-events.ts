// The events of a WebSocket by name, for compilers. At run time the class is the platform's EventTarget and nothing else.

import type { CloseEvent } from "./close-event.js";
import type { SocketData, SocketErrorEvent } from "./fired-event.js";
import type { MessageEvent } from "./message-event.js";

export interface WebSocketEventMap {
  open: Event;
  message: MessageEvent<SocketData>;
  error: SocketErrorEvent;
  close: CloseEvent;
}

/** What an attribute such as `onmessage` holds. */
export type EventHandler<Target, Kind> = ((this: Target, event: Kind) => unknown) | null;

/** A function, or an object with a method `handleEvent`. */
export type SocketListener<Kind> = ((event: Kind) => unknown) | { handleEvent(event: Kind): unknown };

/** Further options of `addEventListener`: a `signal` that removes the listener. */
export interface SocketListenerOptions {
  capture?: boolean | undefined;
  once?: boolean | undefined;
  passive?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** An EventTarget that knows its events. */
export interface TypedEventTarget extends EventTarget {
  addEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    listener: SocketListener<WebSocketEventMap[Name]> | null,
    options?: SocketListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: SocketListener<Event> | null,
    options?: SocketListenerOptions | boolean,
  ): void;
  removeEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    listener: SocketListener<WebSocketEventMap[Name]> | null,
    options?: SocketListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: SocketListener<Event> | null,
    options?: SocketListenerOptions | boolean,
  ): void;
}

export const SocketEventTarget = EventTarget as unknown as new () => TypedEventTarget;
