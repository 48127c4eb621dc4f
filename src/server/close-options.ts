// How a server or a service says goodbye.

import { timeoutOption } from "../connection/index.js";
import { checkOptions, invalidArgument } from "../protocol/index.js";
import { closeTable } from "./option-names.js";

export interface CloseOptions {
  /** Close code for every connection: 1000 to 1003, 1007 to 1014 or 3000 to 4999. Default 1001, going away. */
  code?: number | undefined;
  /** At most 123 bytes of UTF-8. Default: none. */
  reason?: string | undefined;
  /** Milliseconds after which what is left is terminated, 0 to 2 147 483 647; `Infinity` waits as long as it takes. Default
   * 10 000. */
  timeoutMs?: number | undefined;
}

type CloseSettings = Required<CloseOptions>;

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT` for what is no options, and for a time that no timer can
 * wait for. */
export function resolveCloseOptions(options: CloseOptions = {}): CloseSettings {
  if (typeof options === "number")
    throw invalidArgument(`close takes options, not ${options}; use close({ code: ${options} })`);
  if (typeof options === "function")
    throw invalidArgument("close takes options, not a function; it answers a promise to wait for");
  checkOptions(options, closeTable);
  const { code = 1001, reason = "", timeoutMs } = options;
  const hasDeadline = timeoutMs !== Infinity;
  return { code, reason, timeoutMs: hasDeadline ? timeoutOption("timeoutMs", timeoutMs, 10_000) : Infinity };
}
