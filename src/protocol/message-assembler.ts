// One message from its fragments: limits, inflating, UTF-8 while the bytes arrive, and the finished value.
// A message that is whole in one uncompressed frame within one read never comes here (see receiver.ts).

import type { ByteEngine } from "./byte-engine.js";
import { LimitError, ProtocolError } from "./errors.js";
import type { Limits } from "./limits.js";
import { MessageBuffer, type PayloadStore } from "./message-buffer.js";
import type { MessageCodec } from "./message-codec.js";
import { Opcode } from "./opcode.js";
import { lastBoundary, Utf8Validator } from "./utf8.js";

/** Below this, judging byte by byte is quicker than finding the character boundary for the engine. */
const BULK_BYTES = 32;

/** What a compressed byte costs that brings forth none, in bytes inflated. Nothing honest becomes less by inflating, and an
 * inflater can be kept busy for ever by blocks that hold nothing but their own description. */
const BARREN_BYTE_COST = 128;

/** The longest string an engine of today makes (V8: 2^29 - 24 units); a longer text could not be handed out. */
const MAX_TEXT_BYTES = 536_870_888;

export type MessageFailure = ProtocolError | LimitError;

export class MessageAssembler<Text = string> {
  readonly #engine: ByteEngine<Text>;
  readonly #limits: Limits;
  readonly #codec: MessageCodec | undefined;
  readonly #buffer: PayloadStore;
  readonly #validator = new Utf8Validator();
  /** What decompressing has cost so far, in bytes inflated. */
  work = 0;
  #isText = false;
  #isAscii = true;
  #isCompressed = false;
  #fragments = 0;
  #announced = 0;
  #failure: MessageFailure | undefined;
  /** What was inflated last, while it is in the codec's memory: most messages are no more, and are made from there. */
  #step: Uint8Array | undefined;
  #stepStart = 0;
  #stepEnd = 0;

  constructor(engine: ByteEngine<Text>, limits: Limits, codec: MessageCodec | undefined) {
    this.#engine = engine;
    this.#buffer = engine.openStore?.() ?? new MessageBuffer();
    this.#limits = limits;
    this.#codec = codec;
  }

  get isText(): boolean {
    return this.#isText;
  }

  get isCompressed(): boolean {
    return this.#isCompressed;
  }

  /** Bytes of the message so far, between two frames of it. */
  get byteLength(): number {
    return this.#buffer.length;
  }

  begin(opcode: number, isCompressed: boolean): void {
    this.#isText = opcode === Opcode.TEXT;
    this.#isAscii = true;
    this.#isCompressed = isCompressed;
    this.#fragments = 0;
    this.#announced = 0;
    this.#validator.reset();
  }

