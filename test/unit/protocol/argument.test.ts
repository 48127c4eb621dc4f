import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkType, describeValue } from "#src/protocol/index.js";

describe("a value in a message", () => {
  for (const [value, shown] of [
    ["text", '"text"'],
    ['a "b"\n\u2028\x9b', '"a \\"b\\"\\n\\u2028\\u009b"'],
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
