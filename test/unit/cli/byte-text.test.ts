import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { countBytes, formatBytes, parseBase64, parseBytes, parseHex, spacedHex } from "#src/cli/byte-text.js";

describe("bytes as text", () => {
  for (const text of ["01 ff 00", "01ff00", "0x01FF00", "01:ff:00", "01\tff 00"]) {
    test(`${JSON.stringify(text)} is hex`, () => assert.deepEqual([...(parseHex(text) ?? [])], [1, 255, 0]));
  }
  for (const text of ["1", "0g", "hello", "01 f", "ff, 00"]) {
    test(`${JSON.stringify(text)} is no hex`, () => assert.equal(parseHex(text), undefined));
  }

  test("base64 is taken in both alphabets, with and without padding", () => {
    for (const text of ["+/8=", "-_8", "+/8"]) assert.deepEqual([...(parseBase64(text) ?? [])], [0xfb, 0xff]);
    for (const text of ["A", "AB*D", "AA AA"]) assert.equal(parseBase64(text), undefined);
  });

  test("raw text is UTF-8", () => assert.deepEqual([...(parseBytes("é", "raw") ?? [])], [0xc3, 0xa9]));

  test("bytes are written as hex and base64", () => {
    const bytes = Uint8Array.of(0, 1, 255);
    assert.equal(spacedHex(bytes), "00 01 ff");
    assert.equal(formatBytes(bytes, "hex"), "0001ff");
    assert.equal(formatBytes(bytes.subarray(1), "base64"), "Af8=");
    assert.deepEqual([countBytes(0), countBytes(1), countBytes(2)], ["0 bytes", "1 byte", "2 bytes"]);
  });
});
