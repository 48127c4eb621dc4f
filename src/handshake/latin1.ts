// Bytes to text and back, one character per byte. A message head has no other encoding on the wire.

/** The text of a range, U+0000 to U+00FF. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  const { fromCharCode } = String;
  let text = "";
  let i = start;
  // Eight per call: measured faster than one per call (3x) and than `apply` over a subarray.
  for (; i + 8 <= end; i += 8) {
    text += fromCharCode(
      bytes[i],
      bytes[i + 1],
      bytes[i + 2],
      bytes[i + 3],
      bytes[i + 4],
      bytes[i + 5],
      bytes[i + 6],
      bytes[i + 7],
    );
  }
  for (; i < end; i++) text += fromCharCode(bytes[i]);
  return text;
}

/** Writes text of U+0000 to U+00FF; the caller has checked the range. */
export function encodeLatin1(text: string, target: Uint8Array, offset: number): void {
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i);
}
