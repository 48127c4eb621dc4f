// The byte engine for whoever hands out all messages as Buffers, texts too, and reads from a socket's own Buffers: what
// lies whole in one of them is handed out as a part of it, without a copy.

import { Buffer, isAscii } from "node:buffer";
import { type ByteEngine, rotateMaskKey } from "../protocol/index.js";
import { ChunkStore, isGivenAway } from "./chunk-store.js";
import { LOOP_BYTES, loopUnmask, nodeEngine } from "./node-engine.js";
import { MIN_SCRATCH_BYTES, unmaskByScratch } from "./scratch-unmask.js";

/** Larger memory is not kept hold of. */
const MAX_KEPT_BYTES = 131_072;
const HIGH_BITS = 0x80808080 | 0;

/** What was read last, as words: messages come many in a read, and a view of their own would cost more than unmasking. */
let lastBuffer: ArrayBufferLike | undefined;
let lastWords: Int32Array = new Int32Array(0);

function wordsOf(bytes: Uint8Array): Int32Array {
  const { buffer } = bytes;
  if (buffer === lastBuffer) return lastWords;
  const words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
  if (buffer.byteLength > MAX_KEPT_BYTES) return words;
  lastBuffer = buffer;
  lastWords = words;
  return words;
}

/** XORs the range, of more than eight bytes, and tells whether every resulting byte is ASCII. */
function unmaskOnce(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  const words = wordsOf(bytes);
  const offset = bytes.byteOffset;
  const skew = -(offset + start) & 3;
  const body = start + skew;
  const rotated = rotateMaskKey(key, skew);
  const stop = (offset + end) >>> 2;
  let seen = 0;
  let i = (offset + body) >>> 2;
  for (; i + 4 <= stop; i += 4) {
    seen |= words[i] ^= rotated;
    seen |= words[i + 1] ^= rotated;
    seen |= words[i + 2] ^= rotated;
    seen |= words[i + 3] ^= rotated;
  }
  for (; i < stop; i++) seen |= words[i] ^= rotated;
  const isHeadAscii = loopUnmask(bytes, start, body, key);
  const isTailAscii = loopUnmask(bytes, stop * 4 - offset, end, rotated);
  return (seen & HIGH_BITS) === 0 && isHeadAscii && isTailAscii;
}

/** A part of what was given away where it lies, anything else as a copy. */
function bufferOf(bytes: Uint8Array, start: number, end: number): Buffer {
  if (isGivenAway(bytes)) return bytes.subarray(start, end) as Buffer;
  const kept = Buffer.allocUnsafe(end - start);
  kept.set(bytes.subarray(start, end));
  return kept;
}

export const bufferEngine: ByteEngine<Buffer> = {
  ...nodeEngine,
  unmask(bytes, start, end, key, phase) {
    const rotated = phase === 0 ? key : rotateMaskKey(key, phase);
    const length = end - start;
    if (length <= LOOP_BYTES) return loopUnmask(bytes, start, end, rotated);
    if (key === 0) return isAscii(bytes.subarray(start, end));
    const isAsciiToo = length < MIN_SCRATCH_BYTES ? undefined : unmaskByScratch(bytes, start, end, rotated);
    return isAsciiToo ?? unmaskOnce(bytes, start, end, rotated);
  },
  decodeAscii: bufferOf,
  decodeUtf8: bufferOf,
  copy: bufferOf,
  openStore: () => new ChunkStore(bufferEngine.unmask),
};

/** As `bufferEngine`, for whoever trusts the peer's texts to be UTF-8 and looks at none. */
export const trustingBufferEngine: ByteEngine<Buffer> = {
  ...bufferEngine,
  unmask(bytes, start, end, key, phase) {
    if (key !== 0) bufferEngine.unmask(bytes, start, end, key, phase);
    return true;
  },
};
