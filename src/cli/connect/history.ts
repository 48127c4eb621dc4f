// The lines that were typed, from one session to the next. A history that cannot be kept is a pity and no failure.

import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import type { Console } from "../command.js";

/** Lines that are kept. */
export const MAX_LINES = 1000;
/** Longer lines are data rather than something to type again. */
export const MAX_LINE_CHARACTERS = 4096;
/** What it may grow to before it is cut again. */
const MAX_FILE_BYTES = 2 ** 20;
/** Messages may hold secrets. */
const OWN_FILE = 0o600;
const OWN_FOLDER = 0o700;

/** By the XDG Base Directory Specification; relative paths are to be ignored there. */
export function historyPath({ env }: Pick<Console, "env">): string {
  const state = env.XDG_STATE_HOME;
  const folder = state && isAbsolute(state) ? state : join(env.HOME || homedir(), ".local", "state");
  return join(folder, "sluice", "history");
}

export class History {
  readonly #path: string;
  #last: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Newest last, at most `MAX_LINES`. */
  load(): string[] {
    try {
      const lines = readFileSync(this.#path, "utf8").split("\n").filter(Boolean);
      const kept = lines.slice(-MAX_LINES);
      const { size, mode } = statSync(this.#path);
      if ((mode & 0o077) !== 0) chmodSync(this.#path, OWN_FILE);
      if (lines.length > 2 * MAX_LINES || size > MAX_FILE_BYTES) this.#rewrite(kept);
      this.#last = kept.at(-1);
      return kept;
    } catch {
      return [];
    }
  }

  /** A line that begins with a blank is not kept: that is how one keeps a secret out of it. Answers whether it is. */
  add(line: string): boolean {
    if (/^\s|^$/.test(line) || line.length > MAX_LINE_CHARACTERS) return false;
    if (line === this.#last) return true;
    this.#last = line;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: OWN_FOLDER });
      // Appending keeps what other sessions add meanwhile.
      appendFileSync(this.#path, `${line}\n`, { mode: OWN_FILE });
    } catch {
      // A read-only home is no reason to stop.
    }
    return true;
  }

  #rewrite(lines: readonly string[]): void {
    const draft = `${this.#path}.${process.pid}`;
    writeFileSync(draft, lines.map((line) => `${line}\n`).join(""), { mode: OWN_FILE });
    renameSync(draft, this.#path);
  }
}
