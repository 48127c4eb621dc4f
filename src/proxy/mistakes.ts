// Options are looked at as a whole: what is wrong with one of them hides nothing that is wrong with another. Whoever calls
// `createProxy` is told the first mistake, and whoever has a file checked all of them, each with its place.

import { toError } from "../connection/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import { codeWords, type Told, tell } from "./words.js";

/** What is wrong with an option. */
export interface Mistake {
  /** Where it stands, such as "to[1].weight"; "" for the options as a whole. */
  readonly place: string;
  /** All that is to be said of it. */
  readonly told: Told;
  /** What has been thrown elsewhere, where that was how it was noticed. */
  readonly error?: Error | undefined;
  readonly cause?: unknown;
}

/** Never leaves this room. */
class Mistakes extends Error {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ told }) => tell(told, codeWords)).join("\n"));
    this.mistakes = mistakes;
  }
}

/** A mistake, to be thrown: the problem stands behind what the option is called. */
export function wrong(place: string, problem: Told, options?: ErrorOptions): Error {
  return new Mistakes([
    { place, told: (words) => `${words.place(place)} ${tell(problem, words)}`, cause: options?.cause },
  ]);
}

/** The same with the value before the problem. */
export function wrongValue(place: string, value: unknown, problem: Told, options?: ErrorOptions): Error {
  return wrong(place, (words) => `${describeValue(value)} ${tell(problem, words)}`, options);
}

/** What it answers. What it throws is a mistake at this place, unless it is one that has a place. */
export function at<Value>(place: string, act: (place: string) => Value): Value {
  try {
    return act(place);
  } catch (error) {
    throw new Mistakes(mistakesIn(error).map((mistake) => ({ ...mistake, place: mistake.place || place })));
  }
}

/** What each of them answers, by its name. All of them are called: throws `Mistakes` with what any have thrown. */
export function all<Values extends object>(
  acts: {
    readonly [Name in keyof Values]: () => Values[Name];
  },
): Values {
  const names = Object.keys(acts) as (keyof Values)[];
  const values = allOf(names, (name) => [name, acts[name]()] as const);
  return Object.fromEntries(values) as Values;
}

/** The same for what is done with each item. */
export function allOf<Item, Value>(
  items: readonly Item[],
  act: (item: Item, index: number) => Value,
): readonly Value[] {
  const values: Value[] = [];
  const mistakes: Mistake[] = [];
  for (const [index, item] of items.entries()) {
    try {
      values.push(act(item, index));
    } catch (error) {
      mistakes.push(...mistakesIn(error));
    }
  }
  if (mistakes.length > 0) throw new Mistakes(mistakes);
  return values;
}

/** A mistake that was noted, to be thrown after all. `where` is said before it. */
export function noted(mistake: Mistake, where: string): Error {
  const { place, told, error, cause = error } = mistake;
  return new Mistakes([
    where === "" ? mistake : { place, told: (words) => `${where}${tell(told, words)}`, cause },
  ]);
}

/** Throws the first mistake alone, for whoever calls from code: `StateError` `INVALID_ARGUMENT`, or what was thrown elsewhere. */
export function orFirst<Value>(act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw errorOf(mistakesIn(error)[0]);
  }
}

/** A value, or what is wrong: one of the two is there. */
export interface Outcome<Value> {
  readonly value: Value | undefined;
  readonly mistakes: readonly Mistake[];
}

export function outcomeOf<Value>(act: () => Value): Outcome<Value> {
  try {
    return { value: act(), mistakes: [] };
  } catch (error) {
    return { value: undefined, mistakes: mistakesIn(error) };
  }
}

/** What it throws, and nothing where it does not. */
export function mistakesOf(act: () => unknown): readonly Mistake[] {
  return outcomeOf(act).mistakes;
}

function errorOf({ told, error, cause }: Mistake): Error {
  return error ?? invalidArgument(tell(told, codeWords), cause === undefined ? undefined : { cause });
}

function mistakesIn(thrown: unknown): readonly Mistake[] {
  if (thrown instanceof Mistakes) return thrown.mistakes;
  const error = toError(thrown);
  return [{ place: "", told: error.message, error }];
}
