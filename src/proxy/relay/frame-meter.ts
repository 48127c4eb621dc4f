// Looks at the frames of one direction as they pass, and changes nothing: how many messages there were, whether a frame has
// just ended, and which close code was sent. What is no frame is passed on like everything else, and not counted any more.
// At most 13 bytes of a header that came in pieces are kept.

import {
  createFrameHeader,
  decodeFrameHeader,
  isControl,
  isKnownOpcode,
  MAX_HEADER_BYTES,
  Opcode,
  rotateMaskKey,
} from "../../protocol/index.js";

/** One header for all meters, which use it only while they look at one frame. */
const header = createFrameHeader();
const ODD = 1;

/** Where a watcher learns of what passes. */
export interface FrameWatcher {
  /** A frame begins. */
  frameStarted(opcode: number, isFinal: boolean, isCompressed: boolean, payloadLength: number): void;
  /** Part of its payload, as it is on the wire: `maskKey` as its first byte needs it, 0 for none. */
  payload(bytes: Uint8Array, start: number, end: number, maskKey: number): void;
  frameEnded(): void;
}

export class FrameMeter {
  /** Messages whose last frame has begun. */
  messages = 0;
  /** Pings, pongs and closes. */
  controlFrames = 0;
  /** Whoever looks at the frames themselves. Set within a frame, it passes over what it hears before the next begins. */
  watcher: FrameWatcher | undefined;
  #isLost = false;
  /** Bytes of the current payload that are still to come. */
  #left = 0;
  /** Of the first Close frame, as far as it has come. */
  #closeCode: number | undefined;
  /** How much of it is still to come, and the mask over it. */
  #codeBytes = 0;
  #maskKey = 0;
  #maskPhase = 0;
  #torn: Uint8Array | undefined;
  #tornLength = 0;

  /** A Close frame has begun. */
  get isClosing(): boolean {
    return this.#closeCode !== undefined;
  }

  /** The code of the first Close frame, once all of it has come; 1005 for one without. */
  get closeCode(): number | undefined {
    return this.#codeBytes > 0 ? undefined : this.#closeCode;
  }

  /** What passes is no frame. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether the last byte that passed was the last of a frame: something may be put in here. */
  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#tornLength === 0 && !this.#isLost;
  }

  /** Takes note of `bytes[start, end)`, which are only borrowed. Answers where the last frame in it ended: -1 for none. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let boundary = -1;
    let at = start;
    while (at < end && !this.#isLost) {
      if (at > start && this.isBetweenFrames) boundary = at;
      if (this.#left > 0) {
        at = this.#passPayload(bytes, at, end);
        continue;
      }
      if (this.#tornLength > 0) {
        at = this.#mend(bytes, at, end);
        continue;
      }
      const length = decodeFrameHeader(bytes, at, end, header);
      if (length === 0) {
        this.#keep(bytes, at, end);
        return boundary;
      }
      at += length;
      this.#begin();
    }
    return this.isBetweenFrames ? end : boundary;
  }

  #begin(): void {
    const { opcode, isFinal, payloadLength } = header;
    if (!isKnownOpcode(opcode) || payloadLength === Infinity) {
      this.#isLost = true;
      return;
    }
    this.#left = payloadLength;
    if (isControl(opcode)) this.controlFrames++;
    else if (isFinal) this.messages++;
    if (opcode === Opcode.CLOSE) this.#expectCode(payloadLength);
    if (this.watcher !== undefined || this.#codeBytes > 0) {
      this.#maskKey = header.maskKey;
      this.#maskPhase = 0;
    }
    this.watcher?.frameStarted(opcode, isFinal, (header.reserved & 0x40) !== 0, payloadLength);
    if (payloadLength === 0) this.watcher?.frameEnded();
  }

  #expectCode(payloadLength: number): void {
    if (this.#closeCode !== undefined) return;
    this.#closeCode = payloadLength < 2 ? 1005 : 0;
    this.#codeBytes = payloadLength < 2 ? 0 : 2;
  }

  #passPayload(bytes: Uint8Array, at: number, end: number): number {
    const stop = Math.min(end, at + this.#left);
    if (this.#codeBytes > 0) this.#readCode(bytes, at, stop);
    if (this.watcher !== undefined) {
      this.watcher.payload(bytes, at, stop, rotateMaskKey(this.#maskKey, this.#maskPhase));
      this.#maskPhase += stop - at;
    }
    this.#left -= stop - at;
    if (this.#left === 0) this.watcher?.frameEnded();
    return stop;
  }

  /** The code is the first two bytes of the payload (RFC 6455 §5.5.1). */
  #readCode(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && this.#codeBytes > 0; at++) {
      const index = 2 - this.#codeBytes--;
      const byte = bytes[at] ^ ((this.#maskKey >>> (index === ODD ? 8 : 0)) & 0xff);
      this.#closeCode = ((this.#closeCode ?? 0) << 8) | byte;
    }
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    this.#torn ??= new Uint8Array(MAX_HEADER_BYTES);
    this.#torn.set(bytes.subarray(start, end), this.#tornLength);
    this.#tornLength += end - start;
  }

  /** Adds bytes to a torn header until it is whole, and answers where it ended. */
  #mend(bytes: Uint8Array, start: number, end: number): number {
    const torn = this.#torn as Uint8Array;
    let at = start;
    while (at < end) {
      torn[this.#tornLength++] = bytes[at++];
      if (decodeFrameHeader(torn, 0, this.#tornLength, header) === 0) continue;
      this.#tornLength = 0;
      this.#begin();
      break;
    }
    return at;
  }
}
