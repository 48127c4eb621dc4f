// Both ends of a permessage-deflate agreement, over the real compressor, and data that makes windows matter.

import assert from "node:assert/strict";
import { constants, deflateRawSync } from "node:zlib";
import {
  type DeflateOptions,
  type DeflateParameters,
  PerMessageDeflate,
  type RawDeflateEngine,
} from "#src/deflate/index.js";
import { zlibEngine } from "#src/host/index.js";

/** An empty stored block without its tail: what a sender adds behind a final block (RFC 7692 §7.2.3.4). */
export const emptyBlock = Uint8Array.of(0x00);
export const nothing = new Uint8Array(0);

/** The four bytes that end each message inside DEFLATE, and that are never sent (RFC 7692 §7.2.1). */
export const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

export const defaultParameters: DeflateParameters = {
  clientMaxWindowBits: 15,
  serverMaxWindowBits: 15,
  clientNoContextTakeover: false,
  serverNoContextTakeover: false,
};

export function realEngine(): RawDeflateEngine {
  const engine = zlibEngine();
  assert.ok(engine !== undefined, "this Node has the synchronous compressor");
  return engine;
}

export interface CodecPair {
  client: PerMessageDeflate;
  server: PerMessageDeflate;
}

export function createCodecPair(
  parameters: Partial<DeflateParameters> = {},
  options: DeflateOptions = {},
  engine: RawDeflateEngine = realEngine(),
): CodecPair {
  const agreed = { ...defaultParameters, ...parameters };
  return {
    client: new PerMessageDeflate("client", agreed, options, engine),
    server: new PerMessageDeflate("server", agreed, options, engine),
  };
}

/** Both ends, disposed of at the end of the call. */
export function withCodecPair(
  use: (pair: CodecPair) => void,
  parameters?: Partial<DeflateParameters>,
  options?: DeflateOptions,
  engine?: RawDeflateEngine,
): void {
  const pair = createCodecPair(parameters, options, engine);
  try {
    use(pair);
  } finally {
    pair.client.dispose();
    pair.server.dispose();
  }
}

/** One compressed message as the codec sends it, in a block of its own. */
export function encodeWhole(codec: PerMessageDeflate, payload: Uint8Array): Uint8Array {
  return codec.encode(payload, true).slice();
}

/** The message inflated, or undefined when the codec calls it invalid. Each piece is lent inside a larger block. */
export function decodeWhole(codec: PerMessageDeflate, ...pieces: Uint8Array[]): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  const keep = (bytes: Uint8Array, start: number, end: number): boolean => {
    parts.push(bytes.slice(start, end));
    return true;
  };
  for (const piece of pieces) {
    const block = new Uint8Array(piece.length + 8).fill(0xee);
    block.set(piece, 3);
    if (codec.decode(block, 3, 3 + piece.length, false, keep) < 0) return undefined;
  }
  if (codec.decode(new Uint8Array(0), 0, 0, true, keep) < 0) return undefined;
  return join(parts);
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** A small generator with a fixed beginning, so that a failure repeats. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Incompressible pieces, and copies of what stood before at every distance up to 40 000. */
export function repetitiveBytes(length: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const count = Math.min(length - at, 4 + Math.floor(random() * 60));
    const distance = 1 + Math.floor(Math.min(at, 40_000) ** random());
    if (at > distance && random() < 0.7)
      for (let i = 0; i < count; i++) bytes[at + i] = bytes[at + i - distance];
    else for (let i = 0; i < count; i++) bytes[at + i] = random() * 256;
    at += count;
  }
  return bytes;
}

/** A whole stream that ends with a final block (BFINAL), as a peer may send it; it may refer to `dictionary`. */
export function finalStream(payload: Uint8Array, dictionary?: Uint8Array): Uint8Array {
  return Uint8Array.from(deflateRawSync(payload, dictionary?.length ? { dictionary } : {}));
}

/** A stream of blocks that are not final, without its last four bytes; it may refer to `dictionary`. */
export function openStream(payload: Uint8Array, dictionary?: Uint8Array): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  const bytes = deflateRawSync(payload, dictionary?.length ? { ...options, dictionary } : options);
  return Uint8Array.from(bytes.subarray(0, -tail.length));
}
