// The lines that were typed, from one session to the next. A history that cannot be kept is a pity and no failure.

import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
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
      const { size, mode } = statSync(this.#path);
      const lines = readEnd(this.#path, size).split("\n").filter(isTypeable);
      const kept = lines.slice(-MAX_LINES);
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
    if (/^\s/.test(line) || !isTypeable(line)) return false;
    if (line === this.#last) return true;
    this.#last = line;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: OWN_FOLDER });
      // Appending keeps what other sessions add meanwhile.
      // A pipe that nobody reads would stop everything, and is refused by this flag.
      const flag = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
      appendFileSync(this.#path, `${line}\n`, { mode: OWN_FILE, flag: flag as never });
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

/** A line that may be shown as it is: a control character would command the terminal when the line is fetched again. */
function isTypeable(line: string): boolean {
  return line !== "" && line.length <= MAX_LINE_CHARACTERS && !/\p{Cc}/u.test(line.replaceAll("\t", " "));
}

/** At most `MAX_FILE_BYTES` from the end of a file: others may have made it grow. Throws for what is no regular file, which may never end. */
function readEnd(path: string, size: number): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error("the history is no file");
    const bytes = Buffer.alloc(Math.min(size, MAX_FILE_BYTES));
    const length = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString("utf8", 0, length);
    // The first line is cut, where it is not the file's first.
    return size > bytes.length ? text.slice(text.indexOf("\n") + 1) : text;
  } finally {
    closeSync(file);
  }
}
