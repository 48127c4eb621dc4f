// The compressor port over the zlib that Node carries, on the calling thread. Node's public API can reuse a compressor
// only through its thread pool (60 µs per small message) and can work synchronously only by building a new one each
// time (10 to 20 µs). The object beneath both has a synchronous call that reuses one (3 to 7 µs): `writeSync` on the
// handle. It is not documented, has been the same since Node 11, and is proven by a round trip before first use; where
// that fails `zlibEngine()` answers undefined, and connections are made without compression.

import { createDeflateRaw, createInflateRaw, constants as zlib } from "node:zlib";
import {
  type DeflaterSettings,
  type InflateOutput,
  type RawDeflateEngine,
  type RawDeflater,
  type RawInflater,
  SlidingWindow,
} from "../deflate/index.js";

/** The parts of a zlib stream that are used here. */
interface ZlibStream {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
    ): void;
    reset(): void;
    close(): void;
    onerror: (message: string, errno: number, code: string) => void;
  };
  /** Bytes of output room and of input left by the last write. */
  readonly _writeState: Uint32Array;
}

/** One step of output; also the most that is inflated before the limits are looked at. */
const STEP_BYTES = 65_536;
const step = new Uint8Array(STEP_BYTES);
/** Inflaters work in one while the last output of any of them lies in the other. */
let inflateStep = new Uint8Array(STEP_BYTES);
let lentStep = new Uint8Array(STEP_BYTES);

/** A stored block (RFC 1951 §3.2.4) as large as any window: a bit and padding, the length, its complement, the bytes. */
const STORED_HEADER_BYTES = 5;
const storedBlock = new Uint8Array(STORED_HEADER_BYTES + 32_768);

/** zlib cannot make raw streams with 8 window bits. With 9, its distances end at 512 − 262 = 250 bytes, within 256. */
const MIN_DEFLATE_BITS = 9;

/** Streams kept for reuse, per kind. With 15 window bits an inflater holds 40 KiB in zlib and up to 64 KiB beside it for
 * its window, a deflater up to 260 KiB. */
const MAX_POOLED = 8;

/** Node allocates this much output per stream, which is never used here; 64 is the least it accepts. */
const UNUSED_CHUNK_BYTES = 64;

class ZlibInflater implements RawInflater {
  isEnded = false;
  /** After a failure the stream's own reset would not give back a fresh one. */
  failure: RawInflater["failure"];
  readonly #windowBits: number;
  readonly #dictionary: Uint8Array | undefined;
  /** What the stream's window holds, for the rare peer that ends a stream and goes on referring to it: zlib has it too,
   * but Node has no call that tells. */
  readonly #window: SlidingWindow;
  #stream: ZlibStream;

  constructor(windowBits: number, dictionary: Uint8Array | undefined) {
    this.#windowBits = windowBits;
    this.#dictionary = dictionary;
    this.#window = new SlidingWindow(2 ** windowBits);
    this.#stream = this.#open();
  }

  inflate(bytes: Uint8Array, start: number, end: number, output: InflateOutput): number {
    const { _handle, _writeState } = this.#stream;
    let at = start;
    for (;;) {
      const room = inflateStep;
      _handle.writeSync(zlib.Z_SYNC_FLUSH, bytes, at, end - at, room, 0, STEP_BYTES);
      if (this.failure !== undefined) return -1;
      const made = STEP_BYTES - _writeState[0];
      at = end - _writeState[1];
      if (made > 0) {
        this.#window.append(room, 0, made);
        inflateStep = lentStep;
        lentStep = room;
        if (!output(room, 0, made)) return at;
      }
      if (made < STEP_BYTES) {
        // There was room for more, so input that is left stands behind the final block.
        this.isEnded = at < end;
        return at;
      }
    }
  }

  restart(): void {
    const { _handle } = this.#stream;
    _handle.reset();
    this.isEnded = false;
    const { bytes } = this.#window;
    const { length } = bytes;
    if (length === 0) return;
    // Inflating a stored block puts its bytes into zlib's window, at a fraction of the cost of a new stream that is given
    // a dictionary: a peer may ask for this 64 times with each message.
    storedBlock.set([0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff]);
    storedBlock.set(bytes, STORED_HEADER_BYTES);
    _handle.writeSync(zlib.Z_SYNC_FLUSH, storedBlock, 0, STORED_HEADER_BYTES + length, step, 0, STEP_BYTES);
  }

  reset(): void {
    this.#window.clear();
    this.isEnded = false;
    if (this.failure !== undefined) {
      this.#stream._handle.close();
      this.#stream = this.#open();
      this.failure = undefined;
    } else this.#stream._handle.reset();
  }

  close(): void {
    this.#stream._handle.close();
  }

