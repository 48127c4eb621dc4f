import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkNumber, checkType, describeValue } from "#src/protocol/index.js";

describe("a value in a message", () => {
  for (const [value, shown] of [
    ["text", '"text"'],
    ['a "b"\n\u2028\x9b', '"a \\"b\\"\\n\\u2028\\u009b"'],
    ["\x7f\x80\u061c\u200e\u200f\u202a\u202e", '"\\u007f\\u0080\\u061c\\u200e\\u200f\\u202a\\u202e"'],
    ["\u2029\u200b\u2066\u2069\ufeff\u{e0041}", '"\\u2029\\u200b\\u2066\\u2069\\ufeff\\udb40\\udc41"'],
    ["grüße \u{1f600}", '"grüße \u{1f600}"'],
    ["x".repeat(65), `"${"x".repeat(64)}"…`],
    [7, "7"],
    [Number.NaN, "NaN"],
    [7n, "7"],
    [true, "true"],
    [undefined, "undefined"],
    [null, "null"],
    [[1], "an array"],
    [Object.create(null), "an object"],
    [() => "\n", "a function"],
    [Symbol("a\nb"), "a symbol"],
  ] as const) {
    test(`is shown on one line: ${shown}`, () => {
      assert.equal(describeValue(value), shown);
    });
  }
});

test("a type is checked where there is a value", () => {
  checkType("x", undefined, "string", "a string");
  checkType("x", "", "string", "a string");
  checkType("x", {}, "object", "an object");
  for (const value of [null, [], 5]) {
    assert.throws(() => checkType("x", value, "object", "an object"), {
      name: "StateError",
      code: "INVALID_ARGUMENT",
      message: `x is ${describeValue(value)}; it takes an object`,
    });
  }
});

test("a number is checked where there is one, and is the fallback where there is none", () => {
  assert.equal(checkNumber("x", undefined, 7), 7);
  assert.equal(checkNumber("x", 0, 7), 0);
  assert.equal(checkNumber("x", Infinity, 7, 1), Infinity);
  for (const [value, min] of [
    [-1, 0],
    [0, 1],
    [Number.NaN, 0],
    ["5", 0],
    [null, 0],
  ] as const) {
    assert.throws(() => checkNumber("x", value as number, 7, min), {
      name: "StateError",
      code: "INVALID_ARGUMENT",
      message: `x is ${describeValue(value)}; it takes a number of at least ${min}`,
    });
  }
});
