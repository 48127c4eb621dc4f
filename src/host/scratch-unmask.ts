// Unmasking with the SIMD routine for bytes that lie elsewhere: they are copied into its memory and back, or to where they are
// wanted, which takes a third of the time that XORing them word by word does.

import { lendSharedMemory, unmaskShared } from "./shared-memory.js";

/** From here on the copies pay. */
export const MIN_SCRATCH_BYTES = 2048;
/** A multiple of four, so that every piece begins with the key's first byte. */
const SCRATCH_BYTES = 65_536;

/** Undefined until it is needed, and null where there is none. */
let scratch: Uint8Array | null | undefined;

function openScratch(): Uint8Array | null {
  return (unmaskShared !== undefined && lendSharedMemory(SCRATCH_BYTES)) || null;
}

/** XORs the range, in place or on its way to `offset` of `target`, and tells whether every resulting byte is ASCII; undefined,
 * and nothing done, without the routine. */
export function unmaskByScratch(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  target = bytes,
  offset = start,
): boolean | undefined {
  if (scratch === undefined) scratch = openScratch();
  if (scratch === null || unmaskShared === undefined) return undefined;
  const { byteOffset } = scratch;
  let seen = 0;
  for (let at = start; at < end; at += SCRATCH_BYTES) {
    const piece = bytes.subarray(at, Math.min(end, at + SCRATCH_BYTES));
    scratch.set(piece);
    seen |= unmaskShared(byteOffset, byteOffset + piece.length, key);
    target.set(scratch.subarray(0, piece.length), offset + at - start);
  }
  return seen === 0;
}
