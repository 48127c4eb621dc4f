// What came although the transport was paused: copies, for the kernel's buffers are few, and the end behind them.

/** So many bytes may come into a pause before the receive is cancelled at once. */
const MAX_BYTES = 65_536;

export class LateBytes {
  hasEnded = false;
  #pieces: Uint8Array[] = [];
  #byteLength = 0;

  get isTooMuch(): boolean {
    return this.#byteLength > MAX_BYTES;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#byteLength += bytes.length;
  }

  /** The oldest piece; there has to be one. */
  take(): Uint8Array {
    const bytes = this.#pieces.shift() as Uint8Array;
    this.#byteLength -= bytes.length;
    return bytes;
  }
}
