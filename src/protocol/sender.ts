// The sending half of the machine: messages and control frames in, bytes out. It writes each frame once, into memory
// that the output lends, and masks it there. Payloads are copied: the caller may reuse them when the call returns.

import { describeValue, invalidArgument } from "./argument.js";
import type { ByteEngine } from "./byte-engine.js";
import { isCloseCode, SENDABLE_CLOSE_CODES } from "./close-code.js";
import { StateError } from "./errors.js";
import { encodeFrameHeader, frameHeaderLength } from "./frame-header.js";
import type { FrameOutput } from "./frame-output.js";
import { maskInPlace } from "./mask.js";
import type { MessageCodec } from "./message-codec.js";
import { Opcode } from "./opcode.js";

const FIN = 0x80;
const RSV1 = 0x40;

/** Texts up to here are encoded for the codec in memory that all share. */
const SHARED_TEXT_BYTES = 16_384;
let sharedText: Uint8Array | undefined;

export interface SenderOptions {
  output: FrameOutput;
  engine: ByteEngine;
  codec: MessageCodec | undefined;
  /** A fresh, unpredictable 32-bit key per call (RFC 6455 §5.3). Undefined on a server, which never masks. */
  nextMaskKey: (() => number) | undefined;
}

export class Sender {
  readonly #output: FrameOutput;
  readonly #engine: ByteEngine;
  readonly #codec: MessageCodec | undefined;
  readonly #nextMaskKey: (() => number) | undefined;
  #fragmentFirst = 0;
  #isInMessage = false;
  #isCompressed = false;

  constructor(options: SenderOptions) {
    this.#output = options.output;
    this.#engine = options.engine;
    this.#codec = options.codec;
    this.#nextMaskKey = options.nextMaskKey;
  }

  /** A fragmented message has begun and not ended. */
  get isInMessage(): boolean {
    return this.#isInMessage;
  }

  text(text: string, compress: boolean | undefined): void {
    this.#assertBetweenMessages();
    const length = this.#engine.byteLength(text);
    if (this.#codec === undefined || !(compress ?? this.#codec.isWorthwhile(length))) {
      this.#textFrame(text, length);
      return;
    }
    const payload = textBlock(length);
    this.#engine.encode(text, payload, 0, length);
    this.#frame(FIN | RSV1 | Opcode.TEXT, this.#codec.encode(payload, true));
  }

  binary(payload: Uint8Array, compress: boolean | undefined): void {
    this.payload(Opcode.BINARY, payload, compress);
  }

  /** A whole message whose payload is at hand as bytes; for text they must be UTF-8. */
  payload(opcode: number, payload: Uint8Array, compress: boolean | undefined): void {
    this.#assertBetweenMessages();
    if (this.#codec !== undefined && (compress ?? this.#codec.isWorthwhile(payload.length))) {
      this.#frame(FIN | RSV1 | opcode, this.#codec.encode(payload, true));
    } else {
      this.#frame(FIN | opcode, payload);
    }
  }

  begin(opcode: number, compress: boolean): void {
    this.#assertBetweenMessages();
    this.#isCompressed = compress && this.#codec !== undefined;
    this.#fragmentFirst = opcode | (this.#isCompressed ? RSV1 : 0);
    this.#isInMessage = true;
  }

