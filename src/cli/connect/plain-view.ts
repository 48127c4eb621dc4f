// Messages to stdout for programs, all else to stderr for people.

import { once } from "node:events";
import { countBytes, type Encoding, formatBytes } from "../byte-text.js";
import type { Console } from "../command.js";
import { type Paint, paintFor } from "../palette.js";
import { PatientLog } from "../patient-log.js";
import { visibleText } from "../visible-text.js";
import type { WireMessage } from "./frame-watcher.js";
import { compactJson, isJson } from "./json-layout.js";
import type { DirectionMark, View } from "./view.js";
import { describeWire } from "./wire-log.js";

export interface PlainViewOptions {
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  readonly isQuiet: boolean;
  readonly hasNoColor: boolean;
  readonly encoding: Encoding | undefined;
}

export class PlainView implements View {
  laysOutJson: boolean;
  readonly #console: Console;
  readonly #options: PlainViewOptions;
  readonly #log: PatientLog;
  readonly #encoding: Encoding;
  readonly #paint: Paint;
  readonly #paintErrors: Paint;

  constructor(console: Console, options: PlainViewOptions) {
    const { stdout, stderr } = console;
    this.#console = console;
    this.#options = options;
    this.#log = new PatientLog(stderr);
    this.laysOutJson = options.isJson;
    this.#encoding = options.encoding ?? (stdout.isTTY === true ? "hex" : "raw");
    this.#paint = paintFor(stdout, console, options.hasNoColor);
    this.#paintErrors = paintFor(stderr, console, options.hasNoColor);
  }

  message(data: string | Uint8Array, wire: WireMessage | undefined): Promise<void> | undefined {
    const { stdout } = this.#console;
    if (wire !== undefined) this.detail("<", describeWire(data, wire));
    // Whoever cannot take more now has told so; one that is gone takes nothing, and is not waited for.
    const isTaken = stdout.write(typeof data === "string" ? this.#line(data) : this.#bytes(data));
    if (isTaken || stdout.destroyed) return undefined;
    const stop = new AbortController();
    const { signal } = stop;
    const turns = ["drain", "close", "error"].map((event) => once(stdout, event, { signal }));
    return Promise.race(turns)
      .catch(() => {})
      .then(() => {
        for (const turn of turns) turn.catch(() => {});
        stop.abort();
      });
  }

  detail(mark: DirectionMark, text: string): void {
    this.#say(mark, this.#paintErrors("dim", text));
  }

  note(text: string): void {
    if (this.#options.isVerbose) this.#say("*", text);
  }

  tell(text: string): void {
    if (!this.#options.isQuiet) this.#say("*", text);
  }

  problem(text: string): void {
    this.#log.line(`sluice: ${text}`);
  }

  close(): void {}

  #say(mark: DirectionMark | "*", text: string): void {
    this.#log.detail(`${this.#paintErrors("dim", mark)} ${text}`);
  }

  #line(text: string): string {
    let shown = text;
    if (this.laysOutJson) {
      if (isJson(text)) shown = compactJson(text);
      else this.tell("a message that is no JSON");
    }
    if (this.#console.stdout.isTTY === true)
      shown = visibleText(shown, (part) => this.#paint("magenta", part));
    return `${shown}\n`;
  }

  #bytes(bytes: Uint8Array): string | Uint8Array {
    if (this.#encoding !== "raw") return `${formatBytes(bytes, this.#encoding)}\n`;
    if (this.#console.stdout.isTTY === true) return `(${countBytes(bytes.length)})\n`;
    return bytes;
  }
}
