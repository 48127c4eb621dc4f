// Memory for frames on their way out, shared by all connections: a write that the kernel takes at once, which is the
// ordinary case, needs no allocation. When a transport keeps bytes, the block stays with it and a new one is made.

const SLAB_BYTES = 524_288;

export class SendSlab {
  #block = new Uint8Array(SLAB_BYTES);
  #top = 0;
  #lent = 0;

  get block(): Uint8Array {
    return this.#block;
  }

  /** Whether a request of this size belongs into the slab; larger ones are better off on their own. */
  fits(length: number): boolean {
    return length <= SLAB_BYTES / 2;
  }

  /** Begins a region of `length` bytes and answers its offset in `block`. */
  lend(length: number): number {
    if (this.#top + length > SLAB_BYTES) this.#replace();
    const offset = this.#top;
    this.#top += length;
    this.#lent++;
    return offset;
  }

  /** Grows the region that ends at `end`, if nothing was lent after it. */
  extend(block: Uint8Array, end: number, length: number): boolean {
    if (block !== this.#block || end !== this.#top || end + length > SLAB_BYTES) return false;
    this.#top += length;
    return true;
  }

  /** A region comes back. With `isKept`, somebody still reads it. */
  giveBack(block: Uint8Array, isKept: boolean): void {
    if (block !== this.#block) return;
    if (isKept) {
      this.#replace();
      return;
    }
    if (--this.#lent === 0) this.#top = 0;
  }

  #replace(): void {
    this.#block = new Uint8Array(SLAB_BYTES);
    this.#top = 0;
    this.#lent = 0;
  }
}
