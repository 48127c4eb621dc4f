// The globals that a program for browsers expects. What is there already stays.

import {
  CloseEvent,
  ErrorEvent,
  MessageEvent,
  WebSocket,
  WebSocketError,
  WebSocketStream,
} from "../web/index.js";

const classes = { WebSocket, CloseEvent, ErrorEvent, MessageEvent, WebSocketStream, WebSocketError };

/** The names of the globals that were missing and are Sluice's now. */
export const installed: readonly string[] = Object.freeze(
  Object.entries(classes).flatMap(([name, value]) => {
    if (name in globalThis) return [];
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    return [name];
  }),
);
