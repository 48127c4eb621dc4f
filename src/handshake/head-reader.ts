// Finds the end of a head in a stream, however it is cut. One state per byte, so that a head costs the same
// when it comes byte by byte; a head that comes whole is parsed where it lies. Impossible bytes fail at once,
// which answers a TLS hello on a plain port without waiting for the deadline.

import type { HandshakeError } from "./errors.js";
import type { HeadLimits, RequestHead, ResponseHead } from "./head.js";
import { defaultHeadLimits } from "./head.js";
import { fromServer, headTooLarge, malformed, parseRequestHead, parseResponseHead } from "./head-parser.js";

type HeadParser<Head> = (
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: HeadLimits,
) => Head | HandshakeError;

// What the bytes so far end with. Odd: a line feed must follow.
const WITHIN_LINE = 0;
const AFTER_CR = 1;
const AFTER_LINE = 2;
const AFTER_LINE_CR = 3;

const LF = 0x0a;
const CR = 0x0d;
const HT = 0x09;
const SP = 0x20;
/** Where growth starts: most heads that are cut at all are cut once and fit. */
const MIN_CAPACITY = 512;

/**
 * Reads one head. Feed it with `receive` until `result` is set; what follows the head is not touched. Keeps
 * at most `maxHeadBytes`, and nothing when the first call holds the whole head.
 */
export abstract class HeadReader<Head> {
  readonly #parse: HeadParser<Head>;
  readonly #limits: HeadLimits;
  readonly #explain: (error: HandshakeError) => HandshakeError;
  #kept: Uint8Array = new Uint8Array(0);
  #keptLength = 0;
  #state = WITHIN_LINE;
  #isComplete = false;
  #result: Head | HandshakeError | undefined;

  /** `explain` makes of an error found here one that fits the role. */
  protected constructor(
    parse: HeadParser<Head>,
    limits: HeadLimits,
    explain: (error: HandshakeError) => HandshakeError,
  ) {
    this.#parse = parse;
    this.#limits = limits;
    this.#explain = explain;
  }

  /** The head, or why it is none; `undefined` while more bytes are needed. */
  get result(): Head | HandshakeError | undefined {
    return this.#result;
  }

  /** Memory held for the part of the head that has come: a probe, by which tests hold this to its bound. */
  get heldBytes(): number {
    return this.#kept.length;
  }

  /**
   * Takes `bytes[start, end)`, which are only borrowed, and answers where it stopped: behind the head when it
   * is complete, else at `end`. Once `result` is set it takes nothing more and answers `start`.
   */
  receive(bytes: Uint8Array, start: number, end: number): number {
    if (this.#result !== undefined) return start;
    const room = this.#limits.maxHeadBytes - this.#keptLength;
    const stop = this.#scan(bytes, start, Math.min(end, start + room));
    if (this.#result !== undefined) return end;
    if (this.#isComplete) {
      this.#finish(bytes, start, stop);
      return stop;
    }
    if (end - start >= room) {
      this.#result = this.#explain(headTooLarge(this.#limits.maxHeadBytes + 1, this.#limits));
      this.#release();
      return end;
    }
    this.#keep(bytes, start, end);
    return end;
  }

  /** Advances the state; stops behind the head or behind the first impossible byte. */
  #scan(bytes: Uint8Array, start: number, end: number): number {
    let state = this.#state;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte >= SP || byte === HT) {
        if ((state & 1) !== 0) return this.#fail("a carriage return without a line feed", at);
        state = WITHIN_LINE;
      } else if (byte === CR) {
        if ((state & 1) !== 0) return this.#fail("a carriage return without a line feed", at);
        state = state === AFTER_LINE ? AFTER_LINE_CR : AFTER_CR;
      } else if (byte === LF) {
        // Stricter than RFC 9112 §2.2, which lets a recipient take a lone LF for a line end: a proxy in front
        // may not, and then the two disagree where the head ends.
        if ((state & 1) === 0) return this.#fail("a line feed without a carriage return", at);
        if (state === AFTER_LINE_CR) {
          this.#isComplete = true;
          return at + 1;
        }
        state = AFTER_LINE;
      } else {
        return this.#fail(`the control character 0x${byte.toString(16).padStart(2, "0")}`, at);
      }
    }
    this.#state = state;
    return end;
  }

  #fail(what: string, at: number): number {
    this.#result = this.#explain(malformed(`the head holds ${what}`));
    this.#release();
    return at;
  }

  #finish(bytes: Uint8Array, start: number, stop: number): void {
    if (this.#keptLength === 0) {
      this.#result = this.#parse(bytes, start, stop, this.#limits);
      return;
    }
    this.#keep(bytes, start, stop);
    this.#result = this.#parse(this.#kept, 0, this.#keptLength, this.#limits);
    this.#release();
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#keptLength + end - start;
    if (needed > this.#kept.length) {
      const grown = Math.max(MIN_CAPACITY, needed, this.#kept.length * 2);
      const larger = new Uint8Array(Math.min(grown, this.#limits.maxHeadBytes));
      larger.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = larger;
    }
    this.#kept.set(bytes.subarray(start, end), this.#keptLength);
    this.#keptLength = needed;
  }

  #release(): void {
    this.#kept = new Uint8Array(0);
    this.#keptLength = 0;
  }
}

/** Reads a request head; errors carry the status that answers them. */
export class RequestHeadReader extends HeadReader<RequestHead> {
  constructor(limits: HeadLimits = defaultHeadLimits) {
    super(parseRequestHead, limits, (error) => error);
  }
}

/** Reads a response head; errors carry status 0. */
export class ResponseHeadReader extends HeadReader<ResponseHead> {
  constructor(limits: HeadLimits = defaultHeadLimits) {
    super(parseResponseHead, limits, fromServer);
  }
}
