// Bytes that came and have not been read, in order, in memory of their own: the caller's is borrowed for one call only.

export class UnreadBytes {
  #pieces: Uint8Array[] = [];

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Copies the bytes from `start` on. */
  keep(bytes: Uint8Array, start: number): void {
    // Of a Buffer, `slice` would answer a view.
    if (start < bytes.length) this.#pieces.push(new Uint8Array(bytes.subarray(start)));
  }

  /** Lets `read` have the pieces in order. It answers the offset of the first byte that it did not take, and is asked no
   * further once that is not the end. */
  drain(read: (bytes: Uint8Array) => number): void {
    let drained = 0;
    for (const piece of this.#pieces) {
      const at = read(piece);
      if (at < piece.length) {
        this.#pieces[drained] = piece.subarray(at);
        break;
      }
      drained++;
    }
    this.#pieces.splice(0, drained);
  }

  clear(): void {
    this.#pieces = [];
  }
}
