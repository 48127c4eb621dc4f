// How hints are worded: what to do in place of a name that means nothing here.

import type { Told } from "./words.js";

/** What to do in place of a name that others know. */
export type Hints = Readonly<Record<string, Told>>;

/** The hint to use one option, or one of several. */
export function use(...names: readonly string[]): Told {
  return ({ option }) => {
    const words = names.map(option);
    return `use ${[...words.slice(0, -2), words.slice(-2).join(" or ")].join(", ")}`;
  };
}

/** The hint to use an option with this value. */
export function useAs(name: string, value: unknown): Told {
  return ({ setting }) => `use ${setting(name, value)}`;
}

/** Hints for names of what is the same for all routes. */
export function besideRoutes(names: readonly string[]): Hints {
  return Object.fromEntries(
    names.map((name) => [name, ({ option }) => `write it beside ${option("routes")}`]),
  );
}
