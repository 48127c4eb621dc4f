// RFC 4648 §4, the encoding direction: what keys, accept values and Basic credentials are written in.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 0x3d;
/** Bytes that are made a text at once: adding up characters leaves as many texts behind. */
const STEP_BYTES = 3072;

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    text += encodeStep(bytes, at, Math.min(bytes.length, at + STEP_BYTES));
  }
  return text;
}

function encodeStep(bytes: Uint8Array, start: number, end: number): string {
  const codes = new Array<number>(Math.ceil((end - start) / 3) * 4);
  for (let i = start, at = 0; i < end; i += 3) {
    const left = end - i;
    // A byte past the end reads as undefined, which the shifts take for 0.
    const group = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    codes[at++] = digit(group >> 18);
    codes[at++] = digit(group >> 12);
    codes[at++] = left > 1 ? digit(group >> 6) : PADDING;
    codes[at++] = left > 2 ? digit(group) : PADDING;
  }
  return String.fromCharCode(...codes);
}

function digit(bits: number): number {
  return alphabet.charCodeAt(bits & 0x3f);
}
