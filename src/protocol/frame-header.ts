// One frame header, decoded in place from 2 to 14 bytes (RFC 6455 §5.2):
//
//   0                   1                   2                   3
//   |F|R|R|R| opcode |M| length (7) | length (16 or 64, if 126 or 127) … | masking key (32, if M) |
//
// The decoder writes into one flat object instead of allocating, knows no role and judges nothing except what
// no number can hold.

import { readMaskKey, writeMaskKey } from "./mask.js";

/** What a header says. Reused between frames by whoever decodes in a loop. */
export interface FrameHeader {
  isFinal: boolean;
  /** RSV1–RSV3 as 0x40, 0x20, 0x10. */
  reserved: number;
  opcode: number;
  isMasked: boolean;
  /** First key byte in the lowest bits; 0 when not masked. */
  maskKey: number;
  /** Bytes of payload; `Infinity` when the wire says more than 2^53 − 1. */
  payloadLength: number;
  /** Whether the length used the shortest of its three forms. */
  isMinimal: boolean;
}

/** A header needs at most this many bytes, so at most one less is ever kept between two reads. */
export const MAX_HEADER_BYTES = 14;

/** A header object to decode into. */
export function createFrameHeader(): FrameHeader {
  return {
    isFinal: true,
    reserved: 0,
    opcode: 0,
    isMasked: false,
    maskKey: 0,
    payloadLength: 0,
    isMinimal: true,
  };
}

/** Decodes at `offset`. Answers the header's length in bytes, or 0 when `end` comes before the header's. */
export function decodeFrameHeader(
  bytes: Uint8Array,
  offset: number,
  end: number,
  header: FrameHeader,
): number {
  if (end - offset < 2) return 0;
  const first = bytes[offset];
  const second = bytes[offset + 1];
  const shortLength = second & 0x7f;
  const isMasked = second >= 0x80;
  let at = offset + 2;
  if (end - at < (shortLength < 126 ? 0 : shortLength === 126 ? 2 : 8) + (isMasked ? 4 : 0)) return 0;
  header.isFinal = first >= 0x80;
  header.reserved = first & 0x70;
  header.opcode = first & 0x0f;
  header.isMasked = isMasked;
  header.payloadLength = shortLength;
  header.isMinimal = true;
  if (shortLength === 126) {
    header.payloadLength = (bytes[at] << 8) | bytes[at + 1];
    header.isMinimal = header.payloadLength >= 126;
    at += 2;
  } else if (shortLength === 127) {
    header.payloadLength = readLength64(bytes, at);
    header.isMinimal = header.payloadLength >= 0x10000;
    at += 8;
  }
  header.maskKey = isMasked ? readMaskKey(bytes, at) : 0;
  return at - offset + (isMasked ? 4 : 0);
}

/** Bytes that a header for this payload takes. */
export function frameHeaderLength(payloadLength: number, isMasked: boolean): number {
  return (payloadLength < 126 ? 2 : payloadLength < 0x10000 ? 4 : 10) + (isMasked ? 4 : 0);
}

/**
 * Writes a header at `offset` and answers the offset behind it.
 * `first` is the whole first byte: FIN as 0x80, RSV1–RSV3 as 0x40, 0x20, 0x10, and the opcode.
 */
export function encodeFrameHeader(
  target: Uint8Array,
  offset: number,
  first: number,
  payloadLength: number,
  maskKey: number | undefined,
): number {
  const maskBit = maskKey === undefined ? 0 : 0x80;
  let at = offset;
  target[at++] = first;
  // RFC 6455 §5.2: "the minimal number of bytes MUST be used to encode the length"
  if (payloadLength < 126) {
    target[at++] = maskBit | payloadLength;
  } else if (payloadLength < 0x10000) {
    target[at++] = maskBit | 126;
    target[at++] = payloadLength >>> 8;
    target[at++] = payloadLength;
  } else {
    target[at++] = maskBit | 127;
    writeWord(target, at, Math.floor(payloadLength / 0x1_0000_0000));
    writeWord(target, at + 4, payloadLength);
    at += 8;
  }
  if (maskKey === undefined) return at;
  writeMaskKey(maskKey, target, at);
  return at + 4;
}

function readLength64(bytes: Uint8Array, at: number): number {
  const high = readWord(bytes, at);
  return high > 0x1f_ffff ? Infinity : high * 0x1_0000_0000 + readWord(bytes, at + 4);
}

function readWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

function writeWord(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
