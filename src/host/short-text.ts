// Texts of a few characters, for which a call into native code costs more than the work. The engine compiles a call of
// `fromCharCode` with so many arguments to loads and one string; what stands behind the end is cut off again, without a
// copy.

/** Bytes that `decodeShortAscii` takes. */
export const SHORT_BYTES = 24;
/** Characters that `encodeShortAscii` is quicker for. */
export const SHORT_CHARS = 32;

const { fromCharCode } = String;

/** The range, of at most `SHORT_BYTES` ASCII bytes, as a string. */
export function decodeShortAscii(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  const text =
    length <= 8 ? decode8(bytes, start) : length <= 16 ? decode16(bytes, start) : decode24(bytes, start);
  return text.slice(0, length);
}

/** Writes a text that is all ASCII. */
export function encodeShortAscii(text: string, target: Uint8Array, offset: number): void {
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i);
}

function decode8(b: Uint8Array, i: number): string {
  return fromCharCode(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7]);
}

// biome-ignore format: rows of eight
function decode16(b: Uint8Array, i: number): string {
  return fromCharCode(
    b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7],
    b[i + 8], b[i + 9], b[i + 10], b[i + 11], b[i + 12], b[i + 13], b[i + 14], b[i + 15],
  );
}

// biome-ignore format: rows of eight
function decode24(b: Uint8Array, i: number): string {
  return fromCharCode(
    b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7],
    b[i + 8], b[i + 9], b[i + 10], b[i + 11], b[i + 12], b[i + 13], b[i + 14], b[i + 15],
    b[i + 16], b[i + 17], b[i + 18], b[i + 19], b[i + 20], b[i + 21], b[i + 22], b[i + 23],
  );
}
