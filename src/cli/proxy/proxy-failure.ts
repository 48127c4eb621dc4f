// What goes wrong in a proxy, in one line.

import { describeError } from "../describe.js";

/** Options keep the names that the config file has: flags may not be where they come from. */
export function describeFailure(error: unknown): string {
  return describeError(error, {});
}
