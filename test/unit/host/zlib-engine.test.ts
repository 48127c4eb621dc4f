import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inflateRawSync, constants as zlib } from "node:zlib";
import type { DeflaterSettings, RawDeflateEngine, RawInflater } from "#src/deflate/index.js";
import { zlibEngine } from "#src/host/index.js";

const settings: DeflaterSettings = { windowBits: 15, level: 3, memLevel: 8 };
const flushed = [0x00, 0x00, 0xff, 0xff];

function getEngine(): RawDeflateEngine {
  const engine = zlibEngine();
  assert.ok(engine !== undefined);
  return engine;
}

/** Bytes that no compressor makes smaller. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >>> 24;
  });
}

function inflateAll(inflater: RawInflater, bytes: Uint8Array): { at: number; parts: Uint8Array[] } {
  const parts: Uint8Array[] = [];
  const at = inflater.inflate(bytes, 0, bytes.length, (made, start, end) => {
    parts.push(made.slice(start, end));
    return true;
  });
  return { at, parts };
}

function reference(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(inflateRawSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH }));
}

describe("zlib engine", () => {
  test("is one for the process", () => {
    assert.equal(zlibEngine(), zlibEngine());
  });

  test("deflates to a byte boundary: the result ends with 00 00 ff ff", () => {
    const engine = getEngine();
    const deflater = engine.acquireDeflater(settings);
    for (const length of [1, 5, 1000, 200_000]) {
      const bytes = deflater.deflate(new Uint8Array(length));
      assert.deepEqual(Array.from(bytes.slice(-4)), flushed);
    }
    engine.releaseDeflater(deflater, settings);
  });

  test("deflates whatever fills its steps exactly, and ends such results like all others", () => {
    const engine = getEngine();
    const stored: DeflaterSettings = { ...settings, level: 0 };
    // Stored blocks cost five bytes each and the flush five more: some of these lengths make 65 536 bytes or 131 072.
    for (let length = 65_500; length <= 65_540; length++) {
      for (const bytes of [noise(length), noise(65_536 + length)]) {
        const deflater = engine.acquireDeflater(stored);
        const deflated = deflater.deflate(bytes).slice();
        assert.deepEqual(Array.from(deflated.slice(-4)), flushed, `${bytes.length} bytes`);
        assert.deepEqual(reference(deflated), bytes);
        const next = deflater.deflate(Uint8Array.of(1, 2, 3));
        assert.deepEqual(Array.from(next.slice(-4)), flushed, `behind ${bytes.length} bytes`);
        engine.releaseDeflater(deflater, stored);
      }
    }
  });

  test("deflates nothing to nothing when nothing went in since the last flush", () => {
    const engine = getEngine();
    const deflater = engine.acquireDeflater(settings);
    deflater.deflate(Uint8Array.of(1));
    assert.equal(deflater.deflate(new Uint8Array(0)).length, 0);
    engine.releaseDeflater(deflater, settings);
  });

  test("inflates in steps of at most 65 536 bytes, and says where it stopped", () => {
    const engine = getEngine();
    const deflater = engine.acquireDeflater(settings);
    const inflater = engine.acquireInflater(15);
    for (const length of [1, 65_535, 65_536, 65_537, 131_072, 300_000]) {
      const bytes = noise(length);
      const deflated = deflater.deflate(bytes).slice();
      const { at, parts } = inflateAll(inflater, deflated);
      assert.equal(at, deflated.length);
      assert.ok(parts.every((part) => part.length > 0 && part.length <= 65_536));
      assert.deepEqual(Uint8Array.from(Buffer.concat(parts)), bytes);
    }
    engine.releaseInflater(inflater, 15);
    engine.releaseDeflater(deflater, settings);
  });

  test("stops consuming at a final block until it is restarted", () => {
    const inflater = getEngine().acquireInflater(15);
    // A final block with "Hello", and bytes behind it.
    const bytes = Uint8Array.of(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xf2, 0x48, 0x05, 0x00);
    const first = inflateAll(inflater, bytes);
    assert.equal(Buffer.concat(first.parts).toString(), "Hello");
    assert.equal(first.at, 7);
    assert.ok(inflater.isEnded);
    assert.equal(inflateAll(inflater, bytes.subarray(7)).at, 0);
    inflater.restart();
    assert.ok(!inflater.isEnded);
    const second = inflateAll(inflater, bytes.subarray(7));
    assert.equal(Buffer.concat(second.parts).toString(), "He");
    assert.equal(second.at, 4);
    getEngine().releaseInflater(inflater, 15);
  });

  test("answers -1 for what is no DEFLATE data, also later on, until it serves another connection", () => {
    const engine = getEngine();
    const inflater = engine.acquireInflater(15);
    assert.equal(inflateAll(inflater, Uint8Array.of(0x07)).at, -1);
    assert.equal(inflateAll(inflater, Uint8Array.of(0xf3, 0x48, 0x05, 0x00)).at, -1);
    engine.releaseInflater(inflater, 15);
    const next = engine.acquireInflater(15);
    assert.equal(
      Buffer.concat(inflateAll(next, Uint8Array.of(0xf2, 0x48, 0x05, 0x00)).parts).toString(),
      "He",
    );
    engine.releaseInflater(next, 15);
  });

  test("stops when the output says so", () => {
    const engine = getEngine();
    const deflater = engine.acquireDeflater(settings);
    const deflated = deflater.deflate(new Uint8Array(1_000_000)).slice();
    engine.releaseDeflater(deflater, settings);
    const inflater = engine.acquireInflater(15);
    let calls = 0;
    inflater.inflate(deflated, 0, deflated.length, () => {
      calls++;
      return false;
    });
    assert.equal(calls, 1);
    engine.releaseInflater(inflater, 15);
  });

  test("keeps compressors of different settings apart, and reuses those of the same", () => {
    const engine = getEngine();
    const small: DeflaterSettings = { windowBits: 9, level: 1, memLevel: 1 };
    const one = engine.acquireDeflater(small);
    engine.releaseDeflater(one, small);
    for (const other of [
      { ...small, windowBits: 8 },
      { ...small, level: 2 },
      { ...small, memLevel: 2 },
    ]) {
      const deflater = engine.acquireDeflater(other);
      assert.notEqual(deflater, one);
      engine.releaseDeflater(deflater, other);
    }
    assert.equal(engine.acquireDeflater(small), one);
    const inflater = engine.acquireInflater(11);
    engine.releaseInflater(inflater, 11);
    assert.notEqual(engine.acquireInflater(12), inflater);
    assert.equal(engine.acquireInflater(11), inflater);
  });

  test("keeps at most eight of a kind for reuse", () => {
    const engine = getEngine();
    const lent = Array.from({ length: 20 }, () => engine.acquireInflater(10));
    for (const inflater of lent) engine.releaseInflater(inflater, 10);
    const again = Array.from({ length: 20 }, () => engine.acquireInflater(10));
    assert.equal(again.filter((inflater) => lent.includes(inflater)).length, 8);
  });
});
