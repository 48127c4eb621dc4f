// Where a streamed message comes from: anything that yields its parts. Read by hand, because a loop would wait for a
// silent source when the connection is over, and only a reader can cancel what it still waits for.

import { describeValue, invalidArgument } from "../protocol/index.js";
import { bytesOf } from "./message.js";

export type MessageSource =
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>
  | ReadableStream<string | Uint8Array>;

/** Throws `StateError` `INVALID_ARGUMENT` for what has no parts. */
export function checkSource(source: unknown): void {
  const parts = Object(source) as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  const isIterable =
    typeof parts[Symbol.asyncIterator] === "function" || typeof parts[Symbol.iterator] === "function";
  if (isIterable && bytesOf(source) === undefined) return;
  const shown = isIterable ? "bytes, which are one part: use send" : describeValue(source);
  throw invalidArgument(`sendStream takes an iterable or a stream of strings and bytes, not ${shown}`);
}

type Part = string | Uint8Array;

/** A source that is being read. */
export interface SourceReader {
  next(): Promise<IteratorResult<Part, unknown>>;
  /** Nothing more is wanted, not even what is waited for. Never fails, and nobody waits for it. */
  cancel(): void;
}

/** Throws `TypeError` for what cannot be read. */
export function readSource(source: MessageSource): SourceReader {
  if ("getReader" in Object(source)) return readStream(source as ReadableStream<Part>);
  const { [Symbol.asyncIterator]: iterate } = source as AsyncIterable<Part>;
  const iterator = iterate === undefined ? undefined : iterate.call(source);
  if (iterator === undefined) return readIterable(source as Iterable<Part>);
  return {
    next: async () => iterator.next(),
    cancel() {
      // A stream of Node's that is being read hears of nothing else.
      ignoreFailure(() => (source as { destroy?(): unknown }).destroy?.());
      ignoreFailure(() => iterator.return?.());
    },
  };
}

/** A stream of Node's that fails before anybody reads it would end the process: reading it tells of the failure all the
 * same. */
export function holdSource(source: MessageSource): void {
  const stream = source as { destroy?: unknown; on?(event: "error", listener: () => void): unknown } | null;
  if (typeof stream?.destroy === "function") stream.on?.("error", () => {});
}

/** Lets go of a source that will not be read. */
export function cancelSource(source: MessageSource): void {
  ignoreFailure(() => readSource(source).cancel());
}

function readStream(stream: ReadableStream<Part>): SourceReader {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Part, unknown>>,
    cancel: () => ignoreFailure(() => reader.cancel()),
  };
}

function readIterable(source: Iterable<Part | PromiseLike<Part>>): SourceReader {
  const iterator = source[Symbol.iterator]();
  return {
    async next() {
      const { done, value } = iterator.next();
      return done ? { done, value } : { done: false, value: await value };
    },
    cancel: () => ignoreFailure(() => iterator.return?.()),
  };
}

function ignoreFailure(action: () => unknown): void {
  try {
    Promise.resolve(action()).catch(() => {});
  } catch {
    // Whoever made the source cannot be told: nobody waits for it any more.
  }
}
