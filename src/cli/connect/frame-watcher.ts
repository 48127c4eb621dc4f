// The frames that pass in one direction, seen from outside: what is shown with -v. It judges nothing; bytes that break the
// protocol are shown as what they say they are, until the connection ends over them.

import {
  createFrameHeader,
  decodeFrameHeader,
  isControl,
  MAX_HEADER_BYTES,
  maskInPlace,
  Opcode,
} from "../../protocol/index.js";

/** A text or binary message as it passed. */
export interface WireMessage {
  readonly isBinary: boolean;
  readonly isCompressed: boolean;
  readonly frames: number;
  /** Payload as it passed: compressed, if it is. */
  readonly payloadBytes: number;
  /** With the headers of its frames. */
  readonly wireBytes: number;
}

export interface WireControl {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

export interface FrameSink {
  message(message: WireMessage): void;
  control(control: WireControl): void;
}

/** RSV1, which permessage-deflate sets on the first frame of a compressed message (RFC 7692 §6). */
const COMPRESSED = 0x40;
/** More cannot be in a control frame that keeps to RFC 6455 §5.5. */
const MAX_SHOWN_CONTROL_BYTES = 125;

export class FrameWatcher {
  readonly #sink: FrameSink;
  readonly #header = createFrameHeader();
  readonly #torn = new Uint8Array(MAX_HEADER_BYTES);
  #tornBytes = 0;
  /** Payload of the current frame that is still to come. */
  #payloadLeft = 0;
  #control: number[] = [];
  #message: { -readonly [name in keyof WireMessage]: WireMessage[name] } | undefined;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      at = this.#payloadLeft > 0 ? this.#readPayload(bytes, at, end) : this.#readHeader(bytes, at, end);
    }
  }

  #readHeader(bytes: Uint8Array, start: number, end: number): number {
    // Byte by byte into a small buffer: this is for looking at, and a header may be torn anywhere.
    for (let at = start; at < end; ) {
      this.#torn[this.#tornBytes++] = bytes[at++];
      const length = decodeFrameHeader(this.#torn, 0, this.#tornBytes, this.#header);
      if (length === 0) continue;
      this.#tornBytes = 0;
      this.#begin(length);
      return at;
    }
    return end;
  }

  #begin(headerBytes: number): void {
    const { opcode, payloadLength, reserved } = this.#header;
    this.#payloadLeft = payloadLength;
    if (isControl(opcode)) this.#control = [];
    else {
      if (opcode !== Opcode.CONTINUATION || this.#message === undefined) {
        const isCompressed = (reserved & COMPRESSED) !== 0;
        const isBinary = opcode === Opcode.BINARY;
        this.#message = { isBinary, isCompressed, frames: 0, payloadBytes: 0, wireBytes: 0 };
      }
      this.#message.frames++;
      this.#message.payloadBytes += payloadLength;
      this.#message.wireBytes += headerBytes + payloadLength;
    }
    if (payloadLength === 0) this.#finish();
  }

  #readPayload(bytes: Uint8Array, start: number, end: number): number {
    const at = Math.min(end, start + this.#payloadLeft);
    this.#payloadLeft -= at - start;
    if (isControl(this.#header.opcode)) {
      const room = MAX_SHOWN_CONTROL_BYTES - this.#control.length;
      this.#control.push(...bytes.subarray(start, Math.min(at, start + room)));
    }
    if (this.#payloadLeft === 0) this.#finish();
    return at;
  }

  #finish(): void {
    const { opcode, isFinal, isMasked, maskKey } = this.#header;
    if (isControl(opcode)) {
      const payload = Uint8Array.from(this.#control);
      if (isMasked) maskInPlace(payload, 0, payload.length, maskKey, 0);
      this.#sink.control({ opcode, payload });
    } else if (isFinal && this.#message !== undefined) {
      this.#sink.message(this.#message);
      this.#message = undefined;
    }
  }
}