  get #maxBytes(): number {
    const { maxMessageBytes } = this.#limits;
    return this.#isText ? Math.min(maxMessageBytes, MAX_TEXT_BYTES) : maxMessageBytes;
  }

  /** Judges a frame by its announced length, before any of its payload. */
  announce(payloadLength: number): MessageFailure | undefined {
    const { maxFragments } = this.#limits;
    const maxMessageBytes = this.#maxBytes;
    if (++this.#fragments > maxFragments) {
      const text = `message of more than ${maxFragments} fragments exceeds the limit (maxFragments)`;
      return new LimitError("TOO_MANY_FRAGMENTS", text, maxFragments, this.#fragments);
    }
    this.#announced = payloadLength;
    // A compressed payload is never stored, so its own bound is loose: literals of nine bits are the worst that an
    // honest encoder makes of one byte, and its blocks cost a few bytes each.
    const limit = this.#isCompressed ? 2 * maxMessageBytes + 1024 : maxMessageBytes;
    return this.#buffer.length + payloadLength > limit
      ? this.#tooLarge(this.#buffer.length + payloadLength)
      : undefined;
  }

  /** Takes unmasked payload bytes, of which `isLast` says that they end the message. `isAscii` may be false when it is not
   * known. */
  push(
    bytes: Uint8Array,
    start: number,
    end: number,
    isAscii: boolean,
    isLast: boolean,
  ): MessageFailure | undefined {
    if (this.#isCompressed) return this.#inflate(bytes, start, end, isLast);
    if (!this.#store(bytes, start, end, isAscii)) return this.#failure;
    this.#announced -= end - start;
    return undefined;
  }

  /** As `push`, for bytes that are still masked; `key` begins with the first of them. */
  pushMasked(
    bytes: Uint8Array,
    start: number,
    end: number,
    key: number,
    isLast: boolean,
  ): MessageFailure | undefined {
    const validBytes = this.#buffer.length;
    const isMasked = !this.#isCompressed && key !== 0;
    const isAscii = isMasked
      ? this.#buffer.appendMasked?.(bytes, start, end, this.#announced, key)
      : undefined;
    if (isAscii === undefined) {
      return this.push(bytes, start, end, this.#engine.unmask(bytes, start, end, key, 0), isLast);
    }
    this.#announced -= end - start;
    // Whoever has to look at them does so where they lie.
    if (!this.#isText || (isAscii && this.#validator.isComplete)) return undefined;
    const isPlain = this.#engine.unmask(bytes, start, end, key, 0);
    return this.#isValidText(bytes, start, end, isPlain) ? undefined : this.#notUtf8(validBytes);
  }

  /** The value of the finished message, or why there is none. */
  finish(): Text | Uint8Array | MessageFailure {
    const step = this.#step;
    this.#step = undefined;
    if (!this.#isText) {
      return step === undefined
        ? this.#buffer.take()
        : this.#engine.copy(step, this.#stepStart, this.#stepEnd);
    }
    // RFC 6455 §5.6: a text message as a whole is UTF-8; only its fragments may end inside a character.
    if (!this.#validator.isComplete) return this.#notUtf8();
    if (step !== undefined) return this.#decode(step, this.#stepStart, this.#stepEnd);
    const text = this.#decode(this.#buffer.bytes, 0, this.#buffer.length);
    this.#buffer.clear();
    return text;
  }

  #decode(bytes: Uint8Array, start: number, end: number): Text {
    return this.#isAscii
      ? this.#engine.decodeAscii(bytes, start, end)
      : this.#engine.decodeUtf8(bytes, start, end);
  }

  /** Lets go of an unfinished message. */
  discard(): void {
    this.#step = undefined;
    this.#buffer.clear();
  }

  readonly #output = (bytes: Uint8Array, start: number, end: number): boolean => {
    this.#keepStep();
    const total = this.#buffer.length + (end - start);
    if (total > this.#maxBytes) {
      this.#failure = this.#tooLarge(total);
      return false;
    }
    this.work += end - start;
    const isAscii = this.#isText && this.#engine.unmask(bytes, start, end, 0, 0);
    if (!this.#isPlausible(bytes, start, end, isAscii)) return false;
    this.#step = bytes;
    this.#stepStart = start;
    this.#stepEnd = end;
    if (this.#buffer.length > 0) this.#keepStep();
    return true;
  };

  /** The codec's memory is about to be used for something else. */
  #keepStep(): void {
    const step = this.#step;
    if (step === undefined) return;
    this.#step = undefined;
    this.#buffer.append(step, this.#stepStart, this.#stepEnd, this.#stepEnd - this.#stepStart);
  }

  #inflate(bytes: Uint8Array, start: number, end: number, isLast: boolean): MessageFailure | undefined {
    const workBefore = this.work;
    const cost = (this.#codec as MessageCodec).decode(bytes, start, end, isLast, this.#output);
    if (this.#failure !== undefined) return this.#failure;
    const barrenBytes = Math.max(0, end - start - (this.work - workBefore));
    this.work += cost + barrenBytes * BARREN_BYTE_COST;
    if (!isLast) this.#keepStep();
    if (cost >= 0) return undefined;
    return new ProtocolError("DEFLATE_DATA_INVALID", "the compressed message is not valid DEFLATE data");
  }

  #store(bytes: Uint8Array, start: number, end: number, isAscii: boolean): boolean {
    if (!this.#isPlausible(bytes, start, end, isAscii)) return false;
    this.#buffer.append(bytes, start, end, this.#announced);
    return true;
  }

  /** Whether the bytes may stand next in the message; otherwise they have failed it. */
  #isPlausible(bytes: Uint8Array, start: number, end: number, isAscii: boolean): boolean {
    if (!this.#isText || this.#isValidText(bytes, start, end, isAscii)) return true;
    this.#failure = this.#notUtf8();
    return false;
  }

  #isValidText(bytes: Uint8Array, start: number, end: number, isAscii: boolean): boolean {
    if (isAscii && this.#validator.isComplete) return true;
    this.#isAscii = false;
    let at = start;
    while (at < end && !this.#validator.isComplete) {
      if (!this.#validator.push(bytes, at, at + 1)) return false;
      at++;
    }
    if (end - at >= BULK_BYTES) {
      const boundary = lastBoundary(bytes, at, end);
      if (!this.#engine.isUtf8(bytes, at, boundary)) return false;
      at = boundary;
    }
    return this.#validator.push(bytes, at, end);
  }

  #notUtf8(validBytes = this.#buffer.length): ProtocolError {
    return new ProtocolError(
      "TEXT_NOT_UTF8",
      `text message is not UTF-8 (after ${validBytes} valid bytes or more)`,
    );
  }

  #tooLarge(actual: number): LimitError {
    const limit = this.#maxBytes;
    const text = `message of ${actual} bytes or more exceeds the limit of ${limit} bytes (maxMessageBytes)`;
    return new LimitError("MESSAGE_TOO_LARGE", text, limit, actual);
  }
}
