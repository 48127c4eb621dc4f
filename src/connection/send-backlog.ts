// Output that waits behind other output. Small pieces are copied into blocks of the connection's own, so that they cost
// their bytes and little more, however many there are, and so that a slow peer keeps no memory that others send from.

import { concatBytes } from "./concat-bytes.js";

/** A kept piece costs about half of this beside its bytes; below, a copy is smaller. */
const MIN_KEPT_BYTES = 512;
const FIRST_BLOCK_BYTES = 256;
const MAX_BLOCK_BYTES = 65_536;

const NOTHING = new Uint8Array(0);

export class SendBacklog {
  byteLength = 0;
  /** Finished blocks, before the one that is being filled. */
  #blocks: Uint8Array[] = [];
  #block = NOTHING;
  #end = 0;
  /** Bytes copied since a piece was kept, or something was taken. */
  #run = 0;

  /** Adds the bytes. Those that are lent are copied; the others must not change any more. */
  add(bytes: Uint8Array, isLent: boolean): void {
    this.byteLength += bytes.length;
    if (!isLent && bytes.length >= MIN_KEPT_BYTES) {
      this.#closeBlock();
      this.#blocks.push(bytes);
      this.#run = 0;
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      if (this.#end === this.#block.length) this.#openBlock();
      const count = Math.min(bytes.length - at, this.#block.length - this.#end);
      this.#block.set(bytes.subarray(at, at + count), this.#end);
      this.#end += count;
      this.#run += count;
      at += count;
    }
  }

  /** Takes the first bytes out: whatever fits into one write, at least a whole block. */
  take(): Uint8Array {
    this.#closeBlock();
    this.#run = 0;
    let count = 1;
    let byteLength = this.#blocks[0].length;
    for (; count < this.#blocks.length; count++) {
      if (byteLength + this.#blocks[count].length > MAX_BLOCK_BYTES) break;
      byteLength += this.#blocks[count].length;
    }
    this.byteLength -= byteLength;
    const blocks = this.#blocks.splice(0, count);
    return count === 1 ? blocks[0] : concatBytes(...blocks);
  }

  /** Blocks grow with what was copied, so that at most as much again is set aside. */
  #openBlock(): void {
    this.#closeBlock();
    const length = Math.min(Math.max(this.#run, FIRST_BLOCK_BYTES), MAX_BLOCK_BYTES);
    this.#block = new Uint8Array(length);
  }

  #closeBlock(): void {
    const [block, end] = [this.#block, this.#end];
    this.#block = NOTHING;
    this.#end = 0;
    if (end === 0) return;
    // A view keeps the whole block; where little of it is used, a copy is smaller.
    this.#blocks.push(end < block.length / 2 ? block.slice(0, end) : block.subarray(0, end));
  }
}
