// Options are looked at as a whole: what is wrong with one of them hides nothing that is wrong with another. Whoever calls
// `createProxy` is told the first mistake, and whoever has a file checked all of them.

import { toError } from "../connection/index.js";

/** Never leaves this room. */
class Mistakes extends Error {
  readonly errors: readonly Error[];

  constructor(errors: readonly Error[]) {
    super(errors.map(({ message }) => message).join("\n"));
    this.errors = errors;
  }
}

/** What each of them answers, by its name. All of them are called: throws `Mistakes` with what any have thrown. */
export function all<Values extends object>(
  acts: {
    readonly [Name in keyof Values]: () => Values[Name];
  },
): Values {
  const values: Partial<Values> = {};
  const errors: Error[] = [];
  for (const name of Object.keys(acts) as (keyof Values)[]) {
    try {
      values[name] = acts[name]();
    } catch (error) {
      errors.push(...errorsOf(error));
    }
  }
  if (errors.length > 0) throw new Mistakes(errors);
  return values as Values;
}

/** The same for what is done with each item. */
export function allOf<Item, Value>(
  items: readonly Item[],
  act: (item: Item, index: number) => Value,
): readonly Value[] {
  const values: Value[] = [];
  const errors: Error[] = [];
  for (const [index, item] of items.entries()) {
    try {
      values.push(act(item, index));
    } catch (error) {
      errors.push(...errorsOf(error));
    }
  }
  if (errors.length > 0) throw new Mistakes(errors);
  return values;
}

/** Throws the first mistake alone. */
export function orFirst<Value>(act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw errorsOf(error)[0];
  }
}

/** A value, or what is wrong: one of the two is there. */
export interface Outcome<Value> {
  readonly value: Value | undefined;
  readonly errors: readonly Error[];
}

export function outcomeOf<Value>(act: () => Value): Outcome<Value> {
  try {
    return { value: act(), errors: [] };
  } catch (error) {
    return { value: undefined, errors: errorsOf(error) };
  }
}

/** What it throws, and nothing where it does not. */
export function mistakesOf(act: () => unknown): readonly Error[] {
  return outcomeOf(act).errors;
}

function errorsOf(error: unknown): readonly Error[] {
  return error instanceof Mistakes ? error.errors : [toError(error)];
}
