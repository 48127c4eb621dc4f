// Names of options that mean nothing: a misspelt limit would otherwise be no limit. Each room has a table of the names it
// knows, which the compiler holds to the type of its options, and words for names that people bring from elsewhere.

import { describeValue, invalidArgument, isRecord } from "./argument.js";

/** Every option of a type by name; with `satisfies` the compiler complains about one too few or too many. */
export type NamesOf<Options> = { readonly [Name in keyof Options]-?: true };

/** The options that somebody takes. */
export interface OptionTable {
  /** Who takes them, as a message calls it. */
  readonly owner: string;
  readonly names: Readonly<Record<string, true>>;
  /** What to do in place of an unknown name, such as "use maxMessageBytes". */
  readonly hints?: Readonly<Record<string, string>>;
}

/** Throws `StateError` `INVALID_ARGUMENT` for what is no object, and for a name that is not known and has a value. */
export function checkOptions(options: unknown, table: OptionTable): void {
  if (!isRecord(options)) {
    const text = `the options of ${table.owner} are ${describeValue(options)}; they are given as an object`;
    throw invalidArgument(text);
  }
  const problem = describeUnknownName(options, table);
  if (problem !== undefined) throw invalidArgument(problem);
}

/** The first name that is not known, and what to use instead, in words. Names without a value count as absent. */
export function describeUnknownName(options: object, table: OptionTable): string | undefined {
  for (const name in options) {
    if (Object.hasOwn(table.names, name)) continue;
    if ((options as Record<string, unknown>)[name] === undefined) continue;
    const shown = /^\w+$/.test(name) ? name.slice(0, 64) : describeValue(name);
    return `${shown} is not an option of ${table.owner}; ${adviceFor(name, table)}`;
  }
  return undefined;
}

function adviceFor(name: string, { names, hints = {} }: OptionTable): string {
  if (Object.hasOwn(hints, name)) return hints[name];
  const known = Object.keys(names);
  const near = nearestName(name, known);
  return near === undefined ? `it takes ${known.join(", ")}` : `use ${near}`;
}

/** The known name that was probably meant, if there is one. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  return known.find((candidate) => isNear(name, candidate));
}

/** A unit forgotten, another case, or up to two letters wrong. */
function isNear(name: string, candidate: string): boolean {
  const [given, known] = [name.toLowerCase(), candidate.toLowerCase()];
  if (given.length < 4 || given.length > known.length + 2) return given === known;
  return known === `${given}ms` || known === `${given}bytes` || distance(given, known) <= 2;
}

/** Letters to insert, remove or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
