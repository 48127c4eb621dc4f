// Writes what one transport has received to another: out of the very memory it was received in where that can be kept, and
// copied once where it cannot.

import { Outbox } from "../../connection/index.js";
import type { Transport } from "../../transport/index.js";

/** Copies are made in pieces that fit into memory which is used again and again. */
const PIECE_BYTES = 65_536;

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
    if (lease === undefined) this.#writeCopied(bytes, start, end);
    else if (this.#target.write(bytes.subarray(start, end), lease)) lease.release();
  }

  #writeCopied(bytes: Uint8Array, start: number, end: number): void {
    const taken = this.#isFree ? this.#target.writeBorrowed?.(bytes.subarray(start, end)) : 0;
    for (let at = start + (taken ?? 0); at < end; ) {
      const stop = Math.min(end, at + PIECE_BYTES);
      const place = this.#outbox.reserve(stop - at);
      this.#outbox.block.set(bytes.subarray(at, stop), place);
      this.#outbox.flush();
      at = stop;
    }
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
