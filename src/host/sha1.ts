import { hash } from "node:crypto";

/** SHA-1, which the opening handshake uses as a fingerprint, not for secrecy (RFC 6455 §10.8). */
export function sha1(bytes: Uint8Array): Uint8Array {
  return hash("sha1", bytes, "buffer");
}
