// What the console shows of a connection: which one it is, and how it is.

import type { WebSocketConnection } from "./websocket-connection.js";

/** The method that Node's console and `util.inspect` call for the text that stands for an object. */
export const inspectMethod: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** `util.inspect`, which comes with the call. */
export type Inspect = (value: unknown, options: object) => string;

export function describeConnection<Context>(
  { role, readyState, url, protocol }: WebSocketConnection<Context>,
  options: object,
  inspect: Inspect,
): string {
  return `WebSocketConnection ${inspect({ role, readyState, url, protocol }, options)}`;
}
