// The file that names the process of the proxy, for whoever supervises it. A process writes its own number once it listens, and that
// of its successor before it leaves; so the file always names one that listens, and only that one removes it. A file that names
// another process that runs is not taken from it.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { toError } from "../../connection/index.js";

export class PidFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = resolve(path);
  }

  /** Throws where it names another process that runs: whoever supervises that would lose it. */
  expectFree(): void {
    const pid = this.#named();
    if (pid === undefined || pid === process.pid || !isRunning(pid)) return;
    const advice = "end that first, or take another file; if it is no proxy, remove the file";
    throw new Error(`the pid file ${this.#path} names process ${pid}, which runs: ${advice}`);
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
    if (this.#named() !== process.pid) return;
    try {
      rmSync(this.#path);
    } catch {
      // It is gone already, or somebody else's.
    }
  }

  #named(): number | undefined {
    try {
      const text = readFileSync(this.#path, "utf8").trim();
      return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
    } catch {
      // There is none, or it is for others to read.
      return undefined;
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's, which runs.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
