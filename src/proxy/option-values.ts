// The values of options that take a number or say whether, each with its fallback where there is none. What cannot be used is a
// mistake at the place where it stands.

import { timeoutOption } from "../connection/index.js";
import { checkNumber, checkType, describeValue } from "../protocol/index.js";
import { at, wrong } from "./mistakes.js";

/** Throws `Mistakes`, as each of these does. */
export function integerAt(
  place: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw wrong(place, `is ${describeValue(value)}; it takes an integer ${range}`);
}

/** One that is no integer, such as `Infinity`, is taken too. */
export function numberAt(place: string, value: number | undefined, fallback: number, min: number): number {
  return at(place, () => checkNumber(place, value, fallback, min));
}

/** Milliseconds that one of Node's timers can wait. */
export function timeoutAt(place: string, value: number | undefined, fallback: number): number {
  return at(place, () => timeoutOption(place, value, fallback));
}

export function flagAt(place: string, value: boolean | undefined, fallback: boolean): boolean {
  at(place, () => checkType(place, value, "boolean", "true or false"));
  return value ?? fallback;
}
