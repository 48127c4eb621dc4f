// A terminal with a line being typed at its foot: whatever is shown appears above it and leaves it whole.

import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { countBytes, type Encoding, formatBytes, shortHex } from "../byte-text.js";
import type { Console } from "../command.js";
import { type Paint, paintFor } from "../palette.js";
import { visibleText } from "../visible-text.js";
import type { WireMessage } from "./frame-watcher.js";
import { type History, MAX_LINES } from "./history.js";
import { isJson, prettyJson } from "./json-layout.js";
import { completeTyped } from "./slash-commands.js";
import type { DirectionMark, View } from "./view.js";
import { describeWire } from "./wire-log.js";

export interface TerminalViewOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly hasNoColor: boolean;
  readonly encoding: Encoding | undefined;
  readonly history: History | undefined;
}

/** Who is told what is typed. */
export interface TerminalSink {
  typed(line: string): void;
  /** Ctrl-D. */
  ended(): void;
  /** Ctrl-C, which is a key here. */
  interrupted(): void;
}

/** Bytes of a message that are shown, unless an encoding was asked for. */
const MAX_SHOWN_BYTES = 512;

export class TerminalView implements View {
  laysOutJson: boolean;
  readonly #console: Console;
  readonly #options: TerminalViewOptions;
  readonly #paint: Paint;
  readonly #isDumb: boolean;
  readonly #prompt: Interface;
  #isClosed = false;
  /** A line can be typed, and is shown at the foot. */
  #hasPrompt = false;
  /** The key came in one read with further ones behind it. */
  #isPasted = false;
  #sink: TerminalSink | undefined;

  constructor(console: Console, options: TerminalViewOptions) {
    const { stdin, stdout, env } = console;
    this.#console = console;
    this.#options = options;
    this.laysOutJson = options.isJson;
    this.#paint = paintFor(stdout, console, options.hasNoColor);
    this.#isDumb = env.TERM === "dumb";
    this.#prompt = createInterface({
      input: stdin,
      output: stdout,
      terminal: !this.#isDumb,
      prompt: this.#paint("green", "> "),
      history: options.history?.load().reverse() ?? [],
      historySize: MAX_LINES,
      removeHistoryDuplicates: true,
      completer: completeTyped,
    });
    this.#prompt.on("history", (lines: string[]) => this.#remember(lines));
    this.#prompt.on("line", (line: string) => this.#sink?.typed(line));
    this.#prompt.on("line", () => this.#hasPrompt && this.#prompt.prompt());
    this.#prompt.on("SIGINT", () => this.#sink?.interrupted());
    stdin.prependListener("keypress", this.#beforeKey).on("keypress", this.#afterKey);
    this.#prompt.on("close", () => this.#inputEnded());
  }

  /** Shows the prompt. */
  listen(sink: TerminalSink): void {
    this.#sink = sink;
    this.#hasPrompt = true;
    this.#prompt.prompt();
  }

  message(data: string | Uint8Array, wire: WireMessage | undefined): Promise<void> | undefined {
    if (wire !== undefined) this.detail("<", describeWire(data, wire));
    this.#print(this.#paint("cyan", "<"), typeof data === "string" ? this.#text(data) : this.#bytes(data));
    return undefined;
  }

  detail(mark: DirectionMark, text: string): void {
    this.#print(this.#paint("dim", mark), this.#paint("dim", text));
  }

  note(text: string): void {
    if (!this.#options.isQuiet) this.#print(this.#paint("dim", "*"), this.#paint("dim", text));
  }

  tell(text: string): void {
    if (!this.#options.isQuiet) this.#print(this.#paint("yellow", "*"), text);
  }

  problem(text: string): void {
    this.#print(this.#paint("red", "!"), this.#paint("red", text));
  }

  close(): void {
    this.#isClosed = true;
    this.#removePrompt();
    this.#prompt.close();
  }

  #inputEnded(): void {
    this.#removePrompt();
    if (!this.#isClosed) this.#sink?.ended();
  }

  /** Nothing is typed any more. */
  #removePrompt(): void {
    if (!this.#hasPrompt) return;
    this.#hasPrompt = false;
    this.#console.stdin.off("keypress", this.#beforeKey).off("keypress", this.#afterKey);
    // What was being typed stays to be seen; an empty prompt would only be in the shell's way.
    if (this.#prompt.line === "") this.#clearPrompt();
    else this.#console.stdout.write("\n");
  }

  /** A mark, and lines of which the further ones stand below the first: none of them can pass for somebody else's. */
  #print(mark: string, text: string): void {
    const { stdout } = this.#console;
    const lines = text.split("\n");
    const block = lines.map((line, i) => `${i === 0 ? mark : " "} ${line}\n`).join("");
    if (!this.#hasPrompt || this.#isDumb) {
      stdout.write(block);
      return;
    }
    const rows = this.#clearPrompt();
    // The prompt is drawn from as many rows above as the cursor was below its first one.
    stdout.write(block + "\n".repeat(rows));
    this.#prompt.prompt(true);
  }

  /** Answers how many rows the cursor was below the prompt's first one. */
  #clearPrompt(): number {
    if (this.#isDumb) return 0;
    const { stdout } = this.#console;
    const { rows } = this.#prompt.getCursorPos();
    moveCursor(stdout, 0, -rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    return rows;
  }

  // Of several keys in one read, which Node takes for pasted text, it appends each character to the line, wherever the cursor
  // stands. Told that nothing is pasted it inserts, but would complete at a tab, which therefore must not be known for one.
  readonly #beforeKey = (text: string | undefined, key: { name?: string | undefined }): void => {
    this.#isPasted = !Reflect.get(this.#prompt, "isCompletionEnabled");
    if (!this.#isPasted || this.#prompt.cursor === this.#prompt.line.length) return;
    this.#setPasted(false);
    if (text === "\t") key.name = undefined;
  };

  // Node counts from how many rows above the line is to be drawn anew, but not while text is pasted.
  readonly #afterKey = (): void => {
    this.#setPasted(this.#isPasted);
    if (this.#hasPrompt) Object.assign(this.#prompt, { prevRows: this.#prompt.getCursorPos().rows });
  };

  #setPasted(isPasted: boolean): void {
    Object.assign(this.#prompt, { isCompletionEnabled: !isPasted });
  }

  #remember(lines: string[]): void {
    const [newest] = lines;
    if (newest === undefined) return;
    if (/^\s/.test(newest) || this.#options.history?.add(newest) === false) lines.shift();
  }

  #text(text: string): string {
    const mark = (escaped: string): string => this.#paint("magenta", escaped);
    if (!this.laysOutJson || !isJson(text)) return visibleText(text, mark);
    // Colours come after the escaping, which would take theirs for the peer's.
    return prettyJson(visibleText(text), this.#paint);
  }

  #bytes(bytes: Uint8Array): string {
    const { encoding } = this.#options;
    const count = this.#paint("dim", `(${countBytes(bytes.length)})`);
    if (encoding === "raw") return `${count} ${visibleText(new TextDecoder().decode(bytes))}`;
    if (encoding !== undefined) return `${count} ${formatBytes(bytes, encoding)}`;
    return `${count} ${shortHex(bytes, MAX_SHOWN_BYTES)}`;
  }
}
