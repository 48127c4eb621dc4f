import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pureEngine } from "#src/protocol/index.js";
import { parseBytes } from "../../support/vectors.js";

describe("pure engine", () => {
  test("unmasks and tells whether the result is ASCII", () => {
    const key = 0x3d21fa37;
    const hello = parseBytes('masked(37 fa 21 3d, "Hello")');
    assert.equal(pureEngine.unmask(hello, 0, 5, key, 0), true);
    assert.deepEqual(hello, parseBytes('"Hello"'));
    const euro = parseBytes('masked(37 fa 21 3d, "a€")');
    assert.equal(pureEngine.unmask(euro, 0, 4, key, 0), false);
    assert.deepEqual(euro, parseBytes('"a€"'));
  });

  test("judges the unmasked bytes of the range only", () => {
    const bytes = parseBytes("ff 7f 00 ff");
    assert.equal(pureEngine.unmask(bytes, 1, 3, 0, 0), true);
    assert.equal(pureEngine.unmask(bytes, 1, 4, 0, 0), false);
    assert.equal(pureEngine.unmask(bytes, 0, 3, 0, 0), false);
    assert.equal(pureEngine.unmask(bytes, 2, 2, 0, 0), true);
    assert.deepEqual(bytes, parseBytes("ff 7f 00 ff"));
  });

  test("goes on with the masking key at a phase", () => {
    const bytes = parseBytes('masked(37 fa 21 3d, "Hello")');
    assert.equal(pureEngine.unmask(bytes, 3, 5, 0x3d21fa37, 3), true);
    assert.deepEqual(bytes.subarray(3), parseBytes('"lo"'));
  });

  test("copies a range into memory of its own", () => {
    const bytes = parseBytes("01 02 03 04");
    const copy = pureEngine.copy(bytes, 1, 3);
    bytes.fill(0);
    assert.deepEqual(copy, parseBytes("02 03"));
    assert.equal(copy.buffer.byteLength, 2);
  });

  test("decodes and encodes text", () => {
    const bytes = parseBytes('"né € 😀"');
    assert.equal(pureEngine.isUtf8(bytes, 0, bytes.length), true);
    assert.equal(pureEngine.isUtf8(bytes, 0, bytes.length - 1), false);
    assert.equal(pureEngine.decodeUtf8(bytes, 0, bytes.length), "né € 😀");
    assert.equal(pureEngine.decodeAscii(bytes, 0, 1), "n");
    assert.equal(pureEngine.byteLength("né € 😀"), bytes.length);
    const target = new Uint8Array(bytes.length);
    pureEngine.encode("né € 😀", target, 0, bytes.length);
    assert.deepEqual(target, bytes);
  });
});
