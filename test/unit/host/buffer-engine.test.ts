import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bufferEngine, trustingBufferEngine } from "#src/host/index.js";
import { pureEngine } from "#src/protocol/index.js";

/** The range of a block that begins `offset` bytes into its memory, filled with ASCII but for one byte. */
function sample(offset: number, length: number, odd: number | undefined): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(offset + length + 9), offset);
  for (let i = 0; i < bytes.length; i++) bytes[i] = 0x20 + (i % 90);
  if (odd !== undefined) bytes[odd] = 0xe9;
  return bytes;
}

describe("bufferEngine", () => {
  test("unmasks as the pure engine does, wherever the bytes lie, and touches nothing beside them", () => {
    for (const length of [0, 1, 24, 25, 26, 27, 28, 31, 64, 125, 1000, 4096, 4097, 20_000]) {
      for (let offset = 0; offset < 4; offset++) {
        for (const [key, phase] of [
          [0x37fa213d, 0],
          [-5, 3],
          [0, 0],
        ] as const) {
          for (const odd of [undefined, 3, 2 + length, 3 + (length >> 1)]) {
            const expected = sample(offset, length, odd);
            const bytes = sample(offset, length, odd);
            const isAscii = pureEngine.unmask(expected, 3, 3 + length, key, phase);
            assert.equal(bufferEngine.unmask(bytes, 3, 3 + length, key, phase), isAscii);
            assert.deepEqual(bytes, expected);
          }
        }
      }
    }
  });

  test("hands out parts of a Buffer where they lie, and anything else as a copy", () => {
    const read = Buffer.from("0123456789");
    const part = bufferEngine.decodeAscii(read, 2, 5);
    assert.equal(part.toString(), "234");
    assert.equal(part.buffer, read.buffer);
    const own = Uint8Array.from(read);
    const copy = bufferEngine.copy(own, 2, 5);
    own.fill(0);
    assert.equal(copy.toString(), "234");
    assert.ok(Buffer.isBuffer(copy));
  });

  test("takes memory that is no multiple of four bytes", () => {
    const bytes = Buffer.from(new ArrayBuffer(31));
    bufferEngine.unmask(bytes, 0, 31, 0x01010101, 0);
    assert.deepEqual(bytes, Buffer.alloc(31, 1));
  });
});

test("trustingBufferEngine takes everything for text", () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x00]);
  assert.equal(trustingBufferEngine.unmask(bytes, 0, 3, 0, 0), true);
  assert.deepEqual(trustingBufferEngine.decodeUtf8(bytes, 0, 3), bytes);
});
