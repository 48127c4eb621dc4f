// Where encoded frames go. The port lets the machine write straight into the host's send buffer; the plain
// implementation collects blocks for people who drive the machine themselves.

/** An ordered byte sink that lends room to write in. */
export interface FrameOutput {
  /** Lends room for exactly `length` bytes: they are to be written from the answered offset of `block`, at once. */
  reserve(length: number): number;
  /** The memory that the last `reserve` points into. */
  readonly block: Uint8Array;
  /** Adds finished bytes without copying them. They must never change afterwards. */
  append(bytes: Uint8Array): void;
  /** Whether earlier bytes still wait for the network. Only the newest pong is kept while they do. */
  readonly isCongested: boolean;
}

const NOTHING = new Uint8Array(0);
/** Room for small frames: each in a block of its own would take a hundred times its memory. */
const SHARED_BLOCK_BYTES = 1024;
const MAX_SHARED_BLOCK_BYTES = 65_536;

/** Collects output until somebody takes it, in at most twice its memory. What was taken is forgotten. */
export class CollectedOutput implements FrameOutput {
  readonly isCongested = false;
  block = NOTHING;
  /** Bytes of `block` that were lent. */
  #used = 0;
  /** What was finished before `block`. */
  #blocks: Uint8Array[] = [];
  #length = 0;

  reserve(length: number): number {
    if (this.#used + length > this.block.length) this.#beginBlock(length);
    const at = this.#used;
    this.#used += length;
    return at;
  }

  append(bytes: Uint8Array): void {
    this.#finishBlock();
    this.#push(bytes);
  }

  /** Everything written since the last call, as one block. */
  take(): Uint8Array {
    this.#finishBlock();
    const blocks = this.#blocks;
    const length = this.#length;
    this.#blocks = [];
    this.#length = 0;
    if (blocks.length === 1) return blocks[0];
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const block of blocks) {
      bytes.set(block, at);
      at += block.length;
    }
    return bytes;
  }

  #beginBlock(length: number): void {
    this.#finishBlock();
    // A single frame is handed over in the block that it was written to; more are copied into one.
    const isFirst = this.#blocks.length === 0;
    const shared = Math.min(MAX_SHARED_BLOCK_BYTES, Math.max(SHARED_BLOCK_BYTES, this.#length));
    this.block = new Uint8Array(isFirst ? length : Math.max(length, shared));
  }

  #finishBlock(): void {
    if (this.#used > 0) this.#push(this.block.subarray(0, this.#used));
    this.block = NOTHING;
    this.#used = 0;
  }

  #push(bytes: Uint8Array): void {
    this.#blocks.push(bytes);
    this.#length += bytes.length;
  }
}
