// One loop over connections that follow each other: where one is lost it goes on with the next, and it ends as the last one
// ends, unless the next was to come and failed to. No generator, because that would let nobody leave who waits for a message.

import { ClosedError } from "../connection/index.js";

/** The messages of one of the connections. */
export interface Reading<T> {
  readonly messages: AsyncIterator<T>;
  /** Settles when it has been lost: whether another has taken its place. */
  readonly hasSuccessor: Promise<boolean>;
}

/** Who has the connections. */
export interface ReadingHost<T> {
  /** Reads the connection that there is now. Throws `StateError` where its messages go to somebody else. */
  open(): Reading<T>;
  /** Where no connection follows: why, if something has failed. */
  failure(): Error | undefined;
  /** A message is asked for. */
  asked(by: object): void;
  /** One that was asked for has come, or does not. */
  answered(to: object): void;
  /** A loop was left early. */
  left(by: object): void;
}

export class SuccessiveIterator<T> implements AsyncIterableIterator<T> {
  readonly #host: ReadingHost<T>;
  #reading: Reading<T> | undefined;
  #isDone = false;

  constructor(host: ReadingHost<T>) {
    this.#host = host;
    this.#reading = host.open();
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#isDone) return { done: true, value: undefined };
    this.#host.asked(this);
    try {
      return await this.#take();
    } finally {
      this.#host.answered(this);
    }
  }

  async #take(): Promise<IteratorResult<T>> {
    while (!this.#isDone) {
      const reading = this.#reading ?? this.#host.open();
      this.#reading = reading;
      let loss: ClosedError | undefined;
      try {
        const result = await reading.messages.next();
        if (!result.done) return result;
      } catch (error) {
        // Anything else is a mistake of the reader's, and would be none the less with another connection.
        if (!(error instanceof ClosedError)) throw error;
        loss = error;
      }
      if (await reading.hasSuccessor) {
        // Whoever waited beside this reader may have gone on already.
        if (this.#reading === reading) this.#reading = undefined;
        continue;
      }
      this.#isDone = true;
      // Whoever asked for a connection that lives on is not at the end of its messages only because the last one closed cleanly.
      const failure = this.#host.failure() ?? loss;
      if (failure !== undefined) throw failure;
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<T>> {
    if (!this.#isDone) this.#host.left(this);
    this.#isDone = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}
