// What comes, held against what was recorded, one after the other.

import { countBytes } from "../byte-text.js";
import { visibleLine } from "../visible-text.js";
import type { Spoken } from "./conversation.js";

/** More say nothing new. */
const MAX_SHOWN = 10;
/** Of a message, around the first difference. */
const BEFORE = 20;
const SHOWN_LENGTH = 60;

export class Comparison {
  readonly #recorded: readonly Spoken[];
  readonly #name: string;
  readonly #tell: (text: string) => void;
  #came = 0;
  #differing = 0;

  constructor(recorded: readonly Spoken[], name: string, tell: (text: string) => void) {
    this.#recorded = recorded;
    this.#name = name;
    this.#tell = tell;
  }

  get isComplete(): boolean {
    return this.#came >= this.#recorded.length;
  }

  take(data: string | Uint8Array): void {
    const recorded = this.#recorded[this.#came++];
    if (recorded === undefined) {
      this.#show(`message ${this.#came} came, and was not recorded:\n  came     ${describe(data, 0)}`);
      return;
    }
    const at = firstDifference(recorded.data, data);
    if (at === undefined) return;
    const where = `message ${this.#came} differs from ${this.#name} line ${recorded.line}`;
    this.#show(`${where}:\n  recorded ${describe(recorded.data, at)}\n  came     ${describe(data, at)}`);
  }

  /** Answers whether everything was as recorded, and says how much was not. */
  finish(): boolean {
    for (const { line, data } of this.#recorded.slice(this.#came))
      this.#show(`${this.#name} line ${line} did not come:\n  recorded ${describe(data, 0)}`);
    const total = Math.max(this.#came, this.#recorded.length);
    const isSame = this.#differing === 0;
    const verdict = isSame ? "all are as recorded" : `${this.#differing} not as recorded`;
    this.#tell(`${total} ${total === 1 ? "message" : "messages"} compared: ${verdict}`);
    return isSame;
  }

  #show(text: string): void {
    this.#differing++;
    if (this.#differing <= MAX_SHOWN) this.#tell(text);
    if (this.#differing === MAX_SHOWN + 1) this.#tell("further differences are only counted");
  }
}

/** The place of the first character or byte that is not the same; undefined for the same messages. */
function firstDifference(one: string | Uint8Array, other: string | Uint8Array): number | undefined {
  if (typeof one !== typeof other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return one.length === other.length ? undefined : length;
}

/** The message around this place, in one line. */
function describe(data: string | Uint8Array, at: number): string {
  const from = at > BEFORE * 2 ? at - BEFORE : 0;
  const part = data.slice(from, from + SHOWN_LENGTH);
  const [before, after] = [from > 0 ? "… " : "", from + SHOWN_LENGTH < data.length ? " …" : ""];
  if (typeof part === "string")
    return `text, ${countBytes(Buffer.byteLength(data))}: ${before}${visibleLine(JSON.stringify(part))}${after}`;
  return `binary, ${countBytes(data.length)}: ${before}${Buffer.from(part).toString("hex")}${after}`;
}
