import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChunkStore } from "#src/host/chunk-store.js";

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
        const store = new ChunkStore();
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
    const store = new ChunkStore();
    const whole = read(...new Array(4096).fill(1));
    store.append(whole, 0, 4096, 4096);
    assert.equal(store.bytes.buffer, whole.buffer);
    const mostlyOthers = read(...new Array(4096).fill(2));
    store.append(mostlyOthers, 0, 2000, 2000);
    mostlyOthers.fill(3);
    assert.deepEqual(store.take().subarray(4096), Buffer.alloc(2000, 2));
  });

  test("copies small pieces into one block, however many there are", () => {
    const store = new ChunkStore();
    const before = process.memoryUsage().heapUsed;
    const one = read(7);
    for (let i = 0; i < 200_000; i++) store.append(one, 0, 1, 1);
    assert.ok(process.memoryUsage().heapUsed - before < 8_000_000);
    assert.equal(store.take().length, 200_000);
  });

  test("forgets what it is told to", () => {
    const store = new ChunkStore();
    store.append(read(1, 2, 3), 0, 3, 3);
    store.clear();
    store.append(read(4), 0, 1, 1);
    assert.deepEqual([...store.take()], [4]);
  });
});
