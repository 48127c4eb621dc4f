// Masking (RFC 6455 §5.3): payload byte i is XORed with key byte i modulo 4. The same operation masks and unmasks.
// A key is one 32-bit number whose lowest byte is the first key byte, so that it can be XORed word-wise on
// little-endian views. Big-endian machines take the byte path.

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Below this, setting up a word view costs more than the words save. */
const MIN_WORD_BYTES = 48;

/** Reads four key bytes as they stand on the wire. */
export function readMaskKey(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24);
}

/** Writes four key bytes as they stand on the wire. */
export function writeMaskKey(key: number, target: Uint8Array, offset: number): void {
  target[offset] = key;
  target[offset + 1] = key >>> 8;
  target[offset + 2] = key >>> 16;
  target[offset + 3] = key >>> 24;
}

/** The key as seen by a payload byte whose offset is `phase` modulo 4. */
export function rotateMaskKey(key: number, phase: number): number {
  const bits = (phase & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** XORs `[start, end)` in place. `phase` is the payload offset of `start`, modulo 4. */
export function maskInPlace(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void {
  let at = start;
  let rotated = rotateMaskKey(key, phase);
  if (end - start >= MIN_WORD_BYTES && isLittleEndian) {
    const skew = -(bytes.byteOffset + start) & 3;
    maskBytes(bytes, start, start + skew, rotated);
    rotated = rotateMaskKey(rotated, skew);
    at = start + skew;
    // Shifts would make a negative count of 2 GiB.
    const count = Math.floor((end - at) / 4);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count);
    maskWords(words, rotated);
    at += count * 4;
  }
  maskBytes(bytes, at, end, rotated);
}

/** Four at a time, which takes half as long as one by one. */
function maskWords(words: Int32Array, key: number): void {
  let i = 0;
  for (; i + 4 <= words.length; i += 4) {
    words[i] ^= key;
    words[i + 1] ^= key;
    words[i + 2] ^= key;
    words[i + 3] ^= key;
  }
  for (; i < words.length; i++) words[i] ^= key;
}

function maskBytes(bytes: Uint8Array, start: number, end: number, key: number): void {
  for (let i = start, shift = 0; i < end; i++, shift = (shift + 8) & 31) bytes[i] ^= key >>> shift;
}
