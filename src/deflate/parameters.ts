// The parameters of permessage-deflate (RFC 7692 §7.1), as an application asks for them and as both ends agreed.

import { describeUnknownName, describeValue, type NamesOf, type OptionTable } from "../protocol/index.js";

/** What an application may ask of permessage-deflate. Names are the RFC's, in camel case. */
export interface DeflateOptions {
  /** Base-2 logarithm of the client's LZ77 window, 8 to 15. Default: a client says it can be told; a server leaves 15. */
  clientMaxWindowBits?: number | undefined;
  /** Base-2 logarithm of the server's LZ77 window, 8 to 15. Default on a server: 12. */
  serverMaxWindowBits?: number | undefined;
  /** The client forgets its window after each message. Default false. */
  clientNoContextTakeover?: boolean | undefined;
  /** The server forgets its window after each message. Default false. */
  serverNoContextTakeover?: boolean | undefined;
  /** Messages of fewer bytes are sent as they are, unless `send` asks for compression. Default 1024. */
  thresholdBytes?: number | undefined;
  /** zlib's compression level for sending, 0 to 9. Default 3: within a few percent of 6 on small texts, and faster. */
  level?: number | undefined;
  /** zlib's memory level for sending, 1 to 9. Default 5, which with 12 window bits takes 32 KiB per sending connection. */
  memLevel?: number | undefined;
}

/** What the two ends agreed. */
export interface DeflateParameters {
  readonly clientMaxWindowBits: number;
  readonly serverMaxWindowBits: number;
  readonly clientNoContextTakeover: boolean;
  readonly serverNoContextTakeover: boolean;
}

export const EXTENSION_NAME = "permessage-deflate";
export const MAX_WINDOW_BITS = 15;
export const MIN_WINDOW_BITS = 8;
export const DEFAULT_SERVER_WINDOW_BITS = 12;
export const DEFAULT_MEM_LEVEL = 5;
export const DEFAULT_LEVEL = 3;
export const DEFAULT_THRESHOLD_BYTES = 1024;

const optionTable: OptionTable = {
  owner: "permessage-deflate",
  names: {
    clientMaxWindowBits: true,
    serverMaxWindowBits: true,
    clientNoContextTakeover: true,
    serverNoContextTakeover: true,
    thresholdBytes: true,
    level: true,
    memLevel: true,
  } satisfies NamesOf<DeflateOptions>,
  hints: {
    threshold: "use thresholdBytes",
    windowBits: "use serverMaxWindowBits or clientMaxWindowBits",
    zlibDeflateOptions: "use level and memLevel",
    zlibInflateOptions: "what is inflated is bounded by maxMessageBytes",
    concurrencyLimit: "there is no pool whose use could be limited",
    enabled: "use compression: true or false",
  },
};

/** The first thing wrong with the options, an unknown name among them, in words, or undefined. */
export function describeInvalidOptions(options: DeflateOptions): string | undefined {
  const unknown = describeUnknownName(options, optionTable);
  if (unknown !== undefined) return unknown;
  const ranges = [
    ["clientMaxWindowBits", MIN_WINDOW_BITS, MAX_WINDOW_BITS],
    ["serverMaxWindowBits", MIN_WINDOW_BITS, MAX_WINDOW_BITS],
    ["level", 0, 9],
    ["memLevel", 1, 9],
    ["thresholdBytes", 0, Infinity],
  ] as const;
  for (const [name, min, max] of ranges) {
    const value = options[name];
    if (
      value === undefined ||
      (typeof value === "number" &&
        value >= min &&
        value <= max &&
        (Number.isInteger(value) || value === Infinity))
    )
      continue;
    return `${name} is ${describeValue(value)}; it takes an integer from ${min} to ${max}`;
  }
  for (const name of ["clientNoContextTakeover", "serverNoContextTakeover"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "boolean")
      return `${name} is ${describeValue(value)}; it takes true or false`;
  }
  return undefined;
}
