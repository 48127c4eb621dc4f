// What the kernel is told to protect one direction of a connection with: struct tls12_crypto_info_* of linux/tls.h, which
// serves TLS 1.3 as well.

import type { CipherSuite } from "./cipher-suite.js";
import type { TrafficKeys } from "./key-schedule.js";

const TLS_1_3 = 0x0304;
const SEQUENCE_BYTES = 8;

/** The struct, as bytes: version and cipher, IV, key, salt, and the number of the next record. Whoever has it wipes it. */
export function cryptoInfo(suite: CipherSuite, keys: TrafficKeys, sequence: number): Buffer {
  const { key, iv } = keys;
  const info = Buffer.alloc(4 + iv.length + key.length + SEQUENCE_BYTES);
  info.writeUInt16LE(TLS_1_3, 0);
  info.writeUInt16LE(suite.kernelType, 2);
  let at = 4;
  for (const part of [iv.subarray(suite.saltBytes), key, iv.subarray(0, suite.saltBytes)]) {
    info.set(part, at);
    at += part.length;
  }
  info.writeBigUInt64BE(BigInt(sequence), at);
  return info;
}
