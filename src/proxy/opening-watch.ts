// Listens to a client while its connection is being opened: one that has gone need not be waited for, in a queue least of all.
// What it sends meanwhile is kept for whoever carries the connection. That is one read at most: then reading stops until the
// connection is open, and with it the watch. Nobody can answer a 101 who has ended their half before it, so that counts as gone.

import type { Transport, TransportSink } from "../transport/index.js";

export class OpeningWatch implements TransportSink {
  readonly #client: Transport;
  readonly #gone: () => void;
  #early: Uint8Array | undefined;

  /** `early`: what came behind the request. */
  constructor(client: Transport, early: Uint8Array | undefined, gone: () => void) {
    this.#client = client;
    this.#early = early;
    this.#gone = gone;
    client.attach(this);
    client.resume();
  }

  /** What has come before the connection was open. */
  get early(): Uint8Array | undefined {
    return this.#early;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.#client.pause();
    const before = this.#early ?? new Uint8Array();
    const joined = new Uint8Array(before.length + end - start);
    joined.set(before);
    joined.set(bytes.subarray(start, end), before.length);
    this.#early = joined;
  }

  ended(): void {
    this.#gone();
  }

  drained(): void {}

  closed(): void {
    this.#gone();
  }
}
