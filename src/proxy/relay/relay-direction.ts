// One half of a relay: what one side sends, on its way to the other. Reading follows writing: when the receiver is slow, the
// sender is not read.

import type { Transport, TransportError, TransportSink } from "../../transport/index.js";
import type { FrameMeter } from "./frame-meter.js";
import { RelayWriter } from "./relay-writer.js";

/** Above this many waiting bytes the sender is not read. One read may come on top: 256 KiB at most. */
const HIGH_WATER_BYTES = 65_536;
/** At or below this many it is read again. */
const LOW_WATER_BYTES = 16_384;

export interface RelayDirectionHost {
  /** The sender has begun a Close frame. */
  closing(direction: RelayDirection): void;
  /** The sender has sent its last byte, which has been passed on. */
  ended(direction: RelayDirection): void;
  /** The sender's side is gone; nothing can be sent to it either. */
  closed(direction: RelayDirection, error: TransportError | undefined): void;
  /** What was sent to the sender's side has been taken. */
  drained(direction: RelayDirection): void;
}

interface LastWords {
  readonly frame: Uint8Array;
  said(): void;
}

export class RelayDirection implements TransportSink {
  readonly source: Transport;
  readonly meter: FrameMeter | undefined;
  /** Bytes that came. */
  bytes = 0;
  hasEnded = false;
  isClosed = false;
  readonly #host: RelayDirectionHost;
  readonly #writer: RelayWriter;
  /** What is put in between two frames, after which nothing more is passed on. */
  #lastWords: LastWords | undefined;
  #isDeaf = false;
  #isHeld = false;

  constructor(source: Transport, target: Transport, meter: FrameMeter | undefined, host: RelayDirectionHost) {
    this.source = source;
    this.meter = meter;
    this.#host = host;
    this.#writer = new RelayWriter(source, target);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.bytes += end - start;
    if (this.#isDeaf) return;
    const boundary = this.meter === undefined ? -1 : this.#scan(this.meter, bytes, start, end);
    // Behind the sender's own Close there is nothing to say.
    if (this.#lastWords !== undefined && boundary >= 0 && this.meter?.isClosing === false) {
      if (boundary > start) this.#writer.write(bytes, start, boundary);
      this.#sayLastWords(this.#lastWords);
      return;
    }
    this.#writer.write(bytes, start, end);
    if (this.#writer.waitingBytes <= HIGH_WATER_BYTES) return;
    this.#isHeld = true;
    this.source.pause();
  }

  /** Bytes that came with a handshake. */
  receiveEarly(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && bytes.length > 0) this.receive(bytes, 0, bytes.length);
  }

  ended(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#writer.end();
    this.#host.ended(this);
  }

  drained(): void {
    this.#host.drained(this);
  }

  closed(error: TransportError | undefined): void {
    this.isClosed = true;
    this.#host.closed(this, error);
  }

  /** The target has taken what was written to it. */
  targetDrained(): void {
    this.#writer.drained();
    if (!this.#isHeld || this.#writer.waitingBytes > LOW_WATER_BYTES) return;
    this.#isHeld = false;
    this.source.resume();
  }

  /**
   * Sends a frame of ours behind the frame that is passing, and nothing of the sender's after it. `said` is called when it has
   * been: never where frames cannot be told apart, or when the sender or we have said a last word before.
   */
  interject(frame: Uint8Array, said: () => void): void {
    const { meter } = this;
    if (meter === undefined || meter.isLost || meter.isClosing || this.hasEnded) return;
    if (this.#isDeaf || this.#lastWords !== undefined) return;
    this.#lastWords = { frame, said };
    if (meter.isBetweenFrames) this.#sayLastWords(this.#lastWords);
  }

  /** What still comes is read and forgotten, and the target hears no more. */
  giveUp(): void {
    this.#isDeaf = true;
    if (!this.hasEnded) this.#writer.end();
    if (this.#isHeld) this.source.resume();
    this.#isHeld = false;
  }

  /** The target is gone. */
  discard(): void {
    this.#isDeaf = true;
    this.#writer.discard();
    if (this.#isHeld) this.source.resume();
    this.#isHeld = false;
  }

  #scan(meter: FrameMeter, bytes: Uint8Array, start: number, end: number): number {
    const { isClosing } = meter;
    const boundary = meter.scan(bytes, start, end);
    if (!isClosing && meter.isClosing) this.#host.closing(this);
    return boundary;
  }

  #sayLastWords({ frame, said }: LastWords): void {
    this.#lastWords = undefined;
    this.#isDeaf = true;
    this.#writer.send(frame);
    said();
  }
}
