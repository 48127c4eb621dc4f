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
  // JSON leaves some characters that end a line or move the cursor as they are.
  const shown = JSON.stringify(text.slice(0, MAX_SHOWN)).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return text.length > MAX_SHOWN ? `${shown}…` : shown;
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
