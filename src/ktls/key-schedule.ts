// From a traffic secret to what protects records (RFC 8446 §7.1–7.3).

import { createHmac } from "node:crypto";
import type { CipherSuite } from "./cipher-suite.js";

/** RFC 8446 §5.3: the IV of every suite is as long as its nonce. */
const IV_BYTES = 12;

/** A key and the IV that belongs to it. Whoever has them wipes them. */
export class TrafficKeys {
  readonly key: Buffer;
  readonly iv: Buffer;

  constructor(suite: CipherSuite, secret: Uint8Array) {
    this.key = expandLabel(suite, secret, "key", suite.keyBytes);
    this.iv = expandLabel(suite, secret, "iv", IV_BYTES);
  }

  wipe(): void {
    this.key.fill(0);
    this.iv.fill(0);
  }
}

/** The secret that follows after a KeyUpdate (RFC 8446 §7.2). */
export function nextTrafficSecret(suite: CipherSuite, secret: Uint8Array): Buffer {
  return expandLabel(suite, secret, "traffic upd", secret.length);
}

/** HKDF-Expand-Label without a context (RFC 8446 §7.1), for at most as many bytes as the hash has: one round of RFC 5869's expansion. */
function expandLabel(suite: CipherSuite, secret: Uint8Array, label: string, length: number): Buffer {
  const fullLabel = `tls13 ${label}`;
  const info = Buffer.from([0, length, fullLabel.length, ...Buffer.from(fullLabel), 0, 1]);
  const block = createHmac(suite.hash, secret).update(info).digest();
  const expanded = Buffer.alloc(length, block);
  block.fill(0);
  return expanded;
}
