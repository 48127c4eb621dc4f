/** The pieces as one block of their own. */
export function concatBytes(...pieces: readonly Uint8Array[]): Uint8Array {
  let byteLength = 0;
  for (const piece of pieces) byteLength += piece.length;
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
