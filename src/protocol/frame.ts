// Single frames as values, for people who write their own machine, a test or a packet dump.
// The machine itself never makes such objects.

import { checkBytes, invalidArgument } from "./argument.js";

import {
  createFrameHeader,
  decodeFrameHeader,
  encodeFrameHeader,
  frameHeaderLength,
} from "./frame-header.js";
import { maskInPlace, readMaskKey } from "./mask.js";

/** One frame (RFC 6455 §5.2). */
export interface Frame {
  /** Last fragment of its message. Default true. */
  fin?: boolean | undefined;
  rsv1?: boolean | undefined;
  rsv2?: boolean | undefined;
  rsv3?: boolean | undefined;
  /** 0 to 15; see `Opcode`. */
  opcode: number;
  /** Four bytes; absent on an unmasked frame. */
  mask?: Uint8Array | undefined;
  /** The payload as the application sees it, not masked. Default empty. */
  payload?: Uint8Array | undefined;
}

/** A frame read from the wire, and how many bytes it took. */
export interface DecodedFrame {
  frame: { [K in Exclude<keyof Frame, "mask">]-?: NonNullable<Frame[K]> } & { mask: Uint8Array | undefined };
  byteLength: number;
}

/** The frame's bytes. Copies and masks the payload. Throws `StateError` for an opcode, a key or a payload that
 * cannot be sent. */
export function encodeFrame(frame: Frame): Uint8Array {
  const { opcode, mask, payload = new Uint8Array(0) } = frame;
  if (!Number.isInteger(opcode) || opcode < 0 || opcode > 0xf) {
    throw invalidArgument(`opcode ${opcode} is not an integer from 0 to 15`);
  }
  checkBytes("payload", payload);
  if (mask !== undefined) checkBytes("mask", mask);
  if (mask !== undefined && mask.length !== 4) {
    throw invalidArgument(`a masking key has 4 bytes, not ${mask.length}`);
  }
  const key = mask && readMaskKey(mask, 0);
  const first =
    (frame.fin === false ? 0 : 0x80) |
    (frame.rsv1 ? 0x40 : 0) |
    (frame.rsv2 ? 0x20 : 0) |
    (frame.rsv3 ? 0x10 : 0) |
    opcode;
  const headerLength = frameHeaderLength(payload.length, key !== undefined);
  const bytes = new Uint8Array(headerLength + payload.length);
  encodeFrameHeader(bytes, 0, first, payload.length, key);
  bytes.set(payload, headerLength);
  if (key !== undefined) maskInPlace(bytes, headerLength, bytes.length, key, 0);
  return bytes;
}

/**
 * The frame that begins at `offset`, or undefined when the bytes end before it does.
 * Checks nothing: reserved bits, opcodes and lengths come back as they are. Copies the payload.
 */
export function decodeFrame(bytes: Uint8Array, offset = 0): DecodedFrame | undefined {
  checkBytes("a frame", bytes);
  const header = createFrameHeader();
  const headerLength = decodeFrameHeader(bytes, offset, bytes.length, header);
  const start = offset + headerLength;
  if (headerLength === 0 || bytes.length - start < header.payloadLength) return undefined;
  const payload = new Uint8Array(header.payloadLength);
  payload.set(bytes.subarray(start, start + header.payloadLength));
  maskInPlace(payload, 0, payload.length, header.maskKey, 0);
  const mask = header.isMasked ? Uint8Array.from(bytes.subarray(start - 4, start)) : undefined;
  const { isFinal: fin, reserved, opcode } = header;
  return {
    frame: {
      fin,
      rsv1: (reserved & 0x40) !== 0,
      rsv2: (reserved & 0x20) !== 0,
      rsv3: (reserved & 0x10) !== 0,
      opcode,
      mask,
      payload,
    },
    byteLength: headerLength + header.payloadLength,
  };
}
