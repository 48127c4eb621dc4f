// How much waits to be sent, for its turn or for the network, what that means for whoever sends more, and who waits for it
// to become less.

import { LimitError } from "../protocol/index.js";
import type { ConnectionSettings } from "./connection-options.js";
import type { Link } from "./link.js";
import type { SendResult } from "./message.js";
import type { Outbox } from "./outbox.js";
import { OutgoingQueue } from "./outgoing-queue.js";

/** The connection, as far as it is told about what waits. */
export interface PressureHost {
  report(error: Error): void;
  notifyDrained(): void;
}

export class SendPressure {
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #settings: ConnectionSettings;
  readonly #host: PressureHost;
  /** What waits for its turn, once anything has had to. */
  #queue: OutgoingQueue | undefined;
  #resumeStream: (() => void) | undefined;
  #waiters: ((isTaken: boolean) => void)[] | undefined;
  #isAboveMark = false;

  constructor(link: Link, host: PressureHost) {
    this.#link = link;
    this.#outbox = link.outbox;
    this.#settings = link.settings;
    this.#host = host;
  }

  get bufferedBytes(): number {
    const { bufferedBytes } = this.#outbox;
    return this.#queue === undefined ? bufferedBytes : bufferedBytes + this.#queue.bytes;
  }

  /** What the bound is for: the bytes, and what many small messages and streams take beside them. */
  get #heldBytes(): number {
    return this.bufferedBytes + (this.#queue?.overheadBytes ?? 0);
  }

  /** Whether what is sent now goes out at once, with nothing before it that waits for its turn. */
  get isQueueIdle(): boolean {
    return this.#queue === undefined || this.#queue.isIdle;
  }

  /** Runs the task after all earlier ones. The promise follows the task's outcome. */
  enqueue<T>(byteLength: number, task: () => Promise<T> | T): Promise<T> {
    this.#queue ??= new OutgoingQueue(this.#link.host.turns, () => {
      this.#outbox.flush();
      this.transportDrained();
    });
    return this.#queue.add(byteLength, task);
  }

  /** Whether anything more may wait. What the network takes at once does not: it is flushed for the answer. */
  hasRoom(): boolean {
    // Asked for each message, of which most find hardly anything waiting: a call less is felt.
    if (this.#queue === undefined && this.#outbox.bufferedBytes <= this.#settings.maxBufferedBytes)
      return true;
    return this.#flushForRoom();
  }

  #flushForRoom(): boolean {
    const { maxBufferedBytes } = this.#settings;
    if (this.#heldBytes <= maxBufferedBytes) return true;
    this.#outbox.flush();
    return this.#heldBytes <= maxBufferedBytes;
  }

  /** Something found no room: `bufferPolicy` decides whether the connection closes for it. */
  applyPolicy(): void {
    this.#isAboveMark = true;
    if (this.#settings.bufferPolicy === "drop") return;
    const error = this.fullError();
    // Closed first: an error handler that sends would find no room either, and be told of that again.
    this.#link.close(1013, "");
    this.#host.report(error);
  }

  /** Why something found no room. */
  fullError(): LimitError {
    const { maxBufferedBytes } = this.#settings;
    const actual = this.#heldBytes;
    const text = `${actual} bytes wait for the peer, more than the limit of ${maxBufferedBytes} (maxBufferedBytes)`;
    return new LimitError("BUFFER_FULL", text, maxBufferedBytes, actual);
  }

  /** What `send` answers for something that was accepted. It leaves with the batch or the turn, or at once if much waits. */
  outcome(): SendResult {
    const { highWaterMarkBytes } = this.#settings;
    this.#link.flushSoon();
    if (this.bufferedBytes <= highWaterMarkBytes) return "sent";
    this.#outbox.flush();
    if (this.bufferedBytes <= highWaterMarkBytes) return "sent";
    this.#isAboveMark = true;
    return "buffered";
  }

  /** True: what waited was taken. False: nothing can be sent any more. */
  drained(): Promise<boolean> {
    if (this.#link.isCut) return Promise.resolve(false);
    if (this.#isLow) return Promise.resolve(true);
    this.#outbox.flush();
    if (this.#isLow) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#waiters ??= [];
      this.#waiters.push(resolve);
    });
  }

  /** As `drained`, for a stream: what waits behind it must not hold it up, so only what was written counts. */
  written(): Promise<void> {
    this.#link.flushSoon();
    if (!this.#isWrittenLow) this.#outbox.flush();
    if (this.#link.isCut || this.#isWrittenLow) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resumeStream = resolve;
    });
  }

  /** The network has taken what waited. */
  transportDrained(): void {
    if (this.#isWrittenLow) this.#resumeStream?.();
    if (!this.#isLow) return;
    this.#releaseWaiters(true);
    if (!this.#isAboveMark) return;
    this.#isAboveMark = false;
    this.#host.notifyDrained();
  }

  /** Nothing that waits will be sent. */
  ended(error: Error): void {
    this.#queue?.clear(error);
    this.#resumeStream?.();
    this.#releaseWaiters(false);
  }

  #releaseWaiters(isTaken: boolean): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters !== undefined) for (const resolve of waiters) resolve(isTaken);
  }

  get #isWrittenLow(): boolean {
    return this.#outbox.bufferedBytes <= this.#settings.lowWaterMarkBytes;
  }

  get #isLow(): boolean {
    return this.bufferedBytes <= this.#settings.lowWaterMarkBytes;
  }
}
