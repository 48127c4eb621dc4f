// The receiving half of the machine: bytes in, events out. Headers are decoded where they lie; at most 13 bytes of a
// torn header and the payload of one unfinished message are kept. Bytes are borrowed and may be changed in place.
// Once a frame has broken a rule, or a Close has come, everything after it is discarded.

import type { ByteEngine } from "./byte-engine.js";
import { type LimitError, ProtocolError } from "./errors.js";
import { createFrameHeader, decodeFrameHeader, MAX_HEADER_BYTES } from "./frame-header.js";
import { type FrameExpectation, frameStartError, judgeFrameStart } from "./frame-rules.js";
import type { Limits } from "./limits.js";
import { readMaskKey, rotateMaskKey } from "./mask.js";
import { MessageAssembler } from "./message-assembler.js";
import type { MessageCodec } from "./message-codec.js";
import { isControl, Opcode } from "./opcode.js";

/** What the receiver reports, in the order of the wire. Values are the listener's to keep. */
export interface ReceiverSink<Text = string> {
  message(data: Text | Uint8Array, isBinary: boolean): void;
  /** A frame of a message has ended and the message goes on; so many of its bytes have come. */
  fragmentEnded?(byteLength: number): void;
  control(opcode: number, payload: Uint8Array): void;
  failed(error: ProtocolError | LimitError): void;
}

export interface ReceiverOptions<Text = string> {
  isMaskExpected: boolean;
  engine: ByteEngine<Text>;
  limits: Limits;
  codec: MessageCodec | undefined;
  /** Takes lengths that are encoded in more bytes than they need, which RFC 6455 §5.2 forbids the peer to send. Default
   * false. */
  acceptsLongLengths?: boolean;
}

const WHOLE_TEXT = 0x80 | Opcode.TEXT;
const WHOLE_BINARY = 0x80 | Opcode.BINARY;
/** Bytes that are inflated in the time that a frame takes beside its payload. */
const FRAME_COST = 128;
/** Compressed bytes that are inflated before the credit is looked at again. DEFLATE makes at most 1032 bytes of one, and
 * smaller steps slow down ordinary data. */
const COMPRESSED_STEP_BYTES = 8192;

/** The frame whose payload is still arriving, or too large to be inflated in one step. */
interface PartialFrame {
  remaining: number;
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly maskKey: number;
  /** Payload bytes that have come, modulo 4. */
  phase: number;
  /** Where the payload of a control frame is collected. */
  readonly control: Uint8Array | undefined;
}

/** One for all receivers: it carries nothing from one call to the next. */
const header = createFrameHeader();

export class Receiver<Text = string> implements FrameExpectation {
  /** Set by the listener to stop after the current event; the rest of the bytes stays unread. */
  isHeld = false;
  /** Work that may still be done, counted in bytes inflated. Without any, reading stops at the next place where it can. */
  credit = Infinity;
  isInMessage = false;
  readonly isMaskExpected: boolean;
  readonly hasDeflate: boolean;
  readonly #sink: ReceiverSink<Text>;
  readonly #engine: ByteEngine<Text>;
  readonly #limits: Limits;
  readonly #codec: MessageCodec | undefined;
  readonly #acceptsLongLengths: boolean;
  #assembler: MessageAssembler<Text> | undefined;
  #torn: Uint8Array | undefined;
  #tornLength = 0;
  #isDiscarding = false;
  #partial: PartialFrame | undefined;

  constructor(sink: ReceiverSink<Text>, options: ReceiverOptions<Text>) {
    this.#sink = sink;
    this.#engine = options.engine;
    this.#limits = options.limits;
    this.#codec = options.codec;
    this.isMaskExpected = options.isMaskExpected;
    this.hasDeflate = options.codec !== undefined;
    this.#acceptsLongLengths = options.acceptsLongLengths === true;
  }

  /** Whether the next byte begins a frame, so that an end of the stream here cuts nothing in two. */
  get isBetweenFrames(): boolean {
    return this.#tornLength === 0 && this.#partial === undefined;
  }

