// A FIFO, and somebody at its other end who reads when the test says so.

import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";

/** FIFOs are none of Windows's. */
export const noFifos = process.platform === "win32" && "there are no FIFOs";

export function makeFifo(path: string): void {
  execFileSync("mkfifo", [path]);
}

/** Holds it open for reading until it leaves; opening waits for no writer. */
export class FifoReader {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** All that waits there now. */
  read(): string {
    const bytes = Buffer.alloc(2 ** 20);
    let text = "";
    for (;;) {
      try {
        const length = readSync(this.#fd, bytes);
        if (length === 0) return text;
        text += bytes.toString("latin1", 0, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return text;
        throw error;
      }
    }
  }

  leave(): void {
    closeSync(this.#fd);
  }
}
