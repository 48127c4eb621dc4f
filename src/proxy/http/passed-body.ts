// The body of an upstream's answer as it comes, and the end of the request: read to its end, broken off on either side, cut off by
// the proxy, or never asked for.

import type { IncomingMessage } from "node:http";
import { ProxyError } from "../errors.js";
import type { Place } from "../upstream/upstream-group.js";
import { brokenOff } from "./answer-failure.js";
import type { PlainPassage } from "./plain-passage.js";

/** An answer that has begun to come. */
export interface BegunAnswer {
  readonly place: Place;
  readonly message: IncomingMessage;
  /** Of the request's body. */
  readonly sent: { readonly bytes: number };
}

export class PassedBody implements AsyncIterable<Uint8Array> {
  readonly #answer: BegunAnswer;
  readonly #passage: PlainPassage;
  #byteLength = 0;
  #isOver = false;

  constructor(answer: BegunAnswer, passage: PlainPassage) {
    this.#answer = answer;
    this.#passage = passage;
    passage.asking.gone.addEventListener("abort", () => this.destroy(), { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of this.#answer.message as AsyncIterable<Uint8Array>) {
        this.#byteLength += chunk.length;
        yield chunk;
      }
      this.#end(undefined);
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      this.destroy();
    }
  }

  /** Nobody asks for more; called behind the end, too. */
  destroy(): void {
    const { message } = this.#answer;
    const isWhole = this.#passage.isAnswerBegun && message.complete && message.readableLength === 0;
    this.#end(isWhole ? undefined : this.#whyLeft());
    message.destroy();
  }

  /** The client gets none of it. */
  skip(): void {
    this.#answer.message.resume();
    this.#end(undefined);
  }

  /** What whoever reads gets. Where the client has gone, or the time was over, nobody else has to hear of it. */
  #fail(cause: unknown): ProxyError {
    const { exchange, cutBy } = this.#passage;
    const failure = cutBy ?? brokenOff(cause, this.#answer.place.upstream);
    if (!this.#isOver && cutBy === undefined) exchange.report(failure);
    this.#passage.excuse(failure);
    this.#end(failure);
    return failure;
  }

  #whyLeft(): ProxyError {
    const { message, place } = this.#answer;
    if (this.#passage.cutBy !== undefined) return this.#passage.cutBy;
    if (message.errored) return brokenOff(message.errored, place.upstream);
    return new ProxyError("CLIENT_GONE", "the client went before it had all of the answer");
  }

  #end(failure: ProxyError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { place, sent } = this.#answer;
    place.release();
    this.#passage.end(failure, { bytesReceived: sent.bytes, bytesSent: this.#byteLength });
  }
}
