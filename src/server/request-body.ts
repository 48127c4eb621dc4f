// The body of a plain request. It is read when somebody asks for it, and never before: a client that waits to be told to
// go on is told then. Leaving a loop over it ends nothing, for the response still has to get through. What nobody has
// asked for when the request is answered is dropped.

import type { IncomingMessage } from "node:http";
import { LimitError, StateError } from "../protocol/index.js";
import { toTransportError } from "../transport/index.js";

export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #message: IncomingMessage;
  /** For a client that waits for it (RFC 9110 §10.1.1). */
  readonly #sendContinue: (() => void) | undefined;
  #isListening = false;
  #isOpened = false;
  #receivedBytes = 0;
  #failure: Error | undefined;
  /** Errors that are the client's doing, and the status that says so. */
  #faults: Map<unknown, number> | undefined;
  /** Readers that wait for more. */
  #waiting: (() => void)[] = [];
  /** Set when what comes is dropped. */
  #onDropped: ((byteLength: number) => void) | undefined;
  #onEnd: (() => void) | undefined;

  constructor(message: IncomingMessage, sendContinue?: () => void) {
    this.#message = message;
    this.#sendContinue = sendContinue;
  }

  /** Whether all of it has come, read or not. */
  get isComplete(): boolean {
    return this.#message.complete;
  }

  /** Whether anybody has asked for it. */
  get isOpened(): boolean {
    return this.#isOpened;
  }

  /** Whether the client has not been told to send it, and may never do so. */
  get isWithheld(): boolean {
    return this.#sendContinue !== undefined && !this.#isOpened;
  }

  /** Bytes that nobody has read yet; undefined when the client did not announce its length. */
  get remainingBytes(): number | undefined {
    const declared = this.#declaredBytes;
    return declared === undefined ? undefined : declared - this.#receivedBytes;
  }

  get #declaredBytes(): number | undefined {
    const { headers } = this.#message;
    if (headers["transfer-encoding"] !== undefined) return undefined;
    return Number(headers["content-length"] ?? 0);
  }

  /** The next bytes; undefined behind the last. Rejects when the client breaks off, and after `drop`. */
  async read(): Promise<Uint8Array | undefined> {
    this.#open();
    const message = this.#message;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const chunk: Uint8Array | null = message.read();
      if (chunk !== null) {
        this.#receivedBytes += chunk.length;
        return chunk;
      }
      if (message.readableEnded) return undefined;
      if (message.destroyed) this.fail(message.errored ?? new Error("the client broke off its request"), 400);
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) yield chunk;
  }

  /** The same, of a body of at most `maxBytes`: rejects with `BODY_TOO_LARGE`, before anything is read if it can. */
  async *limitedTo(maxBytes: number): AsyncGenerator<Uint8Array, void> {
    const declared = this.#declaredBytes ?? 0;
    if (declared > maxBytes) throw this.#tooLarge(maxBytes, declared);
    for await (const chunk of this) {
      if (this.#receivedBytes > maxBytes) throw this.#tooLarge(maxBytes, this.#receivedBytes);
      yield chunk;
    }
  }

  /** Notes that an error is the client's doing, or known to whoever has to know of it, and is answered with this status. */
  blame<E extends Error>(error: E, status: number): E {
    this.#faults ??= new Map();
    this.#faults.set(error, status);
    return error;
  }

  /** What answers a request whose handler let the error pass; undefined when it is the handler's own. */
  statusOf(thrown: unknown): number | undefined {
    return this.#faults?.get(thrown);
  }

  /** No more of it can be read, by the client's doing. */
  fail(error: Error, status: number): void {
    this.#failure ??= this.blame(toTransportError(error), status);
    this.#wake();
  }

  /** Whoever reads on is refused, and what still comes is forgotten: `onBytes` hears how much that is, `onEnd` when it is
   * over. A second call takes the place of the first. */
  drop(onBytes: (byteLength: number) => void, onEnd?: () => void): void {
    this.#onDropped = onBytes;
    this.#onEnd = onEnd;
    this.#failure ??= new StateError("ALREADY_USED", "the request was answered before its body was read");
    this.#listen();
    this.#wake();
  }

  #tooLarge(maxBytes: number, actual: number): LimitError {
    const text = `a body of at least ${actual} bytes exceeds the limit of ${maxBytes} (maxBodyBytes)`;
    return this.blame(new LimitError("BODY_TOO_LARGE", text, maxBytes, actual), 413);
  }

  #open(): void {
    if (this.#isOpened) return;
    this.#isOpened = true;
    if (this.#failure === undefined) this.#sendContinue?.();
    this.#listen();
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const wake = this.#wake;
    this.#message.on("readable", wake).on("end", wake).on("error", wake).on("close", wake);
  }

  readonly #wake = (): void => {
    if (this.#onDropped !== undefined) this.#discard(this.#onDropped);
    for (const resolve of this.#waiting.splice(0)) resolve();
  };

  #discard(onDropped: (byteLength: number) => void): void {
    for (let chunk = this.#message.read(); chunk !== null; chunk = this.#message.read()) {
      this.#receivedBytes += chunk.length;
      onDropped(chunk.length);
    }
    if (this.#message.complete) this.#onEnd?.();
  }
}
