// The options of a duplex stream: Node's own, under its names, checked before Node sees them.

import {
  checkNumber,
  checkOptions,
  checkType,
  describeValue,
  invalidArgument,
  type NamesOf,
  type OptionTable,
} from "../protocol/index.js";

/** What `createDuplex` takes, with the meaning that Node's `stream.Duplex` gives it. */
export interface DuplexStreamOptions {
  /** Chunks are messages in both directions: strings are text, bytes are binary. Default: false, the data is bytes. */
  objectMode?: boolean | undefined;
  /** The same for what is read only. */
  readableObjectMode?: boolean | undefined;
  /** The same for what is written only. */
  writableObjectMode?: boolean | undefined;
  /** Bytes are read as strings of this encoding. Default: as Buffers. */
  encoding?: BufferEncoding | undefined;
  /** Whether written strings become bytes, and so binary messages. With false they are sent as text. Default: true. */
  decodeStrings?: boolean | undefined;
  /** Bytes, or chunks in object mode, that may wait in each direction beside what the connection holds. Default: Node's. */
  highWaterMark?: number | undefined;
  readableHighWaterMark?: number | undefined;
  writableHighWaterMark?: number | undefined;
  /** Destroys the stream. */
  signal?: AbortSignal | undefined;
}

const optionTable: OptionTable = {
  owner: "createDuplex",
  names: {
    objectMode: true,
    readableObjectMode: true,
    writableObjectMode: true,
    encoding: true,
    decodeStrings: true,
    highWaterMark: true,
    readableHighWaterMark: true,
    writableHighWaterMark: true,
    signal: true,
  } satisfies NamesOf<DuplexStreamOptions>,
  hints: {
    allowHalfOpen: "leave it out, a WebSocket cannot close one direction only",
    autoDestroy: "leave it out, a stream that has ended holds nothing",
    emitClose: "leave it out, close is always emitted",
  },
};

/** Throws `StateError` `INVALID_ARGUMENT` for what is no object, for a name that is not known, and for a value out of range. */
export function checkDuplexOptions(options: DuplexStreamOptions): void {
  checkOptions(options, optionTable);
  const { encoding, signal } = options;
  for (const name of ["objectMode", "readableObjectMode", "writableObjectMode", "decodeStrings"] as const)
    checkType(name, options[name], "boolean", "true or false");
  for (const name of ["highWaterMark", "readableHighWaterMark", "writableHighWaterMark"] as const)
    checkNumber(name, options[name], 0);
  if (encoding !== undefined && !Buffer.isEncoding(encoding))
    throw invalidArgument(`encoding is ${describeValue(encoding)}; it takes one of Node's, such as "utf8"`);
  if (signal !== undefined && typeof (Object(signal) as Partial<AbortSignal>).aborted !== "boolean")
    throw invalidArgument(`signal is ${describeValue(signal)}; it takes an AbortSignal`);
}
