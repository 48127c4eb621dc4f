// Blocks for frames that are too large for the slab, with one frame in each. They go round: fresh memory costs more than what
// is written to it, for the kernel clears every page, and the collector is called for what was let go of.

import { unclearedBytes } from "../host/index.js";
import type { Lease } from "../transport/index.js";

/** Blocks that nobody uses and that are kept for the next large frames. */
const MAX_SPARE_BYTES = 4_194_304;
/** Lengths are multiples of this, so that frames of about the same size use the same blocks. */
const STEP_BYTES = 65_536;
/** A block may be so many times larger than what is asked for, so that what waits in it keeps little more than itself. */
const MAX_EXCESS = 2;

/** A block with one frame. Who releases it gives it back. */
export class LargeBlock implements Lease {
  readonly isWhole = true;
  readonly bytes: Uint8Array;
  readonly #blocks: LargeBlocks;

  constructor(blocks: LargeBlocks, bytes: Uint8Array) {
    this.bytes = bytes;
    this.#blocks = blocks;
  }

  release(): void {
    this.#blocks.recover(this);
  }
}

export class LargeBlocks {
  #spare: LargeBlock[] = [];
  #spareBytes = 0;

  /** Memory that is set aside for later: a probe, by which tests hold it to its bound. */
  get spareBytes(): number {
    return this.#spareBytes;
  }

  /** A block of at least `length` bytes, which hold anything. */
  lend(length: number): LargeBlock {
    const at = this.#spare.findLastIndex(
      ({ bytes }) => bytes.length >= length && bytes.length <= MAX_EXCESS * length,
    );
    if (at < 0) return new LargeBlock(this, unclearedBytes(Math.ceil(length / STEP_BYTES) * STEP_BYTES));
    const [block] = this.#spare.splice(at, 1);
    this.#spareBytes -= block.bytes.length;
    return block;
  }

  /** Nobody reads this block any more. */
  recover(block: LargeBlock): void {
    const { length } = block.bytes;
    if (length > MAX_SPARE_BYTES) return;
    // The sizes of today's frames displace those of yesterday's.
    while (this.#spareBytes + length > MAX_SPARE_BYTES) {
      this.#spareBytes -= (this.#spare.shift() as LargeBlock).bytes.length;
    }
    this.#spare.push(block);
    this.#spareBytes += length;
  }
}