  fragment(payload: Uint8Array, isLast: boolean): void {
    if (!this.#isInMessage)
      throw new StateError("NO_MESSAGE_IN_PROGRESS", "there is no fragmented message to continue");
    const bytes = this.#isCompressed ? (this.#codec as MessageCodec).encode(payload, isLast) : payload;
    this.#frame(this.#fragmentFirst | (isLast ? FIN : 0), bytes);
    // RFC 7692 §6.1: RSV1 is set on the first fragment only.
    this.#fragmentFirst = Opcode.CONTINUATION;
    this.#isInMessage = !isLast;
  }

  /** A ping or pong. RFC 6455 §5.4: control frames may stand between the fragments of a message. */
  control(opcode: number, payload: Uint8Array): void {
    if (payload.length > 125) {
      const text = `a control frame carries at most 125 bytes of payload, not ${payload.length}`;
      throw new StateError("CONTROL_PAYLOAD_TOO_LONG", text);
    }
    this.#frame(FIN | opcode, payload);
  }

  close(code: number | undefined, reason: string): void {
    this.#frame(FIN | Opcode.CLOSE, closePayload(this.#engine, code, reason));
  }

  #textFrame(text: string, length: number): void {
    writeTextFrame(this.#output, this.#engine, FIN | Opcode.TEXT, text, length, this.#maskKey());
  }

  #frame(first: number, payload: Uint8Array): void {
    writeFrame(this.#output, first, payload, this.#maskKey());
  }

  /** A key for one frame. What is none would leave the frame unmasked, or masked with a key that everybody knows. */
  #maskKey(): number | undefined {
    if (this.#nextMaskKey === undefined) return undefined;
    const key = this.#nextMaskKey();
    if ((key | 0) === key || key >>> 0 === key) return key;
    throw invalidArgument(
      `nextMaskKey answers ${describeValue(key)}; it has to answer a random 32-bit integer`,
    );
  }

  #assertBetweenMessages(): void {
    if (!this.#isInMessage) return;
    throw new StateError(
      "MESSAGE_IN_PROGRESS",
      "a fragmented message is being sent; end it before the next one",
    );
  }
}

/** Writes one frame. `first` is its whole first byte; `maskKey` is undefined where nothing is masked. */
export function writeFrame(
  output: FrameOutput,
  first: number,
  payload: Uint8Array,
  maskKey: number | undefined,
): void {
  const { length } = payload;
  const headerLength = frameHeaderLength(length, maskKey !== undefined);
  const at = output.reserve(headerLength + length);
  const { block } = output;
  encodeFrameHeader(block, at, first, length, maskKey);
  if (length > 0) block.set(payload, at + headerLength);
  if (maskKey !== undefined) maskInPlace(block, at + headerLength, at + headerLength + length, maskKey, 0);
}

/** Writes one frame whose payload is the text, of which `length` is the `byteLength`. */
export function writeTextFrame(
  output: FrameOutput,
  engine: ByteEngine<unknown>,
  first: number,
  text: string,
  length: number,
  maskKey: number | undefined,
): void {
  const headerLength = frameHeaderLength(length, maskKey !== undefined);
  const at = output.reserve(headerLength + length);
  const { block } = output;
  encodeFrameHeader(block, at, first, length, maskKey);
  engine.encode(text, block, at + headerLength, length);
  if (maskKey !== undefined) maskInPlace(block, at + headerLength, at + headerLength + length, maskKey, 0);
}

function textBlock(length: number): Uint8Array {
  if (length > SHARED_TEXT_BYTES) return new Uint8Array(length);
  sharedText ??= new Uint8Array(SHARED_TEXT_BYTES);
  return sharedText.subarray(0, length);
}

/** The payload of a Close frame (RFC 6455 §5.5.1). Throws `StateError` for what may not be sent. */
export function closePayload(engine: ByteEngine, code: number | undefined, reason: string): Uint8Array {
  if (typeof reason !== "string")
    throw invalidArgument(`the close reason is ${describeValue(reason)}; it takes a string`);
  if (code === undefined) {
    if (reason === "") return new Uint8Array(0);
    throw new StateError("INVALID_CLOSE_CODE", "a close reason needs a close code before it");
  }
  // RFC 6455 §7.4.1: 1005, 1006 and 1015 "MUST NOT be set as a status code in a Close control frame by an endpoint."
  if (!isCloseCode(code)) throw new StateError("INVALID_CLOSE_CODE", describeInvalidCode(code));
  const length = engine.byteLength(reason);
  if (length > 123) {
    throw new StateError(
      "CLOSE_REASON_TOO_LONG",
      `a close reason takes at most 123 bytes of UTF-8, not ${length}`,
    );
  }
  const payload = new Uint8Array(2 + length);
  payload[0] = code >>> 8;
  payload[1] = code;
  engine.encode(reason, payload, 2, length);
  return payload;
}

function describeInvalidCode(code: unknown): string {
  if (typeof code === "number") return `close code ${code} may not be sent; ${SENDABLE_CLOSE_CODES} may`;
  return `close code ${describeValue(code)} is not a number; it takes one of ${SENDABLE_CLOSE_CODES}, and then the reason`;
}
