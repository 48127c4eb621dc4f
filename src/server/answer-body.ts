// The bodies that an answer may have, told apart and brought to one shape: all of it at once, or a source that is asked
// for one chunk after the other and can be told that nobody wants more.

import { StateError } from "../protocol/index.js";

/** Chunks on demand. */
export interface BodySource {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Nobody wants more. A `next` that waits may go on waiting. After the end, and a second time, it does nothing. */
  cancel(reason: unknown): void;
}

export interface AnswerBody {
  /** For the Content-Type header, unless the answer has one. */
  readonly type: string | undefined;
  /** Undefined when only its end will tell. */
  readonly byteLength: number | undefined;
  /** All of it, or where it comes from. */
  readonly content: string | Uint8Array | BodySource;
}

/** Throws `StateError` `INVALID_ARGUMENT` for what is no body. Nothing is read yet. */
export function answerBodyOf(body: unknown): AnswerBody {
  if (body === undefined || body === null) return { type: undefined, byteLength: 0, content: "" };
  if (typeof body === "string")
    return { type: "text/plain; charset=utf-8", byteLength: Buffer.byteLength(body), content: body };
  if (body instanceof Uint8Array) return { type: undefined, byteLength: body.byteLength, content: body };
  if (body instanceof Blob) {
    return { type: body.type || undefined, byteLength: body.size, content: sourceOfStream(body.stream()) };
  }
  if (typeof body === "object") {
    if ("getReader" in body) return unmeasured(sourceOfStream(body as ReadableStream));
    if (Symbol.asyncIterator in body || Symbol.iterator in body)
      return unmeasured(sourceOfIterable(body as AsyncIterable<unknown>));
  }
  const text = `a response body is text, bytes, a Blob, a stream or an async iterable, and no ${typeof body}`;
  throw new StateError("INVALID_ARGUMENT", text);
}

/** The bytes or the text of one chunk. Throws `StateError` `INVALID_ARGUMENT` for anything else. */
export function checkChunk(chunk: unknown): string | Uint8Array {
  if (typeof chunk === "string" || chunk instanceof Uint8Array) return chunk;
  throw new StateError(
    "INVALID_ARGUMENT",
    `a response body yielded ${typeof chunk}; it takes text and Uint8Array`,
  );
}

/** Throws `StateError` `INVALID_ARGUMENT` when a length was declared and is another: a client would take what is too much
 * for the next response, and wait for what is missing. */
export function checkLength(declared: number | undefined, actual: number): void {
  if (declared === undefined || declared === actual) return;
  const text = `Content-Length ${declared} is not the length of the body, which is ${actual}`;
  throw new StateError("INVALID_ARGUMENT", text);
}

function unmeasured(content: BodySource): AnswerBody {
  return { type: undefined, byteLength: undefined, content };
}

function sourceOfStream(stream: ReadableStream): BodySource {
  let reader: ReadableStreamDefaultReader | undefined;
  return {
    async next() {
      reader ??= stream.getReader();
      return reader.read();
    },
    cancel(reason) {
      // Through its reader a stream can be cancelled while a read waits, which its iterator would wait for.
      void (reader ?? stream).cancel(reason).catch(() => {});
    },
  };
}

function sourceOfIterable(iterable: AsyncIterable<unknown>): BodySource {
  let iterator: AsyncIterator<unknown> | undefined;
  return {
    async next() {
      iterator ??= iterate(iterable);
      return iterator.next();
    },
    cancel() {
      // Streams of Node's end at once; what is nothing but an iterator ends when it comes to its next chunk.
      const { destroy } = iterable as { destroy?: unknown };
      const end = async (): Promise<unknown> =>
        typeof destroy === "function" ? destroy.call(iterable) : iterator?.return?.();
      void end().catch(() => {});
    },
  };
}

function iterate(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterator<unknown> {
  return Symbol.asyncIterator in iterable
    ? iterable[Symbol.asyncIterator]()
    : (iterable[Symbol.iterator]() as unknown as AsyncIterator<unknown>);
}
