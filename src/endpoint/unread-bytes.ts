// Bytes that came and have not been read, in order, in one block of their own: the caller's is borrowed for one call only.
// However they are cut, time is linear and memory stays below a few times what is unread.

import { MessageBuffer } from "../protocol/index.js";

export class UnreadBytes {
  readonly #kept = new MessageBuffer();
  /** How many of them have been read. */
  #start = 0;

  get length(): number {
    return this.#kept.length - this.#start;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Copies the bytes from `start` on. */
  keep(bytes: Uint8Array, start: number): void {
    this.#kept.append(bytes, start, bytes.length, bytes.length - start);
  }

  /** Lets `read` have them. It answers the offset of the first byte that it did not take. */
  drain(read: (bytes: Uint8Array) => number): void {
    const { bytes, length } = this.#kept;
    this.#start += read(bytes.subarray(this.#start, length));
    // To move what is left costs no more than reading what is not.
    if (this.#start >= length / 2) this.#moveRest();
  }

  clear(): void {
    this.#kept.clear();
    this.#start = 0;
  }

  #moveRest(): void {
    const start = this.#start;
    const { bytes, length } = this.#kept;
    this.clear();
    this.#kept.append(bytes, start, length, length - start);
  }
}
