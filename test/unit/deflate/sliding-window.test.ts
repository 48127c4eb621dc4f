import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SlidingWindow } from "#src/deflate/index.js";
import { heldBytesEach } from "../../support/held-memory.js";
import { seeded } from "../../support/property-seed.js";

describe("sliding window", () => {
  test("is empty at first, and holds what was put in while that fits", () => {
    const window = new SlidingWindow(8);
    assert.deepEqual(window.bytes, new Uint8Array(0));
    window.append(Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
    window.append(Uint8Array.of(4, 5), 0, 2);
    assert.deepEqual(window.bytes, Uint8Array.of(1, 2, 3, 4, 5));
  });

  test("keeps the last bytes when more come than it holds, in one piece or in many", () => {
    const whole = new SlidingWindow(8);
    whole.append(
      Uint8Array.from({ length: 20 }, (_, i) => i),
      0,
      20,
    );
    const pieces = new SlidingWindow(8);
    for (let i = 0; i < 20; i++) pieces.append(Uint8Array.of(i), 0, 1);
    const last = Uint8Array.of(12, 13, 14, 15, 16, 17, 18, 19);
    assert.deepEqual(whole.bytes, last);
    assert.deepEqual(pieces.bytes, last);
  });

  test("keeps its own copy", () => {
    const window = new SlidingWindow(8);
    const bytes = Uint8Array.of(1, 2, 3);
    window.append(bytes, 0, 3);
    bytes.fill(0xee);
    assert.deepEqual(window.bytes, Uint8Array.of(1, 2, 3));
  });

  test("shows nothing of what it held before it was cleared", () => {
    const window = new SlidingWindow(8);
    window.append(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 0, 8);
    window.clear();
    assert.equal(window.bytes.length, 0);
    window.append(Uint8Array.of(9), 0, 1);
    assert.deepEqual(window.bytes, Uint8Array.of(9));
  });

  test("takes memory by what was put in, until it is twice its size", () => {
    const size = 32_768;
    const window = new SlidingWindow(size);
    for (let put = 100; put <= 4 * size; put += 100) {
      window.append(new Uint8Array(100), 0, 100);
      const bound = Math.min(2 * size, Math.max(1024, 2 * put));
      const { byteLength } = window.bytes.buffer;
      assert.ok(byteLength <= bound, `${byteLength} bytes for ${put}, ${bound} are allowed`);
    }
  });

  test("really holds no more than that, one by one or in pieces beyond its size", () => {
    const pieces = [new Uint8Array(1), new Uint8Array(5000), new Uint8Array(1_000_000)];
    for (const piece of pieces) {
      const held = heldBytesEach(256, () => {
        const window = new SlidingWindow(32_768);
        for (let put = 0; put < 70_000; put += piece.length) window.append(piece, 0, piece.length);
        return window;
      });
      assert.ok(held <= 2 * 32_768 + 4096, `${held} bytes for pieces of ${piece.length}`);
    }
  });

  test("equals the end of everything appended, for any sizes, within twice its size of memory", (t) => {
    const pieceLengths = fc.array(fc.nat({ max: 700 }), { maxLength: 60 });
    const property = fc.property(fc.constantFrom(1, 7, 256, 512), pieceLengths, (size, lengths) => {
      const window = new SlidingWindow(size);
      const all: number[] = [];
      for (const length of lengths) {
        const piece = Uint8Array.from({ length }, (_, i) => (all.length + i) & 255);
        window.append(piece, 0, length);
        all.push(...piece);
        assert.deepEqual(window.bytes, Uint8Array.from(all.slice(-size)));
        assert.ok(window.bytes.buffer.byteLength <= 2 * size);
      }
    });
    fc.assert(property, seeded(t, 200));
  });
});
