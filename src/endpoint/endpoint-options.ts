// What both endpoints may be told, and the check of it.

import {
  type Compression,
  type DeflateOptions,
  type RawDeflateEngine,
  resolveCompression,
} from "../deflate/index.js";
import { defaultHeadLimits, type HeadLimits, type Sha1 } from "../handshake/index.js";
import {
  type ByteEngine,
  checkNumber,
  checkOptions,
  checkType,
  defaultLimits,
  describeValue,
  invalidArgument,
  isRecord,
  type Limits,
  type NamesOf,
  type OptionTable,
  TURN_CREDIT,
} from "../protocol/index.js";

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
  /**
   * Work that one `receive` may do, counted in bytes inflated: a frame costs 128 of them beside what it inflates to, and the
   * one that uses the credit up may pass it by one message, or one step within a large one. Then there is `hasMore`.
   * At least 1; `Infinity` reads everything at once. Default 1 048 576: a millisecond or two.
   */
  receiveCredit?: number | undefined;
  /** The host's routines for XOR and UTF-8. Default: plain TypeScript. */
  byteEngine?: ByteEngine | undefined;
  /** The host's SHA-1. Default: plain TypeScript. */
  sha1?: Sha1 | undefined;
}

/** Options with their values. */
export interface EndpointSettings {
  readonly compression: Compression | undefined;
  readonly limits: EndpointLimits;
  readonly receiveCredit: number;
  readonly byteEngine: ByteEngine | undefined;
  readonly sha1: Sha1 | undefined;
}

/** The names that both endpoints know. */
export const endpointOptionNames = {
  compression: true,
  limits: true,
  receiveCredit: true,
  byteEngine: true,
  sha1: true,
} satisfies NamesOf<EndpointOptions>;

/** Limits are one option here, and names of their own on the options of connections. */
export const endpointOptionHints: Readonly<Record<string, string>> = {
  maxMessageBytes: "use limits: { maxMessageBytes }",
  maxFragments: "use limits: { maxFragments }",
  maxHeadBytes: "use limits: { maxHeadBytes }",
  maxHeaders: "use limits: { maxHeaders }",
  maxPayload: "use limits: { maxMessageBytes }",
  credit: "use receiveCredit",
  perMessageDeflate: "use compression: { engine, options }",
};

const limitTable: OptionTable = {
  owner: "limits",
  names: {
    maxMessageBytes: true,
    maxFragments: true,
    maxHeadBytes: true,
    maxHeaders: true,
  } satisfies NamesOf<EndpointLimits>,
  hints: { maxPayload: "use maxMessageBytes" },
};

const compressionTable: OptionTable = {
  owner: "an endpoint's compression",
  names: { options: true, engine: true } satisfies NamesOf<EndpointCompression>,
};

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT` for a value out of range, or a name that is not known. */
export function resolveEndpointOptions(options: EndpointOptions): EndpointSettings {
  const { compression, limits = {}, byteEngine, sha1 } = options;
  checkOptions(limits, limitTable);
  checkType("byteEngine", byteEngine, "object", "a ByteEngine");
  checkType("sha1", sha1, "function", "a function from bytes to their SHA-1");
  if (compression !== undefined) checkCompression(compression);
  const deflate = compression && (compression.options ?? {});
  return {
    compression: resolveCompression("compression.options", deflate, () => compression?.engine),
    limits: {
      maxMessageBytes: checkNumber(
        "limits.maxMessageBytes",
        limits.maxMessageBytes,
        defaultLimits.maxMessageBytes,
        0,
      ),
      maxFragments: checkNumber("limits.maxFragments", limits.maxFragments, defaultLimits.maxFragments, 1),
      maxHeadBytes: checkNumber(
        "limits.maxHeadBytes",
        limits.maxHeadBytes,
        defaultHeadLimits.maxHeadBytes,
        1,
      ),
      maxHeaders: checkNumber("limits.maxHeaders", limits.maxHeaders, defaultHeadLimits.maxHeaders, 1),
    },
    receiveCredit: checkNumber("receiveCredit", options.receiveCredit, TURN_CREDIT, 1),
    byteEngine,
    sha1,
  };
}

function checkCompression(compression: unknown): void {
  if (!isRecord(compression)) {
    const text = `compression is ${describeValue(compression)}; an endpoint takes { engine, options }, as in { engine: zlibEngine() }`;
    throw invalidArgument(text);
  }
  checkOptions(compression, compressionTable);
  const { engine } = compression as { engine?: Partial<RawDeflateEngine> | null };
  // A host that has no engine says so with undefined.
  if ("engine" in compression && engine === undefined) return;
  if (typeof engine?.acquireDeflater === "function") return;
  throw invalidArgument(
    `compression.engine is ${describeValue(engine)}; it takes a RawDeflateEngine, such as zlibEngine() of "sluice"`,
  );
}
