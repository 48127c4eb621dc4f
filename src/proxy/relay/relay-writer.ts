// Writes what one transport has received to another: out of the very memory it was received in where that can be kept, and
// copied once where it cannot.

import { Outbox } from "../../connection/index.js";
import type { Transport } from "../../transport/index.js";

export class RelayWriter {
  readonly #source: Transport;
  readonly #target: Transport;
  readonly #outbox: Outbox;

  constructor(source: Transport, target: Transport) {
    this.#source = source;
    this.#target = target;
    this.#outbox = new Outbox(target);
  }

  /** Bytes that the network has not taken. */
  get waitingBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  /** Sends bytes that the source is delivering in this moment. */
  write(bytes: Uint8Array, start: number, end: number): void {
    // Behind bytes that the network does not take these would keep their buffer for long.
    const lease = this.#isFree ? this.#source.retain?.() : undefined;
    if (lease === undefined) {
      const at = this.#outbox.reserve(end - start);
      this.#outbox.block.set(bytes.subarray(start, end), at);
      this.#outbox.flush();
    } else if (this.#target.write(bytes.subarray(start, end), lease)) lease.release();
  }

  get #isFree(): boolean {
    return !this.#target.isCongested && this.#outbox.bufferedBytes === this.#target.pendingBytes;
  }

  /** Sends bytes that are nobody else's. */
  send(bytes: Uint8Array): void {
    this.#outbox.append(bytes);
    this.#outbox.flush();
  }

  /** The network takes bytes again. */
  drained(): void {
    this.#outbox.flush();
  }

  /** Ends the stream behind everything written. */
  end(): void {
    this.#outbox.flushAll();
    this.#target.end();
  }

  discard(): void {
    this.#outbox.discard();
  }
}
