// Lines for people, on an output that may be read slowly or not at all: what cannot be shown in time is counted, not kept.

import type { Writable } from "node:stream";

/** What may wait to be read. */
export const MAX_WAITING_BYTES = 2 ** 20;

export class PatientLog {
  readonly #output: Writable;
  readonly #prefix: () => string;
  #leftOut = 0;

  /** Each line begins with what `prefix` answers. */
  constructor(output: Writable, prefix = () => "") {
    this.#output = output;
    this.#prefix = prefix;
  }

  /** A line that there are many of, and that can be left out. */
  detail(line: string): void {
    if (this.#output.writableLength >= MAX_WAITING_BYTES) this.#leftOut++;
    else this.line(line);
  }

  /** A line that is shown in any case. */
  line(line: string): void {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    if (leftOut > 0) this.#write(`* ${leftOut} lines left out: they are read too slowly`);
    this.#write(line);
  }

  #write(line: string): void {
    this.#output.write(`${this.#prefix()}${line}\n`);
  }
}
