import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { nodeEngine, sharedReadBuffer } from "#src/host/index.js";
import { pureEngine } from "#src/protocol/index.js";
import { seeded } from "../../support/property-seed.js";

const keys = [0, 0x3d21fa37, -1, 0x80000000 | 0, 0x000000ff];

function pattern(length: number, isAscii: boolean): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 197 + 31) & (isAscii ? 0x7f : 0xff));
}

/** Places where payloads lie: memory of their own, a view into a larger block, and the shared read memory. */
function places(length: number, alignment: number): Uint8Array[] {
  return [
    new Uint8Array(length + 16),
    new Uint8Array(length + 64).subarray(alignment + 3, alignment + 19 + length),
    sharedReadBuffer.subarray(alignment, alignment + length + 16),
  ];
}

function assertUnmasksLikePure(
  length: number,
  alignment: number,
  key: number,
  phase: number,
  isAscii: boolean,
): void {
  const expected = new Uint8Array(length + 16).fill(0xee);
  expected.set(pattern(length, isAscii), 5);
  pureEngine.unmask(expected, 5, 5 + length, key, phase);
  for (const [i, place] of places(length, alignment).entries()) {
    place.fill(0xee);
    place.set(pattern(length, isAscii), 5);
    const answer = nodeEngine.unmask(place, 5, 5 + length, key, phase);
    const context = `${length} bytes, alignment ${alignment}, key ${key}, phase ${phase}, place ${i}`;
    assert.ok(Buffer.compare(place, expected) === 0, context);
    assert.equal(
      answer,
      expected.subarray(5, 5 + length).every((byte) => byte < 0x80),
      context,
    );
  }
}

describe("node engine", () => {
  test("unmasks what the pure engine unmasks, at every length up to 80, alignment and phase", () => {
    for (let length = 0; length <= 80; length++) {
      for (let alignment = 0; alignment < 8; alignment += 3) {
        for (const key of keys) {
          for (let phase = 0; phase < 4; phase++) {
            assertUnmasksLikePure(length, alignment, key, phase, true);
            assertUnmasksLikePure(length, alignment, key, phase, false);
          }
        }
      }
    }
  });

  test("unmasks long payloads, and sees the only byte that is not ASCII wherever it stands", () => {
    for (const length of [1000, 65_536, 200_000]) assertUnmasksLikePure(length, 1, 0x3d21fa37, 3, false);
    for (const place of places(100, 1)) {
      for (let at = 0; at < 100; at++) {
        for (const key of [0, 0x3d21fa37]) {
          place.fill(0x61);
          place[at] = 0x80;
          // Masked first, so that unmasking gives these bytes.
          pureEngine.unmask(place, 0, 100, key, 0);
          assert.equal(nodeEngine.unmask(place, 0, 100, key, 0), false, `byte ${at}`);
        }
      }
      place.fill(0x61);
      assert.equal(nodeEngine.unmask(place, 0, 100, 0, 0), true);
    }
  });

  test("judges, counts, writes and reads UTF-8 as the pure engine does", (t) => {
    const property = fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 9 }), (text, offset) => {
      const length = nodeEngine.byteLength(text);
      assert.equal(length, pureEngine.byteLength(text));
      const bytes = new Uint8Array(length + 20).fill(0xee);
      const expected = new Uint8Array(length + 20).fill(0xee);
      nodeEngine.encode(text, bytes, offset, length);
      pureEngine.encode(text, expected, offset, length);
      assert.deepEqual(bytes, expected);
      assert.ok(nodeEngine.isUtf8(bytes, offset, offset + length));
      const decoded = nodeEngine.decodeUtf8(bytes, offset, offset + length);
      assert.equal(decoded, pureEngine.decodeUtf8(bytes, offset, offset + length));
      // In a regular expression with the u flag, a surrogate by itself is a lone one.
      assert.equal(decoded, text.replace(/\p{Surrogate}/gu, "\ufffd"));
    });
    fc.assert(property, seeded(t, 1000));
  });

  test("turns lone surrogates into U+FFFD, and keeps a byte order mark", () => {
    for (const [text, expected] of [
      ["\ud800", "\ufffd"],
      ["a\udc00b", "a\ufffdb"],
      ["\ufeffx", "\ufeffx"],
    ]) {
      const length = nodeEngine.byteLength(text);
      const bytes = new Uint8Array(length);
      nodeEngine.encode(text, bytes, 0, length);
      assert.equal(nodeEngine.decodeUtf8(bytes, 0, length), expected);
    }
  });

  test("refuses what is not UTF-8, as the pure engine does", (t) => {
    const property = fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      assert.equal(nodeEngine.isUtf8(bytes, 0, bytes.length), pureEngine.isUtf8(bytes, 0, bytes.length));
    });
    fc.assert(property, seeded(t, 5000));
  });

  test("reads ASCII from any memory", () => {
    for (const place of places(11, 2)) {
      place.set(Buffer.from("hello world"), 4);
      assert.equal(nodeEngine.decodeAscii(place, 4, 15), "hello world");
      assert.equal(nodeEngine.decodeAscii(place, 4, 4), "");
    }
  });

  for (const length of [0, 4, 8191, 8192, 100_000]) {
    test(`copies ${length} bytes into memory that belongs to the copy alone`, () => {
      for (const place of [...places(length + 4, 1), Buffer.alloc(length + 4)]) {
        for (let i = 0; i < length; i++) place[i + 2] = i * 7;
        const expected = Uint8Array.from({ length }, (_, i) => i * 7);
        const copy = nodeEngine.copy(place, 2, length + 2);
        place.fill(0xee);
        assert.deepEqual(new Uint8Array(copy), expected);
        assert.equal(copy.buffer.byteLength, length);
      }
    });
  }
});
