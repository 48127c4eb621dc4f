// What has been received and not yet asked for. Bounded in messages and in bytes of memory: when it is full, the
// connection stops reading, so that a slow consumer slows the peer and not the heap.

import { StateError } from "../protocol/index.js";
import type { WebSocketMessage } from "./message.js";

/** Who waits for the next message. Called once, within the call that brings it. */
export interface Waiter {
  resolve(message: WebSocketMessage | undefined): void;
  reject(error: Error): void;
}

export class Inbox {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #onRoom: () => void;
  #messages: WebSocketMessage[] = [];
  #bytes = 0;
  #waiter: Waiter | undefined;
  #end: { error: Error | undefined } | undefined;

  constructor(maxMessages: number, maxBytes: number, onRoom: () => void) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
    this.#onRoom = onRoom;
  }

  /** Whether a text or binary message waits. */
  get hasData(): boolean {
    return this.#messages.some(({ type }) => type === "text" || type === "binary");
  }

  get isFull(): boolean {
    return this.#messages.length >= this.#maxMessages || this.#bytes >= this.#maxBytes;
  }

  push(message: WebSocketMessage): void {
    if (this.#waiter !== undefined) {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      waiter.resolve(message);
      return;
    }
    this.#messages.push(message);
    this.#bytes += memoryOf(message);
  }

  /** Nothing more will be pushed: readers get what is left, then the end, or the error once. */
  close(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter === undefined) return;
    this.#end = { error: undefined };
    if (error === undefined) waiter.resolve(undefined);
    else waiter.reject(error);
  }

  /** Tells the waiter what comes next, where nothing is there to take; undefined at the end. One at a time may wait. */
  wait(waiter: Waiter): void {
    if (this.#end !== undefined) {
      const { error } = this.#end;
      this.#end = { error: undefined };
      if (error === undefined) waiter.resolve(undefined);
      else waiter.reject(error);
    } else if (this.#waiter !== undefined) {
      const text = "somebody else waits for the next message of this connection";
      waiter.reject(new StateError("ALREADY_ITERATING", text));
    } else this.#waiter = waiter;
  }

  /** The next message if one is there. */
  take(): WebSocketMessage | undefined {
    const wasFull = this.isFull;
    const message = this.#messages.shift();
    if (message === undefined) return undefined;
    this.#bytes -= memoryOf(message);
    if (wasFull && !this.isFull) this.#onRoom();
    return message;
  }

  get isAwaited(): boolean {
    return this.#waiter !== undefined;
  }

  isAwaitedBy(waiter: Waiter | undefined): boolean {
    return this.#waiter !== undefined && this.#waiter === waiter;
  }
}

/** An estimate that is not below what the engine takes: two bytes per character, and something for the object. */
function memoryOf(message: WebSocketMessage): number {
  if (message.type === "text") return 2 * message.data.length + 64;
  if (message.type === "close") return 64;
  return message.data.length + 128;
}
