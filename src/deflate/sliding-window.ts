// The last bytes of a stream, up to a fixed number: what an LZ77 window holds. Grows with what is put in, and holds
// at most twice its size, so that moving bytes down is paid for by the bytes that came in.

export class SlidingWindow {
  readonly #size: number;
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(size: number) {
    this.#size = size;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const from = Math.max(start, end - this.#size);
    const count = end - from;
    if (this.#length + count > this.#bytes.length) this.#makeRoom(count);
    this.#bytes.set(bytes.subarray(from, end), this.#length);
    this.#length += count;
  }

  /** A view of the window; valid until the next `append`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(Math.max(0, this.#length - this.#size), this.#length);
  }

  /** Forgets the bytes and keeps the memory. */
  clear(): void {
    this.#length = 0;
  }

  #makeRoom(count: number): void {
    const kept = Math.min(this.#length, this.#size);
    const capacity = Math.min(2 * this.#size, Math.max(2 * this.#bytes.length, kept + count, 1024));
    const target = capacity > this.#bytes.length ? new Uint8Array(capacity) : this.#bytes;
    const keep = Math.min(kept, target.length - count);
    target.set(this.#bytes.subarray(this.#length - keep, this.#length));
    this.#bytes = target;
    this.#length = keep;
  }
}
