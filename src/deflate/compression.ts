// What one end brings to permessage-deflate: its options, checked, and a compressor.

import { describeValue, invalidArgument, isRecord } from "../protocol/index.js";
import { type DeflateOptions, describeInvalidOptions } from "./parameters.js";
import type { RawDeflateEngine } from "./raw-deflate.js";

export interface Compression {
  readonly options: DeflateOptions;
  readonly engine: RawDeflateEngine;
}

/**
 * What an application's option stands for: `true` is `{}`, and undefined means no compression, because it is switched off
 * or because the host has no engine. Throws `StateError` `INVALID_ARGUMENT`, which calls the option `name`, for a value out
 * of range or an option that is not known.
 */
export function resolveCompression(
  name: string,
  given: boolean | DeflateOptions | undefined,
  engineOf: () => RawDeflateEngine | undefined,
): Compression | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && !isRecord(given))
    throw invalidArgument(`${name} is ${describeValue(given)}; it takes true, false or options`);
  const options = given === true ? {} : given;
  const problem = describeInvalidOptions(options);
  if (problem !== undefined) throw invalidArgument(`${name}.${problem}`);
  const engine = engineOf();
  return engine && { options, engine };
}
