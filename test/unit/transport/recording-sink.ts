// A transport's sink that writes down what it is told, spoils what it was lent, and can be waited upon.

import assert from "node:assert/strict";
import type { Transport, TransportError, TransportSink } from "#src/transport/index.js";

export class RecordingSink implements TransportSink {
  /** Everything received, as one string of Latin-1 characters. */
  text = "";
  byteLength = 0;
  /** The calls in order; several `receive` in a row count as one. */
  readonly calls: string[] = [];
  closedError: TransportError | undefined;
  /** Called after each event, from inside the sink's method. */
  onEvent: (call: string) => void = () => {};
  readonly #keepsText: boolean;
  #waiters: { isMet: () => boolean; resolve: () => void }[] = [];

  constructor(keepsText = true) {
    this.#keepsText = keepsText;
  }

  static attachedTo(transport: Transport, keepsText?: boolean): RecordingSink {
    const sink = new RecordingSink(keepsText);
    transport.attach(sink);
    assert.deepEqual(sink.calls, [], "nothing is delivered before attach has returned");
    return sink;
  }

  get isClosed(): boolean {
    return this.calls.includes("closed");
  }

  count(call: string): number {
    return this.calls.filter((name) => name === call).length;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    assert.ok(!(bytes instanceof Buffer), "bytes whose slice is a copy, as that of a Buffer is not");
    assert.ok(
      start >= 0 && end > start && end <= bytes.length,
      `[${start}, ${end}) of ${bytes.length} bytes`,
    );
    if (this.#keepsText) this.text += Buffer.from(bytes.subarray(start, end)).toString("latin1");
    this.byteLength += end - start;
    // Borrowed bytes are writable, and whatever the machine does to them must disturb nobody.
    bytes.fill(0xdd, start, end);
    this.#note("receive");
  }

  ended(): void {
    this.#note("ended");
  }

  drained(): void {
    this.#note("drained");
  }

  closed(error: TransportError | undefined): void {
    this.closedError = error;
    this.#note("closed");
  }

  /** Resolves when the condition holds, which is looked at after each event. */
  until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ isMet, resolve });
    });
  }

  received(byteLength: number): Promise<void> {
    return this.until(() => this.byteLength >= byteLength);
  }

  called(call: string): Promise<void> {
    return this.until(() => this.calls.includes(call));
  }

  #note(call: string): void {
    assert.ok(!this.isClosed, `${call} was called after closed`);
    if (call !== "receive" || this.calls.at(-1) !== "receive") this.calls.push(call);
    this.onEvent(call);
    const met = this.#waiters.filter(({ isMet }) => isMet());
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }
}

/** Lets the event loop go round several times: whatever could arrive by now has arrived. */
export async function turns(count = 25): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Bytes that tell their position, so that one missing or moved is noticed. */
export function countedBytes(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((from + i) * 31 + ((from + i) >> 8)) & 0xff);
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
