import { createHash } from "node:crypto";

/** SHA-1, which the opening handshake uses as a fingerprint, not for secrecy (RFC 6455 §10.8). */
export function sha1(bytes: Uint8Array): Uint8Array {
  return createHash("sha1").update(bytes).digest();
}
