// Unpredictable numbers from the operating system, fetched in blocks: one call per masking key would cost more than
// sending the frame.

import { randomBytes, randomFillSync } from "node:crypto";

const POOLED_KEYS = 2048;
const keys = new Int32Array(POOLED_KEYS);
let used = POOLED_KEYS;

/** 32 fresh bits from a strong source (RFC 6455 §5.3, §10.3). Each is handed out once. */
export function nextMaskKey(): number {
  if (used === POOLED_KEYS) {
    randomFillSync(keys);
    used = 0;
  }
  return keys[used++];
}

/** Fresh random bytes. */
export function randomBlock(length: number): Uint8Array {
  return randomBytes(length);
}
