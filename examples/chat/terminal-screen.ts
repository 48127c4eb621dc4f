// What the terminal shows. Everything that comes from others passes through `escapeControls` first: a terminal obeys
// control characters, and nobody but its owner may command it.

import { clearLine, cursorTo, type Interface } from "node:readline";
import { styleText } from "node:util";
import { printLine } from "./command-line.js";
import type { ChatMessage, PresenceMessage } from "./protocol.js";

// C0, DEL and C1; the line separators; and the marks that turn the direction of what follows them.
const controls = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** Makes control characters visible: ESC becomes \x1b. */
export function escapeControls(text: string): string {
  return text.replace(controls, (character) => {
    const hex = character.charCodeAt(0).toString(16);
    return hex.length <= 2 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });
}

type Style = Parameters<typeof styleText>[0];

export class Screen {
  readonly #output: NodeJS.WriteStream;
  readonly #hasColor: boolean;
  /** The line that is being typed, on a terminal. */
  prompt: Interface | undefined;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    this.#hasColor = output.isTTY === true && !process.env.NO_COLOR;
  }

  message({ from, text, time }: ChatMessage): void {
    const clock = formatTime(time);
    const [first, ...rest] = text.split("\n").map(escapeControls);
    this.#print(`${this.#style("dim", clock)} ${this.#style("bold", escapeControls(from))}: ${first}`);
    // The margin tells a further line of a message from a message of somebody else.
    for (const line of rest) this.#print(`${" ".repeat(clock.length)} ${this.#style("dim", "|")} ${line}`);
  }

  presence({ event, name, formerName = "", time }: PresenceMessage): void {
    const what = event === "renamed" ? `${formerName} is now ${name}` : `${name} ${event}`;
    this.note(what, time);
  }

  /** Something that nobody said. */
  note(text: string, time = Date.now()): void {
    this.#print(this.#style("dim", `${formatTime(time)} * ${escapeControls(text)}`));
  }

  end(): void {
    printLine(this.#output, "");
  }

  /** Prints above the line that is being typed. */
  #print(line: string): void {
    if (this.prompt !== undefined && this.#output.isTTY) {
      cursorTo(this.#output, 0);
      clearLine(this.#output, 0);
    }
    printLine(this.#output, line);
    this.prompt?.prompt(true);
  }

  #style(style: Style, text: string): string {
    return this.#hasColor ? styleText(style, text) : text;
  }
}

function formatTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
