// The values of flags, read and checked. Each throws `UsageError`.

import { readFileSync } from "node:fs";
import { type FlagValues, UsageError } from "./command.js";
import { unreadFileProblem } from "./unread-file.js";

const MAX_SECONDS = 2_147_483;
const units: Readonly<Record<string, number>> = { "": 1, k: 1024, M: 1024 ** 2, G: 1024 ** 3 };

export class FlagReader {
  readonly #values: FlagValues;

  constructor(values: FlagValues) {
    this.#values = values;
  }

  isSet(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  /** Of a flag that may be given several times. */
  texts(name: string): string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name);
    if (text === undefined || (choices as readonly string[]).includes(text))
      return text as Choice | undefined;
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; it takes ${choices.join(", ")}`);
  }

  /** Milliseconds, given in seconds. */
  milliseconds(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const seconds = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
    if (seconds > 0 && seconds <= MAX_SECONDS) return Math.max(1, Math.round(seconds * 1000));
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; it takes seconds, such as 5 or 0.5`);
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(
      `--${name} is ${JSON.stringify(text)}; it takes a whole number from ${min} to ${max}`,
    );
  }

  bytes(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, digits, unit] = /^(\d{1,12})([kKMG]?)$/.exec(text) ?? [];
    const bytes = digits === undefined ? 0 : Number(digits) * units[unit === "K" ? "k" : unit];
    if (bytes > 0) return bytes;
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; it takes bytes, such as 65536, 64k or 16M`);
  }

  /** The content of the file that it names, as text. */
  file(name: string): string | undefined {
    return this.fileBytes(name)?.toString();
  }

  fileBytes(name: string): Buffer | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (error) {
      const problem = unreadFileProblem(path, error);
      throw new UsageError(`--${name} ${JSON.stringify(path)} ${problem}`, { cause: error });
    }
  }

  /** The same of one in PEM. */
  pem(name: string): string | undefined {
    const content = this.file(name);
    if (content === undefined || content.includes("-----BEGIN")) return content;
    throw new UsageError(
      `--${name} ${JSON.stringify(this.text(name))} is no PEM file, for it has no "-----BEGIN"`,
    );
  }

  /** At most one of these may be given. */
  excludes(...names: readonly string[]): void {
    const given = names.filter((name) => this.#values[name] !== undefined);
    if (given.length < 2) return;
    throw new UsageError(`--${given[0]} and --${given[1]} cannot both be; leave one of them out`);
  }
}
