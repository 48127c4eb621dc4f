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

/** Collects output until somebody takes it. */
export class CollectedOutput implements FrameOutput {
  readonly isCongested = false;
  block = new Uint8Array(0);
  #blocks: Uint8Array[] = [];

  reserve(length: number): number {
    this.block = new Uint8Array(length);
    this.#blocks.push(this.block);
    return 0;
  }

  append(bytes: Uint8Array): void {
    this.#blocks.push(bytes);
  }

  /** Everything written since the last call, as one block. */
  take(): Uint8Array {
    const blocks = this.#blocks;
    this.#blocks = [];
    if (blocks.length === 1) return blocks[0];
    const bytes = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
    let at = 0;
    for (const block of blocks) {
      bytes.set(block, at);
      at += block.length;
    }
    return bytes;
  }
}
