// The access log: one line of JSON for each connection that has ended, in a file or on standard output.

import { createWriteStream, openSync } from "node:fs";
import type { Writable } from "node:stream";
import type { AccessLogEntry } from "../../proxy/index.js";

/** What may wait to be written. A disk that is slower than the log costs lines, never memory. */
const MAX_WAITING_BYTES = 2 ** 23;

/** What a terminal would obey or not show: within a text of JSON, where alone it can stand, it can be escaped. */
const unseen = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

export class AccessLog {
  readonly #stdout: Writable;
  readonly #report: (text: string) => void;
  #output: Writable | undefined;
  #leftOut = 0;

  /** `report` is told in one line what goes wrong. */
  constructor(stdout: Writable, report: (text: string) => void) {
    this.#stdout = stdout;
    this.#report = report;
  }

  /** From now on this file, "-" for standard output, or none. The same file is opened anew, as programs that rotate logs expect.
   * Throws when it cannot be opened: then nothing has changed. */
  open(file: string | undefined): void {
    const output = file === undefined ? undefined : file === "-" ? this.#stdout : this.#openFile(file);
    this.#closeFile();
    this.#output = output;
  }

  write(entry: AccessLogEntry): void {
    const output = this.#output;
    if (output === undefined) return;
    if (output.writableLength >= MAX_WAITING_BYTES) {
      this.#leftOut++;
      return;
    }
    if (this.#leftOut > 0) {
      this.#report(`${this.#leftOut} lines of the access log were left out: it is written too slowly`);
      this.#leftOut = 0;
    }
    output.write(`${lineOf(entry)}\n`);
  }

  /** Resolves when all has been written. */
  async close(): Promise<void> {
    const output = this.#output;
    this.#output = undefined;
    if (output === undefined || output === this.#stdout || output.destroyed) return;
    await new Promise<void>((resolve) => {
      output.once("close", resolve);
      output.end();
    });
  }

  #openFile(file: string): Writable {
    const output = createWriteStream(file, { fd: openSync(file, "a") });
    output.on("error", (error) => {
      if (this.#output === output) this.#output = undefined;
      this.#report(`the access log ends here, until a SIGHUP opens it again: ${error.message}`);
    });
    return output;
  }

  #closeFile(): void {
    if (this.#output !== this.#stdout) this.#output?.end();
  }
}

function lineOf(entry: AccessLogEntry): string {
  return JSON.stringify(entry).replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
