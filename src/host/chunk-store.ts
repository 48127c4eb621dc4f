// An unfinished message as the pieces in which it came, for whoever is given the memory of each read: they are joined once, when
// the message ends.

import { Buffer } from "node:buffer";
import { MessageBuffer, type PayloadStore } from "../protocol/index.js";

/** Whether memory is a part of what a socket has read, and nobody else's any more: node:net hands out Buffers, and never
 * looks at them again. What the machine and the codecs keep for themselves are plain arrays. */
export function isGivenAway(bytes: Uint8Array): boolean {
  return bytes instanceof Buffer;
}

/** A smaller piece costs less as a copy than as an object of its own. */
const MIN_KEPT_BYTES = 1024;

export class ChunkStore implements PayloadStore {
  length = 0;
  #chunks: Uint8Array[] = [];
  /** What stands behind the last chunk: pieces that are copied. */
  readonly #copied = new MessageBuffer();

  get bytes(): Uint8Array {
    this.#closeCopied();
    // One piece is all of it, and is left to whoever takes the message.
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks, this.length)];
    const [bytes = Buffer.alloc(0)] = this.#chunks;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A piece that is most of what was read is kept where it lies, so that at most twice its bytes are kept alive. */
  append(bytes: Uint8Array, start: number, end: number, announced: number): void {
    const byteLength = end - start;
    if (byteLength === 0) return;
    if (byteLength >= MIN_KEPT_BYTES && isGivenAway(bytes) && 2 * byteLength >= bytes.buffer.byteLength) {
      this.#closeCopied();
      this.#chunks.push(bytes.subarray(start, end));
    } else this.#copied.append(bytes, start, end, announced);
    this.length += byteLength;
  }

  take(): Uint8Array {
    const { bytes } = this;
    this.clear();
    return bytes;
  }

  clear(): void {
    this.length = 0;
    this.#chunks = [];
    this.#copied.clear();
  }

  #closeCopied(): void {
    if (this.#copied.length > 0) this.#chunks.push(this.#copied.take());
  }
}
