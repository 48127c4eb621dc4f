// An unfinished message as the pieces in which it came, for whoever is given the memory of each read: they are joined once, when
// the message ends. The pieces of a large frame are unmasked on their way into one block, which saves joining them.

import { Buffer } from "node:buffer";
import { type ByteEngine, MessageBuffer, type PayloadStore, rotateMaskKey } from "../protocol/index.js";
import { unmaskByScratch } from "./scratch-unmask.js";

/** Whether memory is a part of what a socket has read, and nobody else's any more: node:net hands out Buffers, and never
 * looks at them again. What the machine and the codecs keep for themselves are plain arrays. */
export function isGivenAway(bytes: Uint8Array): boolean {
  return bytes instanceof Buffer;
}

/** A smaller piece costs less as a copy than as an object of its own. */
const MIN_KEPT_BYTES = 1024;
/** From here on a piece of a frame gets a block with room for those to come. */
const MIN_BLOCK_BYTES = 16_384;
/** How many times what has arrived a block may be: who has sent a quarter of a frame will send the rest. Memory that nobody
 * writes to is none yet. */
const TRUST = 4;

const NO_BLOCK: Uint8Array = new Uint8Array(0);

export class ChunkStore implements PayloadStore {
  length = 0;
  #chunks: Uint8Array[] = [];
  /** What stands behind the last chunk: a block that is being filled, or else pieces that are copied. */
  #block = NO_BLOCK;
  #blockEnd = 0;
  readonly #copied = new MessageBuffer();
  readonly #unmask: ByteEngine["unmask"];

  constructor(unmask: ByteEngine["unmask"]) {
    this.#unmask = unmask;
  }

  get bytes(): Uint8Array {
    this.#closeChunk();
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
      this.#closeChunk();
      this.#chunks.push(bytes.subarray(start, end));
    } else {
      this.#closeBlock();
      this.#copied.append(bytes, start, end, announced);
    }
    this.length += byteLength;
  }

  appendMasked(
    bytes: Uint8Array,
    start: number,
    end: number,
    announced: number,
    key: number,
  ): boolean | undefined {
    const isBlockOpen = this.#blockEnd < this.#block.length;
    if (!isBlockOpen && end - start < MIN_BLOCK_BYTES) return undefined;
    let isAscii = true;
    for (let at = start; at < end; ) {
      if (this.#blockEnd === this.#block.length) this.#openBlock(end - at, announced - (at - start));
      const stop = Math.min(end, at + this.#block.length - this.#blockEnd);
      isAscii = this.#fill(bytes, at, stop, rotateMaskKey(key, (at - start) & 3)) && isAscii;
      at = stop;
    }
    return isAscii;
  }

  take(): Uint8Array {
    const { bytes } = this;
    this.clear();
    return bytes;
  }

  clear(): void {
    this.length = 0;
    this.#chunks = [];
    this.#block = NO_BLOCK;
    this.#blockEnd = 0;
    this.#copied.clear();
  }

  #openBlock(byteLength: number, announced: number): void {
    this.#closeChunk();
    this.#block = Buffer.allocUnsafeSlow(Math.min(announced, TRUST * (this.length + byteLength)));
  }

  /** Unmasks bytes into the block, which has room for them. */
  #fill(bytes: Uint8Array, start: number, end: number, key: number): boolean {
    const offset = this.#blockEnd;
    this.#blockEnd += end - start;
    this.length += end - start;
    const isAscii = unmaskByScratch(bytes, start, end, key, this.#block, offset);
    if (isAscii !== undefined) return isAscii;
    this.#block.set(bytes.subarray(start, end), offset);
    return this.#unmask(this.#block, offset, this.#blockEnd, key, 0);
  }

  #closeChunk(): void {
    this.#closeBlock();
    if (this.#copied.length > 0) this.#chunks.push(this.#copied.take());
  }

  #closeBlock(): void {
    if (this.#blockEnd > 0) this.#chunks.push(this.#block.subarray(0, this.#blockEnd));
    this.#block = NO_BLOCK;
    this.#blockEnd = 0;
  }
}
