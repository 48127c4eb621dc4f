// Listens to a client while its connection is being opened: one that has gone need not be waited for, in a queue least of all.
// What it sends meanwhile is kept for whoever carries the connection, up to a mark and one read: then reading stops until the
// connection is open, and with it the watch. Nobody can answer a 101 who has ended their half before it, so that counts as gone.

import { MessageBuffer } from "../protocol/index.js";
import type { Transport, TransportSink } from "../transport/index.js";

/** No client has that much to say before it knows whether anybody listens. */
const MAX_EARLY_BYTES = 16_384;

export class OpeningWatch implements TransportSink {
  readonly #client: Transport;
  readonly #gone: () => void;
  readonly #early = new MessageBuffer();
  /** Nothing gets to it any more. */
  isClosed = false;

  /** `early`: what came behind the request. */
  constructor(client: Transport, early: Uint8Array | undefined, gone: () => void) {
    this.#client = client;
    if (early !== undefined) this.#keep(early, 0, early.length);
    this.#gone = gone;
    client.attach(this);
    client.resume();
  }

  /** What has come before the connection was open. */
  get early(): Uint8Array | undefined {
    return this.#early.length === 0 ? undefined : this.#early.bytes.subarray(0, this.#early.length);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.#keep(bytes, start, end);
    if (this.#early.length >= MAX_EARLY_BYTES) this.#client.pause();
  }

  ended(): void {
    this.#gone();
  }

  drained(): void {}

  closed(): void {
    this.isClosed = true;
    this.#gone();
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    this.#early.append(bytes, start, end, end - start);
  }
}
