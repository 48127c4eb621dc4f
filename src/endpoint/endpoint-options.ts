// What both endpoints may be told, and the check of it.

import {
  type Compression,
  type DeflateOptions,
  type RawDeflateEngine,
  resolveCompression,
} from "../deflate/index.js";
import { defaultHeadLimits, type HeadLimits, type Sha1 } from "../handshake/index.js";
import { type ByteEngine, defaultLimits, type Limits, StateError } from "../protocol/index.js";

/** permessage-deflate, and the compressor that does it. */
export interface EndpointCompression {
  /** What is offered, or agreed to. Default: `{}`. */
  readonly options?: DeflateOptions | undefined;
  /** The host's raw DEFLATE. On Node.js: `zlibEngine()` of "sluice". */
  readonly engine: RawDeflateEngine;
}

/** What a peer may make an endpoint hold. */
export type EndpointLimits = Limits & HeadLimits;

export interface EndpointOptions {
  /** Default: permessage-deflate is neither offered nor agreed to. */
  compression?: EndpointCompression | undefined;
  /** Default: 1 048 576 message bytes, 16 384 fragments, 16 384 head bytes, 100 headers. */
  limits?: Partial<EndpointLimits> | undefined;
  /** The host's routines for XOR and UTF-8. Default: plain TypeScript. */
  byteEngine?: ByteEngine | undefined;
  /** The host's SHA-1. Default: plain TypeScript. */
  sha1?: Sha1 | undefined;
}

/** Options with their values. */
export interface EndpointSettings {
  readonly compression: Compression | undefined;
  readonly limits: EndpointLimits;
  readonly byteEngine: ByteEngine | undefined;
  readonly sha1: Sha1 | undefined;
}

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT` for a value out of range. */
export function resolveEndpointOptions(options: EndpointOptions): EndpointSettings {
  const { compression, limits = {}, byteEngine, sha1 } = options;
  const deflate = compression && (compression.options ?? {});
  return {
    compression: resolveCompression("compression.options", deflate, () => compression?.engine),
    limits: {
      maxMessageBytes: limit("maxMessageBytes", limits.maxMessageBytes, defaultLimits.maxMessageBytes, 0),
      maxFragments: limit("maxFragments", limits.maxFragments, defaultLimits.maxFragments, 1),
      maxHeadBytes: limit("maxHeadBytes", limits.maxHeadBytes, defaultHeadLimits.maxHeadBytes, 1),
      maxHeaders: limit("maxHeaders", limits.maxHeaders, defaultHeadLimits.maxHeaders, 1),
    },
    byteEngine,
    sha1,
  };
}

function limit(name: string, value: number | undefined, fallback: number, min: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= min) return value;
  throw new StateError(
    "INVALID_ARGUMENT",
    `limits.${name} is ${String(value)}; it takes a number of at least ${min}`,
  );
}
