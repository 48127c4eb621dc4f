// A second opinion on DEFLATE (RFC 1951): decodes a raw stream symbol by symbol, and reports how far back its matches
// reach, which is what a window of limited size depends on. Slow and small; the tests' own, with nothing of zlib in it.

export interface DeflateWalk {
  bytes: Uint8Array;
  /** The farthest that any match reaches back; 0 without matches. */
  maxDistance: number;
  blocks: { type: "stored" | "fixed" | "dynamic"; isFinal: boolean; byteLength: number }[];
}

/** Length codes 257 to 285: the base length and the extra bits (RFC 1951 §3.2.5). */
const lengthBases = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99];
lengthBases.push(115, 131, 163, 195, 227, 258);
const lengthExtras = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
/** RFC 1951 §3.2.7: the order in which the lengths of the code length codes stand. */
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bits left, from the next bit to the end of the bytes. */
  get left(): number {
    return this.#bytes.length * 8 - this.#at;
  }

  bit(): number {
    if (this.left === 0) throw new Error("the stream ends in the middle of a block");
    const bit = (this.#bytes[this.#at >> 3] >> (this.#at & 7)) & 1;
    this.#at++;
    return bit;
  }

  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value |= this.bit() << i;
    return value;
  }

  alignToByte(): void {
    this.#at = (this.#at + 7) & ~7;
  }
}

/** A Huffman code by its canonical order (RFC 1951 §3.2.2). */
class HuffmanCode {
  readonly #symbols = new Map<number, number>();

  constructor(lengths: number[]) {
    let code = 0;
    for (let length = 1; length <= 15; length++) {
      lengths.forEach((symbolLength, symbol) => {
        // A leading 1 keeps codes of different lengths apart.
        if (symbolLength === length) this.#symbols.set((1 << length) | code++, symbol);
      });
      code <<= 1;
    }
  }

  read(reader: BitReader): number {
    let code = 1;
    for (let length = 1; length <= 15; length++) {
      code = (code << 1) | reader.bit();
      const symbol = this.#symbols.get(code);
      if (symbol !== undefined) return symbol;
    }
    throw new Error("no symbol has this code");
  }
}

const fixedLiterals = new HuffmanCode(
  Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const fixedDistances = new HuffmanCode(Array(30).fill(5));

function readDynamicCodes(reader: BitReader): [HuffmanCode, HuffmanCode] {
  const literalCount = reader.bits(5) + 257;
  const distanceCount = reader.bits(5) + 1;
  const codeLengthCount = reader.bits(4) + 4;
  const codeLengths: number[] = Array(19).fill(0);
  for (let i = 0; i < codeLengthCount; i++) codeLengths[codeLengthOrder[i]] = reader.bits(3);
  const codeLengthCode = new HuffmanCode(codeLengths);
  const lengths: number[] = [];
  while (lengths.length < literalCount + distanceCount) {
    const symbol = codeLengthCode.read(reader);
    if (symbol < 16) lengths.push(symbol);
    else if (symbol === 16) lengths.push(...Array(reader.bits(2) + 3).fill(lengths.at(-1)));
    else lengths.push(...Array(reader.bits(symbol === 17 ? 3 : 7) + (symbol === 17 ? 3 : 11)).fill(0));
  }
  return [new HuffmanCode(lengths.slice(0, literalCount)), new HuffmanCode(lengths.slice(literalCount))];
}

function readDistance(reader: BitReader, code: HuffmanCode): number {
  const symbol = code.read(reader);
  if (symbol < 4) return symbol + 1;
  const extra = (symbol >> 1) - 1;
  return ((2 + (symbol & 1)) << extra) + reader.bits(extra) + 1;
}

/** Answers the farthest distance in the block. */
function readSymbols(
  reader: BitReader,
  literals: HuffmanCode,
  distances: HuffmanCode,
  output: number[],
): number {
  let maxDistance = 0;
  for (;;) {
    const symbol = literals.read(reader);
    if (symbol === 256) return maxDistance;
    if (symbol < 256) {
      output.push(symbol);
      continue;
    }
    const length = lengthBases[symbol - 257] + reader.bits(lengthExtras[symbol - 257]);
    const distance = readDistance(reader, distances);
    if (distance > output.length)
      throw new Error(`a match reaches back ${distance} of ${output.length} bytes`);
    maxDistance = Math.max(maxDistance, distance);
    for (let i = 0; i < length; i++) output.push(output[output.length - distance]);
  }
}

function readStored(reader: BitReader, output: number[]): void {
  reader.alignToByte();
  const length = reader.bits(16);
  if ((reader.bits(16) ^ 0xffff) !== length)
    throw new Error("a stored block's length and its complement differ");
  for (let i = 0; i < length; i++) output.push(reader.bits(8));
}

/** Decodes blocks until a final one, or until less than a byte is left. Throws for what is no DEFLATE data. */
export function walkDeflate(stream: Uint8Array): DeflateWalk {
  const reader = new BitReader(stream);
  const output: number[] = [];
  const walk: DeflateWalk = { bytes: new Uint8Array(0), maxDistance: 0, blocks: [] };
  for (let isFinal = false; !isFinal && reader.left >= 8; ) {
    isFinal = reader.bit() === 1;
    const type = (["stored", "fixed", "dynamic"] as const).at(reader.bits(2));
    if (type === undefined) throw new Error("a block has the reserved type");
    const start = output.length;
    if (type === "stored") readStored(reader, output);
    else {
      const codes = type === "fixed" ? ([fixedLiterals, fixedDistances] as const) : readDynamicCodes(reader);
      walk.maxDistance = Math.max(walk.maxDistance, readSymbols(reader, ...codes, output));
    }
    walk.blocks.push({ type, isFinal, byteLength: output.length - start });
  }
  walk.bytes = Uint8Array.from(output);
  return walk;
}
