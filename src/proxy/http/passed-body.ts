// The body of an upstream's answer as it comes, and the word that it is over: read to its end, broken off on either side, or
// never asked for.

import type { IncomingMessage } from "node:http";

export class PassedBody implements AsyncIterable<Uint8Array> {
  readonly #message: IncomingMessage;
  readonly #settle: (byteLength: number) => void;
  readonly #brokenOff: (cause: unknown) => Error;
  #byteLength = 0;
  #isSettled = false;

  /** `brokenOff` makes of what ended the message before its time what whoever reads it gets. */
  constructor(
    message: IncomingMessage,
    settle: (byteLength: number) => void,
    brokenOff: (cause: unknown) => Error,
  ) {
    this.#brokenOff = brokenOff;
    this.#message = message;
    this.#settle = settle;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of this.#message as AsyncIterable<Uint8Array>) {
        this.#byteLength += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw this.#brokenOff(error);
    } finally {
      this.settle();
    }
  }

  /** Nobody asks for more; called behind the end, too. */
  destroy(): void {
    this.#message.destroy();
    this.settle();
  }

  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settle(this.#byteLength);
  }
}
