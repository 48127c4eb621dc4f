// What users hang on a connection.

import { describeValue, invalidArgument, type NamesOf, nearestName } from "../protocol/index.js";
import type { WebSocketConnection } from "./websocket-connection.js";

/**
 * Called in the order of events, one `message` at a time: when it answers a promise, the connection's next message waits
 * for it, and the peer is slowed down. What a handler throws goes to `error` and closes this connection with 1011.
 */
export interface ConnectionHandlers<Context = unknown> {
  /** A whole message: a string, or bytes that are yours to keep. */
  message?:
    | ((ws: WebSocketConnection<Context>, data: string | Uint8Array, isBinary: boolean) => unknown)
    | undefined;
  /** `bufferedAmount` is at or below the low-water mark again, after `send` answered "buffered" or "dropped". */
  drain?: ((ws: WebSocketConnection<Context>) => unknown) | undefined;
  /** A ping came, and has been answered. */
  ping?: ((ws: WebSocketConnection<Context>, data: Uint8Array) => unknown) | undefined;
  pong?: ((ws: WebSocketConnection<Context>, data: Uint8Array) => unknown) | undefined;
  /** The connection is over; called once. Code 1006 when no Close came. */
  close?: ((ws: WebSocketConnection<Context>, code: number, reason: string) => unknown) | undefined;
  /** For the log: the connection is already closing. */
  error?: ((ws: WebSocketConnection<Context>, error: Error) => unknown) | undefined;
}

/** The names of handlers that somebody calls, and words for those that people bring from elsewhere. */
export interface HandlerTable {
  /** Who calls them, as a message says it. */
  readonly owner: string;
  readonly names: Readonly<Record<string, true>>;
  readonly hints: Readonly<Record<string, string>>;
}

export const connectionHandlerNames = {
  message: true,
  drain: true,
  ping: true,
  pong: true,
  close: true,
  error: true,
} satisfies NamesOf<ConnectionHandlers>;

export const connectionHandlerHints: Readonly<Record<string, string>> = {
  data: "use message(ws, data, isBinary)",
  onmessage: "use message(ws, data, isBinary)",
  onclose: "use close(ws, code, reason)",
  onerror: "use error(ws, error)",
  disconnect: "use close(ws, code, reason)",
};

const listenTable: HandlerTable = {
  owner: "ws.listen",
  names: connectionHandlerNames,
  hints: {
    ...connectionHandlerHints,
    open: "the connection is open already",
    onopen: "the connection is open already",
  },
};

/** Throws `StateError` `INVALID_ARGUMENT` for what `ws.listen` cannot use. */
export function checkListener(handlers: unknown): void {
  checkHandlers(handlers, listenTable);
}

/**
 * Throws `StateError` `INVALID_ARGUMENT` for what is no object, for a handler that is no function, for members of which none
 * is a handler, and for a function of a plain object whose name was meant to be one. Others may stand beside handlers: the
 * object may have a life of its own.
 */
export function checkHandlers(handlers: unknown, table: HandlerTable): void {
  const { owner, names, hints } = table;
  const known = Object.keys(names);
  if (typeof handlers !== "object" || handlers === null || Array.isArray(handlers)) {
    const text = `${owner} takes an object with handlers (${known.join(", ")}), not ${describeValue(handlers)}`;
    throw invalidArgument(text);
  }
  const given = handlers as Readonly<Record<string, unknown>>;
  for (const name of known) {
    if (given[name] === undefined || typeof given[name] === "function") continue;
    throw invalidArgument(
      `the handler ${name} of ${owner} is ${describeValue(given[name])}; it takes a function`,
    );
  }
  const isEmpty = !known.some((name) => name in given);
  const other = isEmpty ? strangerOf(given) : misnamed(given, table);
  if (other === undefined) return;
  const near = nearestName(other, known);
  const instead = near === undefined ? `it takes ${known.join(", ")}` : `use ${near}`;
  const advice = Object.hasOwn(hints, other) ? hints[other] : instead;
  throw invalidArgument(`${describeValue(other)} is not a handler of ${owner}; ${advice}`);
}

/** A function of a plain object that looks like a handler under another name. */
function misnamed(
  given: Readonly<Record<string, unknown>>,
  { names, hints }: HandlerTable,
): string | undefined {
  if (Object.getPrototypeOf(given) !== Object.prototype) return undefined;
  const known = Object.keys(names);
  return Object.keys(given).find(
    (name) =>
      typeof given[name] === "function" &&
      !Object.hasOwn(names, name) &&
      (Object.hasOwn(hints, name) || nearestName(name, known) !== undefined),
  );
}

/** A member by its name: its own, or, of a class instance, a method. */
function strangerOf(given: object): string | undefined {
  const [own] = Object.keys(given);
  const prototype: unknown = Object.getPrototypeOf(given);
  if (own !== undefined || prototype === null || prototype === Object.prototype) return own;
  return Object.getOwnPropertyNames(prototype).find((name) => name !== "constructor");
}
