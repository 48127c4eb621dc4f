// A JSON text as a tree in which every value knows its place.

import { JsonScanner, Unreadable } from "./json-scanner.js";
import { type Place, type PlacedMistake, quote } from "./mistakes.js";

export interface JsonMember {
  readonly name: string;
  /** Of the name. */
  readonly place: Place;
  readonly node: JsonNode;
}

/** "broken" is a value whose mistake has been noted: nothing more is to be said of it. */
export type JsonNode = { readonly place: Place } & (
  | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" | "broken" }
);

export interface JsonDocument {
  /** Undefined when it could not be read to its end. */
  readonly root: JsonNode | undefined;
  readonly mistakes: readonly PlacedMistake[];
}

const MAX_DEPTH = 64;
/** What people mean by words that JSON has not. */
const meant: Readonly<Record<string, string>> = {
  True: "true",
  yes: "true",
  on: "true",
  False: "false",
  no: "false",
  off: "false",
};

/** Never throws: what is wrong stands in `mistakes`. */
export function parseJson(text: string): JsonDocument {
  const parser = new JsonParser(text);
  const root = parser.parse();
  return { root, mistakes: parser.mistakes };
}

class JsonParser {
  readonly #scanner: JsonScanner;
  #depth = 0;

  constructor(text: string) {
    this.#scanner = new JsonScanner(text);
  }

  get mistakes(): readonly PlacedMistake[] {
    return this.#scanner.mistakes;
  }

  parse(): JsonNode | undefined {
    const scanner = this.#scanner;
    try {
      scanner.skip();
      if (scanner.next === "")
        scanner.fail(scanner.at, 'the file is empty; it holds an object such as { "listen": 8080 }');
      const root = this.#value();
      scanner.skip();
      if (scanner.next !== "")
        // What has been read may lack what stands there.
        scanner.fail(
          scanner.at,
          `there is more behind the end of the value; take it out, or a bracket above is too much`,
        );
      return root;
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  #value(): JsonNode {
    const scanner = this.#scanner;
    const start = scanner.at;
    const place = scanner.placeOf(start);
    switch (scanner.next) {
      case "{":
        return this.#nested(() => ({ kind: "object", place, members: this.#members(start) }));
      case "[":
        return this.#nested(() => ({ kind: "array", place, items: this.#items(start) }));
      case '"':
      case "'":
        return { kind: "string", place, value: scanner.readText() };
      default:
        return this.#word(start, place);
    }
  }

  #nested(read: () => JsonNode): JsonNode {
    const scanner = this.#scanner;
    if (++this.#depth > MAX_DEPTH)
      scanner.fail(
        scanner.at,
        `there are more than ${MAX_DEPTH} brackets in brackets; no config needs so many`,
      );
    const node = read();
    this.#depth--;
    return node;
  }

  #word(start: number, place: Place): JsonNode {
    const scanner = this.#scanner;
    const word = scanner.readWord();
    if (word === "") {
      const found = scanner.next === "" ? "the end of the file" : quote(scanner.next);
      scanner.fail(start, `a value is missing before ${found}; write one, such as 8080 or "text"`);
    }
    if (word === "true" || word === "false") return { kind: "boolean", place, value: word === "true" };
    if (word === "null") return { kind: "null", place };
    const number = /^[-+.\d]/.test(word) ? scanner.numberOf(word, start) : undefined;
    if (number !== undefined) return { kind: "number", place, value: number };
    const advice = Object.hasOwn(meant, word) ? meant[word] : quote(word);
    scanner.note(start, `${word} is no value of JSON; write ${advice}`);
    return { kind: "broken", place };
  }

  #items(start: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#each(start, "]", () => items.push(this.#value()));
    return items;
  }

  #members(start: number): JsonMember[] {
    const members: JsonMember[] = [];
    this.#each(start, "}", () => {
      const member = this.#member();
      const twin = members.find(({ name }) => name === member.name);
      if (twin === undefined) members.push(member);
      else
        this.#note(
          member,
          `${quote(member.name)} stands in line ${twin.place.line} already; leave one of them out`,
        );
    });
    return members;
  }

  #note({ place }: JsonMember, text: string): void {
    this.#scanner.mistakes.push({ place, text });
  }

  #member(): JsonMember {
    const scanner = this.#scanner;
    const start = scanner.at;
    const place = scanner.placeOf(start);
    const isQuoted = scanner.next === '"' || scanner.next === "'";
    const name = isQuoted ? scanner.readText() : scanner.readWord();
    if (!isQuoted) {
      if (name === "")
        scanner.fail(start, `a name is missing before ${quote(scanner.next)}; write "name": value`);
      scanner.note(start, `the name ${name} has no quotes; write ${quote(name)}`);
    }
    scanner.skip();
    if (scanner.next === ":") scanner.at++;
    else if (scanner.next === "=") {
      scanner.note(scanner.at, `= stands behind ${quote(name)}; write a colon`);
      scanner.at++;
    } else scanner.fail(scanner.at, `a colon is missing behind ${quote(name)}; write ${quote(name)}: value`);
    scanner.skip();
    return { name, place, node: this.#value() };
  }

  /** What stands between brackets, with commas between. */
  #each(start: number, close: "]" | "}", read: () => void): void {
    const scanner = this.#scanner;
    const open = close === "]" ? "[" : "{";
    scanner.at++;
    scanner.skip();
    while (scanner.next !== close) {
      if (scanner.next === "")
        scanner.fail(start, `the ${open} here is never closed; write ${close} where it ends`);
      read();
      const end = scanner.at;
      scanner.skip();
      if (scanner.next === ",") this.#comma(close);
      else if (scanner.next !== close && /[-+.\w$"'{[]/.test(scanner.next))
        scanner.note(end, "a comma is missing here; write one");
      else if (scanner.next !== close && scanner.next !== "")
        scanner.fail(
          scanner.at,
          `${quote(scanner.next)} stands where , or ${close} is due; the ${open} of line ${scanner.placeOf(start).line} is still open`,
        );
    }
    scanner.at++;
  }

  #comma(close: string): void {
    const scanner = this.#scanner;
    const comma = scanner.at;
    scanner.at++;
    scanner.skip();
    if (scanner.next === close) scanner.note(comma, `a comma before ${close} is none of JSON; take it out`);
    while (scanner.next === ",") {
      scanner.note(scanner.at, "there is a comma too many; take it out");
      scanner.at++;
      scanner.skip();
    }
  }
}