  /** Reads frames from the range and answers the offset of the first byte not read: `end`, unless held or out of credit. */
  receive(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.credit > 0 && !this.isHeld && !this.#isDiscarding) {
      if (this.#partial !== undefined) {
        at = this.#continuePayload(this.#partial, bytes, at, end);
        continue;
      }
      if (this.#tornLength === 0 && end - at >= 2) {
        const behind = this.#shortMessage(bytes, at, end);
        if (behind > 0) {
          at = behind;
          continue;
        }
      }
      const headerLength =
        this.#tornLength > 0 ? this.#resumeHeader(bytes, at, end) : this.#readHeader(bytes, at, end);
      if (headerLength === 0) return end;
      at += headerLength;
      this.credit -= FRAME_COST;
      if (this.#beginFrame(end - at)) at = this.#wholeFrame(bytes, at, at + header.payloadLength);
    }
    return this.#isDiscarding ? end : at;
  }

  /** Reads what most frames are, a short message that is whole, without the detour by its header's parts. Answers where it
   * ends, or 0 when the frame is any other. */
  #shortMessage(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at];
    if ((first !== WHOLE_TEXT && first !== WHOLE_BINARY) || this.isInMessage) return 0;
    const isMasked = this.isMaskExpected;
    const length = bytes[at + 1] ^ (isMasked ? 0x80 : 0);
    const start = at + (isMasked ? 6 : 2);
    const stop = start + length;
    if (length > 125 || stop > end || length > this.#limits.maxMessageBytes) return 0;
    this.credit -= FRAME_COST;
    const isAscii = this.#engine.unmask(bytes, start, stop, isMasked ? readMaskKey(bytes, at + 2) : 0, 0);
    this.#message(first === WHOLE_BINARY, bytes, start, stop, isAscii);
    return stop;
  }

  /** From now on, bytes are read and forgotten. */
  discard(): void {
    this.#isDiscarding = true;
    this.#assembler?.discard();
    this.#assembler = undefined;
    this.#partial = undefined;
  }

  #readHeader(bytes: Uint8Array, at: number, end: number): number {
    if (end - at >= 2 && !this.#judge(bytes[at], bytes[at + 1])) return 0;
    const length = decodeFrameHeader(bytes, at, end, header);
    if (length === 0) this.#keepTorn(bytes, at, end);
    return length;
  }

