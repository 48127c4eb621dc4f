// TLS records (RFC 8446 §5): their headers, and the opening of protected ones. Only the handshake's are opened here; the
// kernel does the rest.

import { type CipherGCM, createDecipheriv } from "node:crypto";
import type { CipherSuite } from "./cipher-suite.js";
import type { TrafficKeys } from "./key-schedule.js";

export const RECORD_HEADER_BYTES = 5;
/** RFC 8446 §5.2: a protected record is at most this long. */
export const MAX_RECORD_BYTES = 16_384 + 256;
const TAG_BYTES = 16;

/** RFC 8446 §5.1. */
export const ContentType = {
  ALERT: 21,
  HANDSHAKE: 22,
  APPLICATION_DATA: 23,
} as const;

/** How many bytes follow the header; undefined when it is none of TLS. */
export function recordLength(header: Uint8Array): number | undefined {
  const length = (header[3] << 8) | header[4];
  const isRecord = header[0] >= 20 && header[0] <= 23 && header[1] === 3 && length <= MAX_RECORD_BYTES;
  return isRecord ? length : undefined;
}

export interface OpenedRecord {
  readonly type: number;
  readonly content: Uint8Array;
}

/** What a protected record holds (RFC 8446 §5.2); undefined when the keys are not those that it was protected with. */
export function openRecord(
  suite: CipherSuite,
  keys: TrafficKeys,
  sequence: number,
  record: Uint8Array,
): OpenedRecord | undefined {
  const end = record.length - TAG_BYTES;
  if (end <= RECORD_HEADER_BYTES) return undefined;
  // All three are AEAD ciphers, which Node's types tell apart by name.
  const decipher = createDecipheriv(suite.algorithm as "aes-128-gcm", keys.key, nonce(keys.iv, sequence), {
    authTagLength: TAG_BYTES,
  }) as unknown as CipherGCM & { setAuthTag(tag: Uint8Array): void };
  decipher.setAAD(record.subarray(0, RECORD_HEADER_BYTES), { plaintextLength: end - RECORD_HEADER_BYTES });
  decipher.setAuthTag(record.subarray(end));
  let inner: Buffer;
  try {
    inner = Buffer.concat([decipher.update(record.subarray(RECORD_HEADER_BYTES, end)), decipher.final()]);
  } catch {
    return undefined;
  }
  // RFC 8446 §5.4: behind the content stand its type and any number of zeros.
  let last = inner.length - 1;
  while (last > 0 && inner[last] === 0) last--;
  return { type: inner[last], content: inner.subarray(0, last) };
}

/** RFC 8446 §5.3: the record's number, as long as the IV, XORed with it. */
function nonce(iv: Uint8Array, sequence: number): Buffer {
  const bytes = Buffer.from(iv);
  bytes.writeUInt32BE((bytes.readUInt32BE(8) ^ sequence) >>> 0, 8);
  return bytes;
}
