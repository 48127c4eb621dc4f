// The byte engine on Node: its own UTF-8 routines, which run at memory speed, and SIMD unmasking for bytes that lie in
// the shared read memory. Elsewhere long ranges go through it, and short ones are XORed word by word.

import { Buffer, isAscii as isAsciiBytes, isUtf8 as isUtf8Bytes } from "node:buffer";
import { type ByteEngine, MessageBuffer, maskInPlace, rotateMaskKey } from "../protocol/index.js";
import { MIN_SCRATCH_BYTES, unmaskByScratch } from "./scratch-unmask.js";
import { sharedMemory, unmaskShared } from "./shared-memory.js";
import { decodeShortAscii, encodeShortAscii, SHORT_BYTES, SHORT_CHARS } from "./short-text.js";

/** From here on, memory that need not be cleared first outweighs the call that it takes. */
const UNCLEARED_BYTES = 8192;
/** A Buffer's own `slice` would not copy. */
const { slice } = Uint8Array.prototype;

/** Up to here a plain loop beats the calls into WebAssembly or native code. */
export const LOOP_BYTES = 24;
const sharedView = new DataView(sharedMemory);
const HIGH_BITS = 0x80808080;

/** As `loopUnmask`, four bytes at a time, over addresses in the shared block. */
function unmaskWords(start: number, end: number, key: number): boolean {
  let seen = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = sharedView.getInt32(at, true) ^ key;
    sharedView.setInt32(at, word, true);
    seen |= word;
  }
  for (let shift = 0; at < end; at++, shift += 8) {
    const byte = sharedView.getUint8(at) ^ ((key >>> shift) & 0xff);
    sharedView.setUint8(at, byte);
    seen |= byte;
  }
  return (seen & HIGH_BITS) === 0;
}

/** The array of the last read in the shared block: asking for its buffer costs as much as unmasking a small message. */
let lastShared: Uint8Array | undefined;

function isShared(bytes: Uint8Array): boolean {
  if (bytes.buffer !== sharedMemory) return false;
  lastShared = bytes;
  return true;
}

export function loopUnmask(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  let seen = 0;
  for (let i = start, shift = 0; i < end; i++, shift = (shift + 8) & 31) {
    const byte = bytes[i] ^ ((key >>> shift) & 0xff);
    bytes[i] = byte;
    seen |= byte;
  }
  return seen < 0x80;
}

/**
 * The methods beneath `toString` and `write`, which take any Uint8Array as `this`. Not in the types, and in Node since
 * version 6; they save a view and the look-up of an encoding's name, which is a third of the cost of a small message.
 */
interface ByteMethods {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  latin1Write(this: Uint8Array, text: string, offset: number, length: number): number;
  utf8Write(this: Uint8Array, text: string, offset: number, length: number): number;
}
const { latin1Slice, utf8Slice, latin1Write, utf8Write } = Buffer.prototype as unknown as ByteMethods;

/** Bytes that hold anything until they are written: only for whoever writes all of them before somebody else can look. */
export function unclearedBytes(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Where zeroes cost more than the call that saves them, memory without. */
function payloadBytes(length: number): Uint8Array {
  return length < UNCLEARED_BYTES ? new Uint8Array(length) : unclearedBytes(length);
}

export const nodeEngine: ByteEngine = {
  unmask(bytes, start, end, key, phase) {
    const rotated = phase === 0 ? key : rotateMaskKey(key, phase);
    const isShort = end - start <= LOOP_BYTES;
    if (bytes === lastShared || isShared(bytes)) {
      const { byteOffset } = bytes;
      if (isShort) return unmaskWords(byteOffset + start, byteOffset + end, rotated);
      if (unmaskShared !== undefined)
        return unmaskShared(byteOffset + start, byteOffset + end, rotated) === 0;
    } else if (isShort) return loopUnmask(bytes, start, end, rotated);
    if (key !== 0 && end - start >= MIN_SCRATCH_BYTES) {
      const isAscii = unmaskByScratch(bytes, start, end, rotated);
      if (isAscii !== undefined) return isAscii;
    }
    if (key !== 0) maskInPlace(bytes, start, end, rotated, 0);
    return isAsciiBytes(bytes.subarray(start, end));
  },
  isUtf8: (bytes, start, end) => isUtf8Bytes(bytes.subarray(start, end)),
  decodeAscii: (bytes, start, end) =>
    end - start <= SHORT_BYTES ? decodeShortAscii(bytes, start, end) : latin1Slice.call(bytes, start, end),
  decodeUtf8: (bytes, start, end) => utf8Slice.call(bytes, start, end),
  copy(bytes, start, end) {
    if (end - start < UNCLEARED_BYTES) return slice.call(bytes, start, end);
    const kept = unclearedBytes(end - start);
    kept.set(bytes.subarray(start, end));
    return kept;
  },
  openStore: () => new MessageBuffer(payloadBytes),
  byteLength: Buffer.byteLength,
  encode(text, target, offset, length) {
    // As many bytes as UTF-16 units: every unit is ASCII, and the quicker encoding writes the same bytes.
    if (length !== text.length) utf8Write.call(target, text, offset, length);
    else if (length <= SHORT_CHARS) encodeShortAscii(text, target, offset);
    else latin1Write.call(target, text, offset, length);
  },
};
