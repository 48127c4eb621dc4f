// Flags that take a number.

import { UsageError } from "../command.js";
import type { FlagReader } from "../flag-value.js";

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
}

/** Undefined when it was not given. Throws `UsageError`. */
export function numberOf(flags: FlagReader, name: string, range: NumberRange): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const { min, max, isWhole = false } = range;
  // Number takes "", "0x10" and "1e3" as well; only the last is what somebody may have meant.
  const value = /^[\d.]+(?:e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? "a whole number" : "a number";
  throw new UsageError(`--${name} is ${JSON.stringify(text)}; it takes ${kind} from ${min} to ${max}`);
}
