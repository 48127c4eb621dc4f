// RFC 4648 §4, the encoding direction: what keys, accept values and Basic credentials are written in.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    // A byte past the end reads as undefined, which the shifts take for 0.
    const group = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    text += alphabet[group >> 18] + alphabet[(group >> 12) & 0x3f];
    text += left > 1 ? alphabet[(group >> 6) & 0x3f] : "=";
    text += left > 2 ? alphabet[group & 0x3f] : "=";
  }
  return text;
}
