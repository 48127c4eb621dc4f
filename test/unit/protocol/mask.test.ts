import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { maskInPlace, readMaskKey, rotateMaskKey, writeMaskKey } from "#src/protocol/index.js";

const keys = [Uint8Array.of(0x37, 0xfa, 0x21, 0x3d), Uint8Array.of(0xff, 0x80, 0x00, 0x01)];

/** RFC 6455 §5.3, byte by byte. */
function maskedSlowly(bytes: Uint8Array, key: Uint8Array, phase: number): Uint8Array {
  return bytes.map((byte, i) => byte ^ key[(i + phase) % 4]);
}

function patternBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 197 + 31) & 255);
}

function assertMasks(length: number, alignment: number, phase: number, key: Uint8Array): void {
  const payload = patternBytes(length);
  const block = new Uint8Array(alignment + length + 9).fill(0xee);
  block.set(payload, alignment);
  maskInPlace(block, alignment, alignment + length, readMaskKey(key, 0), phase);
  const expected = new Uint8Array(block.length).fill(0xee);
  expected.set(maskedSlowly(payload, key, phase), alignment);
  assert.deepEqual(block, expected, `length ${length}, alignment ${alignment}, phase ${phase}`);
}

describe("mask", () => {
  test("equals a byte loop for every length up to 130 at every alignment and phase", () => {
    for (const key of keys) {
      for (let length = 0; length <= 130; length++) {
        for (let alignment = 0; alignment < 8; alignment++) {
          for (let phase = 0; phase < 4; phase++) assertMasks(length, alignment, phase, key);
        }
      }
    }
  });

  test("equals a byte loop for long payloads at every alignment and phase", () => {
    for (const length of [1023, 1024, 1025, 65_535, 65_536, 65_537]) {
      for (let alignment = 0; alignment < 4; alignment++) {
        for (let phase = 0; phase < 4; phase++) assertMasks(length, alignment, phase, keys[0]);
      }
    }
  });

  test("works on a view that does not begin where its memory does", () => {
    for (let byteOffset = 0; byteOffset < 8; byteOffset++) {
      for (let start = 0; start < 8; start++) {
        const memory = new Uint8Array(128).fill(0xee);
        const view = memory.subarray(byteOffset, byteOffset + 100);
        view.set(patternBytes(80), start);
        maskInPlace(view, start, start + 80, readMaskKey(keys[0], 0), 0);
        assert.deepEqual(view.slice(start, start + 80), maskedSlowly(patternBytes(80), keys[0], 0));
        assert.ok(memory.subarray(0, byteOffset + start).every((byte) => byte === 0xee));
        assert.ok(memory.subarray(byteOffset + start + 80).every((byte) => byte === 0xee));
      }
    }
  });

  test("masks in two pieces what it masks in one, wherever the cut is", () => {
    const key = readMaskKey(keys[0], 0);
    const whole = patternBytes(200);
    maskInPlace(whole, 0, 200, key, 0);
    for (let cut = 0; cut <= 200; cut++) {
      const pieces = patternBytes(200);
      maskInPlace(pieces, 0, cut, key, 0);
      maskInPlace(pieces, cut, 200, key, cut);
      assert.deepEqual(pieces, whole);
    }
  });

  test("undoes itself, because masking and unmasking are the same operation", () => {
    const bytes = patternBytes(77);
    maskInPlace(bytes, 0, 77, 0x9abcdef0, 3);
    assert.notDeepEqual(bytes, patternBytes(77));
    maskInPlace(bytes, 0, 77, 0x9abcdef0, 3);
    assert.deepEqual(bytes, patternBytes(77));
  });

  test("changes nothing with a masking key of zeros", () => {
    const bytes = patternBytes(100);
    maskInPlace(bytes, 0, 100, 0, 1);
    assert.deepEqual(bytes, patternBytes(100));
  });

  test("keys keep their bytes when read, written and rotated", () => {
    for (const key of keys) {
      const number = readMaskKey(Uint8Array.of(0xee, ...key), 1);
      const target = new Uint8Array(6).fill(0xee);
      writeMaskKey(number, target, 1);
      assert.deepEqual(target, Uint8Array.of(0xee, ...key, 0xee));
      for (let phase = 0; phase < 8; phase++) {
        writeMaskKey(rotateMaskKey(number, phase), target, 1);
        assert.deepEqual(target.slice(1, 5), maskedSlowly(new Uint8Array(4), key, phase));
      }
    }
  });
});
