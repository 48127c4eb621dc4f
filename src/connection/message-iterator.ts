// The iterators over a connection's inbox. Several may follow each other; what one has not taken, the next one gets.

import type { Inbox } from "./inbox.js";
import type { WebSocketMessage } from "./message.js";

/** Who is told how far the reading has come. */
export interface IterationHost {
  /** Another message is asked for. */
  asked(): void;
  /** A loop was left early. */
  left(): void;
}

export class MessageIterator<T> implements AsyncIterableIterator<T> {
  readonly #inbox: Inbox;
  readonly #host: IterationHost;
  readonly #select: (message: WebSocketMessage) => T | undefined;
  #isDone = false;

  /** `select` makes the yielded value, or undefined for what this iterator passes over. */
  constructor(inbox: Inbox, host: IterationHost, select: (message: WebSocketMessage) => T | undefined) {
    this.#inbox = inbox;
    this.#host = host;
    this.#select = select;
  }

  async next(): Promise<IteratorResult<T>> {
    while (!this.#isDone) {
      this.#host.asked();
      const message = await this.#inbox.next();
      if (message === undefined) break;
      const value = this.#select(message);
      if (value !== undefined) return { done: false, value };
    }
    this.#isDone = true;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T>> {
    if (!this.#isDone) this.#host.left();
    this.#isDone = true;
    return { done: true, value: undefined };
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
