// The iterators over a connection's inbox. Several may follow each other; what one has not taken, the next one gets.

import type { Inbox, Waiter } from "./inbox.js";
import type { WebSocketMessage } from "./message.js";

/** Who is told how far the reading has come. */
export interface IterationHost {
  /** Another message is asked for. Answers why there is none for iterators, if that is so. */
  asked(): Error | undefined;
  /** A loop was left early, by whoever may still wait for a message. */
  left(waiter: Waiter | undefined): void;
}

type Reject = (error: Error) => void;

export class MessageIterator<T> implements AsyncIterableIterator<T> {
  readonly #inbox: Inbox;
  readonly #host: IterationHost;
  readonly #select: (message: WebSocketMessage) => T | undefined;
  #waiter: Waiter | undefined;
  #isDone = false;

  /** `select` makes the yielded value, or undefined for what this iterator passes over. */
  constructor(inbox: Inbox, host: IterationHost, select: (message: WebSocketMessage) => T | undefined) {
    this.#inbox = inbox;
    this.#host = host;
    this.#select = select;
  }

  /** Makes one promise, whether the message is there or has to be waited for: there is one of these per message. */
  next(): Promise<IteratorResult<T>> {
    while (!this.#isDone) {
      const refusal = this.#host.asked();
      if (refusal !== undefined) return Promise.reject(refusal);
      const message = this.#inbox.take();
      if (message === undefined) return new Promise((resolve, reject) => this.#wait(resolve, reject));
      const value = this.#select(message);
      if (value !== undefined) return Promise.resolve({ done: false, value });
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  return(): Promise<IteratorResult<T>> {
    if (!this.#isDone) this.#host.left(this.#waiter);
    this.#isDone = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  #wait(resolve: (result: IteratorResult<T> | Promise<IteratorResult<T>>) => void, reject: Reject): void {
    const waiter: Waiter = {
      resolve: (message) => {
        this.#waiter = undefined;
        const value = message && this.#select(message);
        if (value !== undefined) resolve({ done: false, value });
        else {
          // At the end nothing more is asked for; what this iterator passes over is not the end.
          if (message === undefined) this.#isDone = true;
          resolve(this.next());
        }
      },
      reject,
    };
    // A second one at a time is refused.
    if (!this.#inbox.isAwaited) this.#waiter = waiter;
    this.#inbox.wait(waiter);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}

/** Text and binary messages as their data. */
export function selectData(message: WebSocketMessage): string | Uint8Array | undefined {
  return message.type === "text" || message.type === "binary" ? message.data : undefined;
}

/** Every message as it is. */
export function selectAll(message: WebSocketMessage): WebSocketMessage {
  return message;
}
