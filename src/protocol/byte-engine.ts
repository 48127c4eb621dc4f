// The byte work that dominates large messages, as a port: XOR, UTF-8 and copies.
// `pureEngine` needs nothing but the language; a host may bring a faster one with the same results.

import { maskInPlace } from "./mask.js";
import type { PayloadStore } from "./message-buffer.js";
import { decodeUtf8, encodeUtf8, isUtf8, utf8Length } from "./utf8.js";

/** What the machine asks of its host for every payload. All ranges are `[start, end)` in bytes. `Text` is what becomes of a
 * text message. */
export interface ByteEngine<Text = string> {
  /**
   * XORs the range in place with the masking key and tells whether every resulting byte is ASCII.
   * `key` holds the first key byte in its lowest bits; `phase` (0–3) is the payload offset of `start` modulo 4.
   * A key of 0 changes nothing and only looks.
   */
  unmask(bytes: Uint8Array, start: number, end: number, key: number, phase: number): boolean;
  /** Whether the range is well-formed UTF-8, complete at its end. */
  isUtf8(bytes: Uint8Array, start: number, end: number): boolean;
  /** The range as a text, which is the caller's to keep; the caller knows that it is ASCII. */
  decodeAscii(bytes: Uint8Array, start: number, end: number): Text;
  /** The range as a text, which is the caller's to keep; the caller knows that it is well-formed UTF-8. */
  decodeUtf8(bytes: Uint8Array, start: number, end: number): Text;
  /** A copy of the range that is the caller's to keep. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array;
  /** Makes what an unfinished message is kept in. Default: one growing block. */
  openStore?: (() => PayloadStore) | undefined;
  /** Bytes of the text in UTF-8; a lone surrogate counts as U+FFFD (three bytes). */
  byteLength(text: string): number;
  /** Writes the text at `offset` where `length`, from `byteLength`, is known to fit. */
  encode(text: string, target: Uint8Array, offset: number, length: number): void;
}

/** Runs anywhere. */
export const pureEngine: ByteEngine = {
  unmask(bytes, start, end, key, phase) {
    if (key !== 0) maskInPlace(bytes, start, end, key, phase);
    let seen = 0;
    for (let i = start; i < end; i++) seen |= bytes[i];
    return seen < 0x80;
  },
  isUtf8,
  decodeAscii: decodeUtf8,
  decodeUtf8,
  copy(bytes, start, end) {
    const kept = new Uint8Array(end - start);
    kept.set(bytes.subarray(start, end));
    return kept;
  },
  byteLength: utf8Length,
  encode: encodeUtf8,
};