  #keepTorn(bytes: Uint8Array, at: number, end: number): void {
    this.#torn ??= new Uint8Array(MAX_HEADER_BYTES);
    for (let i = at; i < end; i++) this.#torn[this.#tornLength++] = bytes[i];
  }

  /** Completes a header of which some bytes were kept. Answers how many of the new bytes belong to it, or 0. */
  #resumeHeader(bytes: Uint8Array, at: number, end: number): number {
    const kept = this.#tornLength;
    this.#keepTorn(bytes, at, Math.min(end, at + MAX_HEADER_BYTES - kept));
    const torn = this.#torn as Uint8Array;
    if (this.#tornLength >= 2 && !this.#judge(torn[0], torn[1])) return 0;
    const length = decodeFrameHeader(torn, 0, this.#tornLength, header);
    if (length === 0) return 0;
    this.#tornLength = 0;
    this.#torn = undefined;
    return length - kept;
  }

  #judge(first: number, second: number): boolean {
    const code = judgeFrameStart(first, second, this);
    if (code === undefined) return true;
    this.#fail(frameStartError(code, first, second));
    return false;
  }

  /** Takes note of a decoded header. True when `available` bytes hold its whole payload. */
  #beginFrame(available: number): boolean {
    const { payloadLength, opcode } = header;
    if (!header.isMinimal && !this.#acceptsLongLengths) {
      const text = `payload length ${payloadLength} is not encoded in the fewest bytes`;
      this.#fail(new ProtocolError("LENGTH_NOT_MINIMAL", text));
      return false;
    }
    if (payloadLength === Infinity) {
      this.#fail(new ProtocolError("LENGTH_TOO_LARGE", "payload length is beyond 2^53 - 1 bytes"));
      return false;
    }
    const isWhole = payloadLength <= available;
    if (!isControl(opcode)) {
      const isPlain = isWhole && header.isFinal && !this.isInMessage && header.reserved === 0;
      if (!(isPlain && payloadLength <= this.#limits.maxMessageBytes) && !this.#beginDataFrame())
        return false;
    }
    if (isWhole && (payloadLength <= COMPRESSED_STEP_BYTES || !this.#isInflating)) return true;
    this.#partial = {
      remaining: payloadLength,
      opcode,
      isFinal: header.isFinal,
      maskKey: header.maskKey,
      phase: 0,
      control: isControl(opcode) ? new Uint8Array(payloadLength) : undefined,
    };
    return false;
  }

  get #isInflating(): boolean {
    return this.#assembler?.isCompressed === true;
  }

  #beginDataFrame(): boolean {
    this.#assembler ??= new MessageAssembler(this.#engine, this.#limits, this.#codec);
    if (!this.isInMessage) this.#assembler.begin(header.opcode, header.reserved !== 0);
    this.isInMessage = true;
    const failure = this.#assembler.announce(header.payloadLength);
    if (failure === undefined) return true;
    this.#fail(failure);
    return false;
  }

  #wholeFrame(bytes: Uint8Array, start: number, end: number): number {
    const { opcode, isFinal, maskKey } = header;
    if (this.isInMessage && !isControl(opcode)) {
      this.#dataBytes(bytes, start, end, maskKey, isFinal, true);
      return end;
    }
    const isAscii = this.#engine.unmask(bytes, start, end, maskKey, 0);
    if (isControl(opcode)) this.#sink.control(opcode, this.#engine.copy(bytes, start, end));
    else this.#message(opcode === Opcode.BINARY, bytes, start, end, isAscii);
    return end;
  }

  /** A message that is whole in the range. */
  #message(isBinary: boolean, bytes: Uint8Array, start: number, end: number, isAscii: boolean): void {
    if (isBinary) this.#sink.message(this.#engine.copy(bytes, start, end), true);
    else if (isAscii) this.#sink.message(this.#engine.decodeAscii(bytes, start, end), false);
    else if (this.#engine.isUtf8(bytes, start, end)) {
      this.#sink.message(this.#engine.decodeUtf8(bytes, start, end), false);
    } else
      this.#fail(new ProtocolError("TEXT_NOT_UTF8", `text message of ${end - start} bytes is not UTF-8`));
  }

  #continuePayload(frame: PartialFrame, bytes: Uint8Array, at: number, end: number): number {
    const stepBytes = this.#isInflating ? COMPRESSED_STEP_BYTES : Infinity;
    const stop = Math.min(end, at + frame.remaining, at + stepBytes);
    const key = rotateMaskKey(frame.maskKey, frame.phase);
    frame.phase = (frame.phase + stop - at) & 3;
    frame.remaining -= stop - at;
    if (frame.remaining === 0) this.#partial = undefined;
    const { control } = frame;
    if (control === undefined) {
      const isEnd = frame.remaining === 0;
      this.#dataBytes(bytes, at, stop, key, frame.isFinal && isEnd, isEnd);
      return stop;
    }
    this.#engine.unmask(bytes, at, stop, key, 0);
    control.set(bytes.subarray(at, stop), control.length - frame.remaining - (stop - at));
    if (frame.remaining === 0) this.#sink.control(frame.opcode, control);
    return stop;
  }

  /** Adds masked bytes to the message in progress, which ends here when `isLast`, as the frame does when `isEnd`. */
  #dataBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    key: number,
    isLast: boolean,
    isEnd: boolean,
  ): void {
    const assembler = this.#assembler as MessageAssembler<Text>;
    const workBefore = assembler.work;
    const failure = assembler.pushMasked(bytes, start, end, key, isLast);
    if (failure !== undefined) {
      this.#fail(failure);
      return;
    }
    const value = isLast ? assembler.finish() : undefined;
    this.credit -= assembler.work - workBefore;
    if (value === undefined) {
      if (isEnd) this.#sink.fragmentEnded?.(assembler.byteLength);
      return;
    }
    this.isInMessage = false;
    this.#assembler = undefined;
    if (value instanceof Error) this.#fail(value);
    else this.#sink.message(value, !assembler.isText);
  }

  #fail(error: ProtocolError | LimitError): void {
    this.discard();
    this.#sink.failed(error);
  }
}
