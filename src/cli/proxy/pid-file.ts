// The file that names the process of the proxy, for whoever supervises it. A process writes its own number once it listens, and that
// of its successor before it leaves; so the file always names one that listens, and only that one removes it.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { toError } from "../../connection/index.js";

export class PidFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = resolve(path);
  }

  /** Whoever reads it finds a whole number at any time. Throws where it cannot be written. */
  write(pid: number): void {
    const aside = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(aside, `${pid}\n`);
      renameSync(aside, this.#path);
    } catch (cause) {
      rmSync(aside, { force: true });
      throw new Error(`the pid file cannot be written: ${toError(cause).message}`, { cause });
    }
  }

  /** Unless it names another process. */
  remove(): void {
    try {
      if (readFileSync(this.#path, "utf8").trim() === String(process.pid)) rmSync(this.#path);
    } catch {
      // It is gone already, or somebody else's.
    }
  }
}
