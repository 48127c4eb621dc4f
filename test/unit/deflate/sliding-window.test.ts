import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SlidingWindow } from "#src/deflate/index.js";
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
