// Memory for frames on their way out, shared by all connections: a write that is taken at once, or within the turn, needs
// no allocation. Blocks go round in a pool, most of them in the memory that a ring's kernel reads from directly. A block
// that is full is left to those who still hold parts of it, and what must
// wait for long is copied out of it (send-backlog.ts), so that slow peers keep few blocks.

import { lendSharedMemory } from "../host/index.js";
import type { Lease } from "../transport/index.js";

const BLOCK_BYTES = 131_072;
/** Blocks kept for reuse: 2 MiB. */
const MAX_POOLED = 16;

/** Memory with regions that are lent. Who releases the last one gives the block back. */
export class SendBlock implements Lease {
  readonly bytes: Uint8Array;
  /** The end of the last region. */
  top = 0;
  lent = 0;
  readonly #slab: SendSlab | undefined;

  constructor(bytes: Uint8Array, slab?: SendSlab) {
    this.bytes = bytes;
    this.#slab = slab;
  }

  release(): void {
    if (--this.lent > 0) return;
    this.top = 0;
    this.#slab?.recover(this);
  }
}

export class SendSlab {
  /** Where the next region begins. */
  block: SendBlock;
  #spare: SendBlock[] = [];
  #pooled = 0;

  constructor() {
    this.block = this.#make();
  }

  /** Whether a request of this size belongs into the slab; larger ones are better off on their own. */
  fits(length: number): boolean {
    return length <= BLOCK_BYTES / 2;
  }

  /** Begins a region of `length` bytes at the answered offset of `block`; its holder has to release that block once. */
  lend(length: number): number {
    if (this.block.top + length > BLOCK_BYTES) this.block = this.#spare.pop() ?? this.#make();
    const { block } = this;
    const offset = block.top;
    block.top += length;
    block.lent++;
    return offset;
  }

  /** Grows the region that ends at `end`, if nothing was lent after it. */
  extend(home: Lease, end: number, length: number): boolean {
    const { block } = this;
    if (home !== block || end !== block.top || end + length > BLOCK_BYTES) return false;
    block.top += length;
    return true;
  }

  /** Nobody reads this block any more. */
  recover(block: SendBlock): void {
    if (block !== this.block) this.#spare.push(block);
  }

  #make(): SendBlock {
    if (this.#pooled === MAX_POOLED) return new SendBlock(new Uint8Array(BLOCK_BYTES));
    this.#pooled++;
    return new SendBlock(lendSharedMemory(BLOCK_BYTES) ?? new Uint8Array(BLOCK_BYTES), this);
  }
}
