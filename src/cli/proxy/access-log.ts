// The access log: one line of JSON for each request that is over, and for each WebSocket, in a file or on standard output.

import type { Writable } from "node:stream";
import type { AccessLogEntry } from "../../proxy/index.js";
import { isUnreadFifo, openLogOutput } from "./log-output.js";
import { counted } from "./proxy-plan.js";

/** What may wait to be written. A disk or a reader that is slower than the log costs lines, never memory. */
const MAX_WAITING_BYTES = 2 ** 23;

/** What a terminal would obey or not show: within a text of JSON, where alone it can stand, it can be escaped. */
const unseen = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

/** How long a file that could not be written is left alone. */
const RETRY_MS = 1000;
/** How long the last lines for a place may take. */
const END_MS = 2000;

/** Where lines go. */
interface Target {
  readonly output: Writable;
  /** Lines that are not known to be written. */
  waiting: number;
  /** Those are counted as lost already. */
  isGivenUp: boolean;
  /** Called for each of them. */
  written(error: Error | null | undefined): void;
}

export class AccessLog {
  readonly #stdout: Writable;
  readonly #report: (text: string) => void;
  readonly #now: () => number;
  /** "-" for standard output. */
  #file: string | undefined;
  /** Undefined also while the file cannot be written. */
  #target: Target | undefined;
  #retryAt = 0;
  #isFailing = false;
  #leftOut = 0;
  /** All that has been left behind is written, or given up. */
  #flushed: Promise<void> = Promise.resolve();

  /** `report` is told in one line what goes wrong; `now` counts milliseconds. */
  constructor(stdout: Writable, report: (text: string) => void, now = () => performance.now()) {
    this.#stdout = stdout;
    this.#report = report;
    this.#now = now;
  }

  /** Standard output is its own, and whatever else stood there would be no JSON. */
  get isOnStdout(): boolean {
    return this.#file === "-";
  }

  /** From now on this file, "-" for standard output, or none. The same file is opened anew, as programs that rotate logs expect.
   * Throws when it cannot be opened: then nothing has changed. A FIFO that nobody reads is tried again. */
  open(file: string | undefined): void {
    const target = file === undefined ? undefined : this.#targetOrUnread(file);
    this.#endFile();
    this.#file = file;
    this.#target = target;
  }

  write(entry: AccessLogEntry): void {
    if (this.#file === undefined) return;
    if (this.#target === undefined) this.#reopen(this.#file);
    const target = this.#target;
    if (target === undefined || target.output.writableLength >= MAX_WAITING_BYTES) {
      this.#leftOut++;
      return;
    }
    if (!this.#isFailing) this.#tellLeftOut("it is written too slowly");
    target.waiting++;
    target.output.write(`${lineOf(entry)}\n`, target.written);
  }

  /** Resolves when all has been written, to files that were open before, too. What nobody takes within 2 s is lost. */
  async close(): Promise<void> {
    const target = this.#target;
    this.open(undefined);
    if (target?.output === this.#stdout)
      this.#leave(target, (resolve) => target.output.write("", () => resolve()));
    await this.#flushed;
  }

  #targetOrUnread(file: string): Target | undefined {
    try {
      return this.#targetAt(file);
    } catch (error) {
      if (!isUnreadFifo(file, error)) throw error;
      this.#retryAt = this.#now() + RETRY_MS;
      this.#fail(new Error(`nobody reads the FIFO ${file}`));
      return undefined;
    }
  }

  #targetAt(file: string): Target {
    const isFile = file !== "-";
    const output = isFile ? openLogOutput(file) : this.#stdout;
    const fail = (error: Error): void => {
      if (target.isGivenUp) return;
      if (isFile && this.#target === target) {
        this.#target = undefined;
        this.#retryAt = this.#now() + RETRY_MS;
      }
      this.#fail(error);
    };
    const target: Target = {
      output,
      waiting: 0,
      isGivenUp: false,
      written: (error) => {
        if (target.isGivenUp) return;
        target.waiting--;
        if (error) this.#leftOut++;
        if (error) fail(error);
        else this.#succeed();
      },
    };
    if (isFile) output.on("error", fail);
    return target;
  }

  /** A disk that was full may have room again, and a folder that was away be there. */
  #reopen(file: string): void {
    if (this.#now() < this.#retryAt) return;
    try {
      this.#target = this.#targetAt(file);
    } catch {
      this.#retryAt = this.#now() + RETRY_MS;
    }
  }

  #fail({ message }: Error): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#report(`the access log cannot be written, which is tried again and again: ${message}`);
  }

  #succeed(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#tellLeftOut("it could not be written, and can be again");
  }

  #tellLeftOut(why: string): void {
    if (this.#leftOut === 0) return;
    this.#report(`${counted(this.#leftOut, "line")} of the access log left out: ${why}`);
    this.#leftOut = 0;
  }

  #endFile(): void {
    const target = this.#target;
    if (target === undefined || target.output === this.#stdout || target.output.destroyed) return;
    const { output } = target;
    this.#leave(target, (resolve) => {
      output.once("close", resolve);
      output.end();
    });
  }

  /** Whatever was left before may still be on its way. */
  #leave(target: Target, flush: (resolve: () => void) => void): void {
    this.#flushed = Promise.all([this.#flushed, this.#inTime(target, flush)]).then(() => {});
  }

  /** A disk that is slow, or a reader that reads nothing, keeps nobody from ending. */
  #inTime(target: Target, flush: (resolve: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#giveUp(target);
        resolve();
      }, END_MS);
      flush(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #giveUp(target: Target): void {
    target.isGivenUp = true;
    this.#leftOut += target.waiting;
    this.#tellLeftOut(`nobody took them within ${END_MS / 1000} s`);
    if (target.output !== this.#stdout) target.output.destroy();
  }
}

function lineOf(entry: AccessLogEntry): string {
  return JSON.stringify(entry).replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
