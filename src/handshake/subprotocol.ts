// Subprotocols (RFC 6455 §1.9): the client offers names in order of preference, the server picks one or none.

import { describeValue, invalidArgument } from "../protocol/index.js";
import { isToken, splitList } from "./field.js";

/**
 * The names in the peer's `Sec-WebSocket-Protocol`, in the client's order of preference; `undefined` when one
 * of them is no token, when one comes twice, and when there is none.
 */
export function parseSubprotocols(value: string): readonly string[] | undefined {
  const names = splitList(value);
  // RFC 6455 §4.1: "The elements that comprise this value MUST be non-empty strings with characters in the
  // range U+0021 to U+007E not including separator characters as defined in [RFC2616] and MUST all be unique
  // strings."
  if (names.length === 0 || !names.every(isToken) || new Set(names).size !== names.length) return undefined;
  return names;
}

/**
 * Throws `StateError` `INVALID_ARGUMENT` unless the names are tokens and each comes once. They compare by
 * case.
 */
export function checkSubprotocols(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (typeof name !== "string" || !isToken(name)) {
      throw invalidArgument(`subprotocol ${describeValue(name)} is not a token`);
    }
    if (seen.has(name)) throw invalidArgument(`subprotocol ${describeValue(name)} is given twice`);
    seen.add(name);
  }
}

/**
 * The names of an application's `protocols`: a list, or one name alone. Throws `StateError` `INVALID_ARGUMENT` for anything
 * else, and as `checkSubprotocols` does.
 */
export function subprotocolsOf(given: string | Iterable<string> | undefined): readonly string[] {
  if (given === undefined) return [];
  if (typeof given !== "string" && !isIterable(given)) {
    const text = `protocols is ${describeValue(given)}; it takes a subprotocol or a list of them`;
    throw invalidArgument(text);
  }
  const names = typeof given === "string" ? [given] : [...given];
  checkSubprotocols(names);
  return names;
}

function isIterable(value: unknown): boolean {
  return typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === "function";
}

/**
 * The server's choice: the first of `supported`, so the server's order of preference, that the client
 * offered; "" when they share none, and then the header is left out.
 */
export function selectSubprotocol(offered: readonly string[], supported: readonly string[]): string {
  return supported.find((name) => offered.includes(name)) ?? "";
}
