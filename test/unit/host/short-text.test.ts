import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nodeEngine } from "#src/host/index.js";

describe("short texts", () => {
  const text = "The quick brown fox jumps over the lazy dog, twice.";

  test("are decoded and encoded like long ones, at every length and offset", () => {
    for (let length = 0; length <= text.length; length++) {
      for (const offset of [0, 1, 7]) {
        const expected = text.slice(0, length);
        // What stands behind the text must not matter, whether it is there or not.
        for (const behind of [0, 40]) {
          const bytes = new Uint8Array(offset + length + behind).fill(0xff);
          nodeEngine.encode(expected, bytes, offset, length);
          assert.equal(Buffer.from(bytes.subarray(offset, offset + length)).toString(), expected);
          assert.ok(bytes.subarray(offset + length).every((byte) => byte === 0xff));
          const decoded = nodeEngine.decodeAscii(bytes, offset, offset + length);
          assert.equal(decoded, expected);
          assert.equal(decoded.length, length);
        }
      }
    }
  });

  test("keep their characters when the memory they came from is used again", () => {
    const bytes = Uint8Array.from(Buffer.from("abcdefghijklmnopqrst"));
    const decoded = nodeEngine.decodeAscii(bytes, 0, 20);
    bytes.fill(0);
    assert.equal(decoded, "abcdefghijklmnopqrst");
  });

  test("that are not ASCII are encoded as UTF-8", () => {
    for (const unicode of ["é", "e\u0301", "日本", "😀", "\ud800", "naïve café"]) {
      const bytes = new Uint8Array(Buffer.byteLength(unicode));
      nodeEngine.encode(unicode, bytes, 0, bytes.length);
      assert.deepEqual(bytes, Uint8Array.from(Buffer.from(unicode)));
    }
  });
});
