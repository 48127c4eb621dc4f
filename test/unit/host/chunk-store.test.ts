import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChunkStore } from "#src/host/chunk-store.js";
import { pureEngine, rotateMaskKey } from "#src/protocol/index.js";

const KEY = 0x0badcafe;

function openStore(): ChunkStore {
  return new ChunkStore(pureEngine.unmask);
}

/** The bytes of a frame as they come: masked. */
function masked(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes.slice().buffer);
  pureEngine.unmask(copy, 0, copy.length, KEY, 0);
  return copy;
}

/** A read of a socket: a Buffer with memory of its own. */
function read(...bytes: number[]): Buffer {
  return Buffer.from(Uint8Array.from(bytes).buffer);
}

describe("ChunkStore", () => {
  test("holds what was put in, in order, whatever it came as", () => {
    const pieces = fc.array(
      fc.record({
        bytes: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        isRead: fc.boolean(),
        cut: fc.nat(100),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, (list) => {
        const store = openStore();
        const expected: Uint8Array[] = [];
        for (const { bytes, isRead, cut } of list) {
          const start = Math.min(cut, bytes.length);
          const piece = isRead ? Buffer.from(bytes.slice().buffer) : bytes;
          store.append(piece, start, bytes.length, bytes.length - start);
          expected.push(bytes.subarray(start));
          assert.deepEqual(Buffer.from(store.bytes), Buffer.concat(expected));
        }
        assert.equal(store.length, Buffer.concat(expected).length);
        assert.deepEqual(Buffer.from(store.take()), Buffer.concat(expected));
        assert.equal(store.length, 0);
        assert.equal(store.bytes.length, 0);
      }),
    );
  });

  test("keeps a read that is mostly the message's where it lies, and copies the rest of one", () => {
    const store = openStore();
    const whole = read(...new Array(4096).fill(1));
    store.append(whole, 0, 4096, 4096);
    assert.equal(store.bytes.buffer, whole.buffer);
    const mostlyOthers = read(...new Array(4096).fill(2));
    store.append(mostlyOthers, 0, 2000, 2000);
    mostlyOthers.fill(3);
    assert.deepEqual(store.take().subarray(4096), Buffer.alloc(2000, 2));
  });

  test("copies small pieces into one block, however many there are", () => {
    const store = openStore();
    const before = process.memoryUsage().heapUsed;
    const one = read(7);
    for (let i = 0; i < 200_000; i++) store.append(one, 0, 1, 1);
    assert.ok(process.memoryUsage().heapUsed - before < 8_000_000);
    assert.equal(store.take().length, 200_000);
  });

  test("unmasks the pieces of a large frame on their way in, wherever it is cut, and leaves them as they came", () => {
    const scenario = fc.record({
      prefix: fc.nat(3000),
      length: fc.integer({ min: 1, max: 400_000 }),
      cuts: fc.array(fc.nat(400_000), { maxLength: 8 }),
      odd: fc.option(fc.nat(399_999)),
    });
    fc.assert(
      fc.property(scenario, ({ prefix, length, cuts, odd }) => {
        const store = openStore();
        store.append(new Uint8Array(prefix).fill(1), 0, prefix, prefix);
        const plain = new Uint8Array(length).fill(0x41);
        if (odd !== null && odd < length) plain[odd] = 0xc3;
        const bytes = masked(plain);
        const ends = [...new Set([...cuts.map((cut) => cut % length), length])].toSorted((a, b) => a - b);
        let start = 0;
        for (const end of ends) {
          const piece = Buffer.from(bytes.subarray(start, end));
          const key = rotateMaskKey(KEY, start & 3);
          const isAscii = !plain.subarray(start, end).includes(0xc3);
          const said = store.appendMasked(piece, 0, piece.length, length - start, key);
          assert.deepEqual(piece, bytes.subarray(start, end));
          assert.ok(said !== undefined || piece.length < 16_384);
          if (said !== undefined) assert.equal(said, isAscii);
          else {
            pureEngine.unmask(piece, 0, piece.length, key, 0);
            store.append(piece, 0, piece.length, length - start);
          }
          start = end;
          assert.equal(store.length, prefix + start);
        }
        assert.ok(Buffer.concat([new Uint8Array(prefix).fill(1), plain]).equals(store.take()));
      }),
    );
  });

  test("sets aside at most four times what has arrived of a large frame", () => {
    const store = openStore();
    const arrived = 20_000;
    store.appendMasked(masked(new Uint8Array(arrived)), 0, arrived, 2 ** 30, KEY);
    assert.ok(store.bytes.buffer.byteLength <= 4 * arrived);
    assert.equal(store.length, arrived);
  });

  test("has a large frame of which a quarter came at once in one block of its size", () => {
    const store = openStore();
    const piece = masked(new Uint8Array(50_000).fill(7));
    for (let i = 0; i < 4; i++) store.appendMasked(piece, 0, 50_000, 200_000 - i * 50_000, KEY);
    const taken = store.take();
    assert.equal(taken.buffer.byteLength, 200_000);
    assert.ok(taken.every((byte) => byte === 7));
  });

  test("forgets what it is told to", () => {
    const store = openStore();
    store.append(read(1, 2, 3), 0, 3, 3);
    store.clear();
    store.append(read(4), 0, 1, 1);
    assert.deepEqual([...store.take()], [4]);
  });
});
