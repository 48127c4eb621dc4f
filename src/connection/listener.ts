// What users hang on a connection.

import type { WebSocketConnection } from "./websocket-connection.js";

/**
 * Called in the order of events, one `message` at a time: when it answers a promise, the connection's next message waits
 * for it, and the peer is slowed down. What a handler throws goes to `error` and closes this connection with 1011.
 */
export interface ConnectionHandlers<Context = unknown> {
  /** A whole message: a string, or bytes that are yours to keep. */
  message?(ws: WebSocketConnection<Context>, data: string | Uint8Array, isBinary: boolean): unknown;
  /** `bufferedAmount` is at or below the low-water mark again, after `send` answered "buffered" or "dropped". */
  drain?(ws: WebSocketConnection<Context>): unknown;
  /** A ping came, and has been answered. */
  ping?(ws: WebSocketConnection<Context>, data: Uint8Array): unknown;
  pong?(ws: WebSocketConnection<Context>, data: Uint8Array): unknown;
  /** The connection is over; called once. Code 1006 when no Close came. */
  close?(ws: WebSocketConnection<Context>, code: number, reason: string): unknown;
  /** For the log: the connection is already closing. */
  error?(ws: WebSocketConnection<Context>, error: Error): unknown;
}
