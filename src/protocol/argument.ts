// What a caller passed, in words: the messages of all rooms speak of wrong arguments in the same way, and on one line.

import { StateError } from "./errors.js";

const MAX_SHOWN = 64;

/** The value as a message shows it: numbers and texts as they are, anything else by its kind. Never more than a line. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoteText(value);
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "an object";
    default:
      return String(value);
  }
}

function quoteText(text: string): string {
  const shown = escapeUnseen(JSON.stringify(text.slice(0, MAX_SHOWN)));
  return text.length > MAX_SHOWN ? `${shown}…` : shown;
}

/**
 * The text of somebody else for a message: what shows nothing itself, but ends a line, moves the cursor, commands a terminal
 * or turns the text around it, is escaped as in `\u009b`. Controls, line and paragraph separators, and format characters, to
 * which the bidirectional ones belong.
 */
export function escapeUnseen(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    let escaped = "";
    for (let i = 0; i < character.length; i++)
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    return escaped;
  });
}

/** The caller's mistake, to be thrown. */
export function invalidArgument(message: string, options?: ErrorOptions): StateError {
  return new StateError("INVALID_ARGUMENT", message, options);
}

/** An object with members, as options and handlers are. */
export function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws `StateError` `INVALID_ARGUMENT` unless the option is absent or has this type. `what` says what it takes. */
export function checkType(
  name: string,
  value: unknown,
  type: "boolean" | "function" | "object" | "string",
  what: string,
): void {
  if (value === undefined) return;
  if (type === "object" ? isRecord(value) : typeof value === type) return;
  throw invalidArgument(`${name} is ${describeValue(value)}; it takes ${what}`);
}

/** Throws `StateError` `INVALID_ARGUMENT` unless the value is a Uint8Array, a Buffer included, of whatever realm. */
export function checkBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (value instanceof Uint8Array) return;
  if (ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array") return;
  throw invalidArgument(`${name} is ${describeValue(value)}; it takes a Uint8Array`);
}

/** The number, or the fallback where there is none. Throws `StateError` `INVALID_ARGUMENT` below `min`, and for what is no
 * number. */
export function checkNumber(name: string, value: number | undefined, fallback: number, min = 0): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= min) return value;
  throw invalidArgument(`${name} is ${describeValue(value)}; it takes a number of at least ${min}`);
}