  #open(): ZlibStream {
    const stream = toZlibStream(
      createInflateRaw({
        windowBits: this.#windowBits,
        chunkSize: UNUSED_CHUNK_BYTES,
        dictionary: this.#dictionary,
      }),
    );
    stream._handle.onerror = (message, errno, code) => {
      this.failure = { message, errno, code };
    };
    return stream;
  }
}

class ZlibDeflater implements RawDeflater {
  readonly #stream: ZlibStream;

  constructor(settings: DeflaterSettings) {
    const { level, memLevel, strategy, dictionary } = settings;
    const windowBits = Math.max(settings.windowBits, MIN_DEFLATE_BITS);
    this.#stream = toZlibStream(
      createDeflateRaw({
        windowBits,
        level,
        memLevel,
        strategy,
        dictionary,
        chunkSize: UNUSED_CHUNK_BYTES,
      }),
    );
  }

  deflate(bytes: Uint8Array): Uint8Array {
    const { _handle, _writeState } = this.#stream;
    const blocks: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      _handle.writeSync(zlib.Z_SYNC_FLUSH, bytes, at, bytes.length - at, step, 0, STEP_BYTES);
      const made = STEP_BYTES - _writeState[0];
      at = bytes.length - _writeState[1];
      const isDone = made < STEP_BYTES;
      if (isDone && blocks.length === 0) return step.subarray(0, made);
      blocks.push(step.slice(0, made));
      if (isDone) return Buffer.concat(blocks);
    }
  }

  reset(): void {
    this.#stream._handle.reset();
  }

  close(): void {
    this.#stream._handle.close();
  }
}

/** Reuses what connections give back, but for what was made with a dictionary, which is one connection's own. */
class ZlibEngine implements RawDeflateEngine {
  readonly #inflaters = new Map<number, ZlibInflater[]>();
  readonly #deflaters = new Map<string, ZlibDeflater[]>();

  acquireInflater(windowBits: number, dictionary?: Uint8Array): RawInflater {
    const pooled = dictionary === undefined ? this.#inflaters.get(windowBits)?.pop() : undefined;
    return pooled ?? new ZlibInflater(windowBits, dictionary);
  }

  releaseInflater(inflater: RawInflater, windowBits: number, dictionary?: Uint8Array): void {
    if (dictionary !== undefined) (inflater as ZlibInflater).close();
    else release(this.#inflaters, windowBits, inflater as ZlibInflater);
  }

  acquireDeflater(settings: DeflaterSettings): RawDeflater {
    const pooled =
      settings.dictionary === undefined ? this.#deflaters.get(poolKey(settings))?.pop() : undefined;
    return pooled ?? new ZlibDeflater(settings);
  }

  releaseDeflater(deflater: RawDeflater, settings: DeflaterSettings): void {
    if (settings.dictionary !== undefined) (deflater as ZlibDeflater).close();
    else release(this.#deflaters, poolKey(settings), deflater as ZlibDeflater);
  }
}

function poolKey({ windowBits, level, memLevel, strategy }: DeflaterSettings): string {
  return `${windowBits}/${level}/${memLevel}/${strategy ?? 0}`;
}

/** Nothing of one connection's data may be within reach of the next, so a stream is reset on its way into the pool. */
function release<K, S extends ZlibInflater | ZlibDeflater>(pools: Map<K, S[]>, key: K, stream: S): void {
  const pool = pools.get(key) ?? [];
  if (pool.length >= MAX_POOLED) {
    stream.close();
    return;
  }
  stream.reset();
  pool.push(stream);
  pools.set(key, pool);
}

function toZlibStream(stream: unknown): ZlibStream {
  return stream as ZlibStream;
}

/** Whether the undocumented call behaves here as it is used above. */
function passesRoundTrip(engine: ZlibEngine): boolean {
  try {
    const sample = Buffer.from("sluice sluice sluice");
    const settings = { windowBits: MIN_DEFLATE_BITS, level: 1, memLevel: 1 };
    const deflater = engine.acquireDeflater(settings);
    const packed = deflater.deflate(sample).slice();
    const inflater = engine.acquireInflater(MIN_DEFLATE_BITS);
    let isSame = false;
    inflater.inflate(packed, 0, packed.length, (bytes, start, end) => {
      isSame = sample.equals(bytes.subarray(start, end));
      return true;
    });
    engine.releaseDeflater(deflater, settings);
    engine.releaseInflater(inflater, MIN_DEFLATE_BITS);
    return isSame;
  } catch {
    return false;
  }
}

let shared: RawDeflateEngine | null | undefined;

/** The process's compressor, or undefined where this Node offers no synchronous one that can be reused. */
export function zlibEngine(): RawDeflateEngine | undefined {
  if (shared === undefined) {
    const engine = new ZlibEngine();
    shared = passesRoundTrip(engine) ? engine : null;
  }
  return shared ?? undefined;
}
