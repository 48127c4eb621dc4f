// Memory for frames on their way out, shared by all connections: a write that the kernel takes at once, which is the
// ordinary case, needs no allocation. What a transport keeps stays lent until it is taken; a block that is full is left
// to those who still hold parts of it, so that a slow peer holds one block at most, and shares it with others like it.

const SLAB_BYTES = 131_072;

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

  /** A region comes back: nobody reads it any more. */
  giveBack(block: Uint8Array): void {
    if (block === this.#block && --this.#lent === 0) this.#top = 0;
  }

  #replace(): void {
    this.#block = new Uint8Array(SLAB_BYTES);
    this.#top = 0;
    this.#lent = 0;
  }
}
