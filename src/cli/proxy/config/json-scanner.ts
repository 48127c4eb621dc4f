// The words and marks of a JSON text. What people write who know JavaScript better than JSON is noted, and understood: one
// look at the file shows all of its mistakes.

import { type Place, type PlacedMistake, quote } from "./mistakes.js";

/** The text cannot be made sense of any further. What is wrong has been noted. */
export class Unreadable extends Error {}

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

export class JsonScanner {
  readonly mistakes: PlacedMistake[] = [];
  readonly #text: string;
  readonly #lineStarts: number[] = [0];
  /** Of what is read next. */
  at = 0;

  constructor(text: string) {
    this.#text = text;
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) this.#lineStarts.push(i + 1);
    // RFC 8259 §8.1: a parser "MAY ignore the presence of a byte order mark".
    if (text.startsWith("\ufeff")) this.at = 1;
  }

  /** The character that is read next, or "" at the end. */
  get next(): string {
    return this.#text[this.at] ?? "";
  }

  placeOf(offset: number): Place {
    let [line, after] = [1, this.#lineStarts.length + 1];
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if (this.#lineStarts[middle - 1] > offset) after = middle;
      else line = middle;
    }
    return { line, column: offset - this.#lineStarts[line - 1] + 1 };
  }

  note(offset: number, text: string): void {
    this.mistakes.push({ place: this.placeOf(offset), text });
  }

  fail(offset: number, text: string): never {
    this.note(offset, text);
    throw new Unreadable();
  }

  /** Goes on to what is neither space nor comment. */
  skip(): void {
    for (;;) {
      while (/[ \t\r\n]/.test(this.next)) this.at++;
      const start = this.at;
      const isLine = this.next === "#" || this.#text.startsWith("//", start);
      if (!isLine && !this.#text.startsWith("/*", start)) return;
      this.note(start, "JSON has no comments; take this one out");
      const end = this.#text.indexOf(isLine ? "\n" : "*/", start + 1);
      this.at = end < 0 ? this.#text.length : end + (isLine ? 1 : 2);
    }
  }

  /** A text in quotes of either kind. */
  readText(): string {
    const start = this.at;
    const mark = this.next;
    let text = "";
    this.at++;
    for (;;) {
      const character = this.next;
      if (character === "" || character === "\n" || character === "\r") {
        this.note(start, `this text has no end; close it with " in the line that it begins in`);
        return text;
      }
      this.at++;
      if (character === mark) break;
      text += character === "\\" ? this.#readEscape() : character;
      if (character < " ") this.note(this.at - 1, `a text holds no tabs and the like as they are; write \\t`);
    }
    if (mark === "'") this.note(start, `JSON has double quotes only; write ${quote(text)}`);
    return text;
  }

  /** What else is no mark: a number, true, a name without quotes. Empty for none. */
  readWord(): string {
    const [word] = /^[-+.\w$]*/.exec(this.#text.slice(this.at, this.at + 256)) ?? [""];
    this.at += word.length;
    return word;
  }

  /** What a number says; undefined, and noted, for what is none as JSON has them. */
  numberOf(word: string, start: number): number | undefined {
    const value = Number(word.replace(/(?<=\d)_(?=\d)/g, ""));
    if (numberPattern.test(word)) return value;
    if (!Number.isFinite(value)) return undefined;
    this.note(start, `${word} is no number as JSON has them; write ${value}`);
    return value;
  }

  #readEscape(): string {
    const start = this.at - 1;
    const letter = this.next;
    this.at++;
    if (letter === "u") {
      const [digits] = /^[\da-fA-F]{4}/.exec(this.#text.slice(this.at, this.at + 4)) ?? [];
      if (digits !== undefined) {
        this.at += 4;
        return String.fromCharCode(Number.parseInt(digits, 16));
      }
    } else if (Object.hasOwn(escapes, letter)) return escapes[letter];
    this.note(start, `\\${letter} is no escape of JSON; write \\\\ for a backslash`);
    return letter;
  }
}
