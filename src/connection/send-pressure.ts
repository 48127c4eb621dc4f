// How much waits to be sent, what that means for whoever sends more, and who waits for it to become less.

import { LimitError } from "../protocol/index.js";
import type { Link } from "./link.js";
import type { SendResult } from "./message.js";
import type { OutgoingQueue } from "./outgoing-queue.js";

/** The connection, as far as it is told about what waits. */
export interface PressureHost {
  report(error: Error): void;
  notifyDrained(): void;
}

export class SendPressure {
  /** What waits for its turn, once anything has had to. */
  queue: OutgoingQueue | undefined;
  readonly #link: Link;
  readonly #host: PressureHost;
  #waiters: (() => void)[] | undefined;
  #isAboveMark = false;

  constructor(link: Link, host: PressureHost) {
    this.#link = link;
    this.#host = host;
  }

  get bufferedBytes(): number {
    return this.#link.outbox.bufferedBytes + (this.queue?.bytes ?? 0);
  }

  /** What the bound is for: the bytes, and what many small messages and streams take beside them. */
  get #heldBytes(): number {
    return this.bufferedBytes + (this.queue?.overheadBytes ?? 0);
  }

  /** Whether anything more may wait; what the network takes at once does not. */
  makeRoom(): boolean {
    const { maxBufferedBytes } = this.#link.settings;
    if (this.#heldBytes <= maxBufferedBytes) return true;
    this.#link.outbox.flushUnlessCongested();
    return this.#heldBytes <= maxBufferedBytes;
  }

  /** Something found no room: `bufferPolicy` decides whether the connection closes for it. */
  applyPolicy(): void {
    this.#isAboveMark = true;
    if (this.#link.settings.bufferPolicy === "drop") return;
    this.#host.report(this.fullError());
    this.#link.close(1013, "");
  }

  /** Why something found no room. */
  fullError(): LimitError {
    const { maxBufferedBytes } = this.#link.settings;
    const actual = this.#heldBytes;
    const text = `${actual} bytes wait for the peer, more than the limit of ${maxBufferedBytes} (maxBufferedBytes)`;
    return new LimitError("BUFFER_FULL", text, maxBufferedBytes, actual);
  }

  /** What `send` answers for something that was accepted. It leaves with the batch or the turn, or at once if much waits. */
  outcome(): SendResult {
    const { highWaterMarkBytes } = this.#link.settings;
    this.#link.flushSoon();
    if (this.bufferedBytes <= highWaterMarkBytes) return "sent";
    this.#link.outbox.flushUnlessCongested();
    if (this.bufferedBytes <= highWaterMarkBytes) return "sent";
    this.#isAboveMark = true;
    return "buffered";
  }

  drained(): Promise<void> {
    if (this.#link.isOver || this.#isLow) return Promise.resolve();
    this.#link.outbox.flush();
    if (this.#isLow) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters ??= [];
      this.#waiters.push(resolve);
    });
  }

  /** Less waits than before. */
  eased(): void {
    if (!this.#isLow) return;
    this.releaseWaiters();
    if (!this.#isAboveMark) return;
    this.#isAboveMark = false;
    this.#host.notifyDrained();
  }

  releaseWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters !== undefined) for (const resolve of waiters) resolve();
  }

  get #isLow(): boolean {
    return this.bufferedBytes <= this.#link.settings.lowWaterMarkBytes;
  }
}
