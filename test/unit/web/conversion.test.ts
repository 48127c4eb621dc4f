import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toBytes, toClampedShort, toEnforcedShort, toStrings, toUsvString } from "#src/web/conversion.js";

describe("the conversions of Web IDL", () => {
  test("text has no lone surrogates", () => {
    assert.equal(toUsvString("a\ud800b\udc00"), "a\ufffdb\ufffd");
    assert.equal(toUsvString("\u{1f50c}"), "\u{1f50c}");
    assert.equal(toUsvString(null), "null");
    assert.throws(() => toUsvString(Symbol("x")), TypeError);
  });

  for (const [given, expected] of [
    [-1, 0],
    [70_000, 65_535],
    [Number.POSITIVE_INFINITY, 65_535],
    [Number.NaN, 0],
    ["string", 0],
    [null, 0],
    ["3000", 3000],
    [999.5, 1000],
    [1000.5, 1000],
    [1000.51, 1001],
  ] as const) {
    test(`[Clamp] makes ${given} of kind ${typeof given} ${expected}`, () => {
      assert.equal(toClampedShort(given), expected);
    });
  }

  test("[Clamp] takes neither a symbol nor a big integer", () => {
    assert.throws(() => toClampedShort(Symbol("x")), TypeError);
    assert.throws(() => toClampedShort(1000n), TypeError);
  });

  test("[EnforceRange] cuts off fractions, and throws beyond the range", () => {
    assert.equal(toEnforcedShort(65_535.9, "code"), 65_535);
    assert.ok(Object.is(toEnforcedShort(-0.5, "code"), 0));
    for (const value of [-1, 65_536, Number.NaN, Number.NEGATIVE_INFINITY])
      assert.throws(() => toEnforcedShort(value, "code"), TypeError);
  });

  test("a sequence is what an object iterates over, and a string is none", () => {
    assert.deepEqual(toStrings(new Set(["a", 1]), "names"), ["a", "1"]);
    for (const value of ["ab", {}, 1, undefined]) assert.throws(() => toStrings(value, "names"), TypeError);
  });

  test("bytes are those under any view, of any realm", () => {
    const { buffer } = Uint8Array.of(1, 2, 3, 4);
    assert.deepEqual(toBytes(buffer), Uint8Array.of(1, 2, 3, 4));
    assert.deepEqual(toBytes(new DataView(buffer, 1, 2)), Uint8Array.of(2, 3));
    assert.deepEqual(toBytes(new Uint16Array(buffer, 2)), Uint8Array.of(3, 4));
    assert.equal(toBytes("text"), undefined);
    assert.equal(toBytes({ byteLength: 3 }), undefined);
  });

  test("a buffer that is shared is no buffer, and a view on one, or on one that can be resized, is refused", () => {
    assert.equal(toBytes(new SharedArrayBuffer(4)), undefined);
    assert.throws(() => toBytes(new Uint8Array(new SharedArrayBuffer(4))), TypeError);
    const options = { maxByteLength: 8 };
    const resizable = Reflect.construct(ArrayBuffer, [4, options]) as ArrayBuffer;
    assert.throws(() => toBytes(resizable), TypeError);
    assert.throws(() => toBytes(new Uint8Array(resizable)), TypeError);
  });
});
