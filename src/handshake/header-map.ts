// Received headers. The names are the peer's choice, so they are keys of a Map and never properties of an
// object: a header called "constructor" or "__proto__" is a header like any other.

import { describeValue, invalidArgument } from "../protocol/index.js";
import { isFieldValue, isToken } from "./field.js";
import type { HeaderInput, HeaderList } from "./head.js";

/** The method that Node's console calls for the text that stands for an object. */
const inspectMethod: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** The headers that identify somebody, or let in whoever has them: a log is no place for their values. */
const secretNames = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

/** Headers by name, in any case; iterates over the lines as they came. Immutable. */
export class HeaderMap implements Iterable<readonly [name: string, value: string]> {
  readonly #lines: HeaderList;
  readonly #values = new Map<string, string[]>();

  constructor(lines: HeaderList = []) {
    this.#lines = lines;
    for (const [name, value] of lines) {
      const key = name.toLowerCase();
      const values = this.#values.get(key);
      if (values === undefined) this.#values.set(key, [value]);
      else values.push(value);
    }
  }

  /** From names and values in turn, the shape of `rawHeaders` in Node.js. */
  static fromFlat(flat: readonly string[]): HeaderMap {
    const lines: (readonly [string, string])[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) lines.push([flat[i], flat[i + 1]]);
    return new HeaderMap(lines);
  }

  /** How many header lines there are, repeats included. */
  get size(): number {
    return this.#lines.length;
  }

  /** The value; those of repeated lines joined with ", ". `undefined` when the header is absent. */
  get(name: string): string | undefined {
    const values = this.#values.get(name.toLowerCase());
    return values?.length === 1 ? values[0] : values?.join(", ");
  }

  /**
   * The value of each line with this name, in order. What `Set-Cookie` needs, whose values cannot be joined.
   */
  getAll(name: string): readonly string[] {
    return this.#values.get(name.toLowerCase())?.slice() ?? [];
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  /** How many lines have this name. */
  count(name: string): number {
    return this.#values.get(name.toLowerCase())?.length ?? 0;
  }

  [Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    return this.#lines[Symbol.iterator]();
  }

  /** What the console shows: the lines as they came, without credentials and with long values cut. */
  [inspectMethod](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `HeaderMap(${this.size}) ${inspect(this.#lines.map(shownLine), options)}`;
  }
}

function shownLine([name, value]: readonly [string, string]): string {
  const MAX_SHOWN = 100;
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return `${name}: ${secretNames.has(name.toLowerCase()) ? "(not shown)" : shown}`;
}

/**
 * The lines that an application's headers stand for, checked. An array in a record becomes one line per
 * element, `undefined` becomes none. Throws `StateError` `INVALID_ARGUMENT` for what is no pair, a name that is no token, and
 * for a value that is no string or holds a control character (CR and LF above all) or a character above
 * U+00FF.
 */
export function headerListOf(input: HeaderInput | undefined): HeaderList {
  const lines: (readonly [string, string])[] = [];
  if (input === undefined) return lines;
  if (typeof input !== "object" || input === null) {
    throw invalidArgument(`headers are pairs or a record, not ${describeValue(input)}`);
  }
  for (const line of isIterable(input) ? input : Object.entries(input)) {
    if (!Array.isArray(line))
      throw invalidArgument(`a header is a pair of name and value, not ${describeValue(line)}`);
    if (line.length !== 2) {
      const text = `a header is a pair of name and value, not an array of ${line.length}`;
      throw invalidArgument(text);
    }
    const [name, value] = line;
    if (value === undefined) continue;
    for (const item of valuesOf(value)) {
      const text = typeof item === "number" ? String(item) : item;
      checkHeader(name, text);
      lines.push([name, text]);
    }
  }
  return lines;
}

function valuesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Throws `StateError` `INVALID_ARGUMENT` for a header line that must not be sent. */
export function checkHeader(name: string, value: unknown): asserts value is string {
  // RFC 9110 §5.5: "Field values containing CR, LF, or NUL characters are invalid and dangerous, due to the
  // varying ways that implementations might parse and interpret those characters".
  if (typeof name !== "string" || !isToken(name)) {
    throw invalidArgument(`header name ${describeValue(name)} is not a token`);
  }
  if (typeof value !== "string") {
    const text = `the value of header ${name} is ${describeValue(value)}; it takes a string`;
    throw invalidArgument(text);
  }
  if (!isFieldValue(value)) {
    throw invalidArgument(`the value of header ${name} holds a character that cannot be sent`);
  }
}

function isIterable(input: HeaderInput): input is Iterable<readonly [name: string, value: string]> {
  return typeof (input as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}
