// An option that takes an integer, checked.

import { describeValue, invalidArgument } from "../protocol/index.js";

/** The integer, or the fallback where there is none. */
export function checkInteger(
  name: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw invalidArgument(`${name} is ${describeValue(value)}; it takes an integer ${range}`);
}
