import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkOptions, describeUnknownName, type OptionTable } from "#src/protocol/index.js";

const table: OptionTable = {
  owner: "a test",
  names: { maxMessageBytes: true, closeTimeoutMs: true, path: true },
  hints: { maxPayload: "use maxMessageBytes" },
};

describe("names of options", () => {
  test("that are known pass, and so do unknown ones without a value", () => {
    checkOptions({}, table);
    checkOptions({ path: "/", maxMessageBytes: undefined, other: undefined }, table);
    checkOptions(Object.create({ path: "/" }), table);
  });

  for (const [name, advice] of [
    ["maxPayload", "use maxMessageBytes"],
    ["maxMesageByte", "use maxMessageBytes"],
    ["MAXMESSAGEBYTES", "use maxMessageBytes"],
    ["maxMessage", "use maxMessageBytes"],
    ["closeTimeout", "use closeTimeoutMs"],
    ["pat", "it takes maxMessageBytes, closeTimeoutMs, path"],
    ["PATH", "use path"],
    ["constructor", "it takes maxMessageBytes, closeTimeoutMs, path"],
    ["__proto__", "it takes maxMessageBytes, closeTimeoutMs, path"],
    ["nothing", "it takes maxMessageBytes, closeTimeoutMs, path"],
  ] as const) {
    test(`${name}: ${advice}`, () => {
      const message = `${name} is not an option of a test; ${advice}`;
      assert.throws(() => checkOptions({ path: "/", [name]: 1 }, table), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message,
      });
    });
  }

  test("are found on what the options inherit from, for they would be read there", () => {
    assert.throws(() => checkOptions(Object.create({ maxPayload: 1 }), table), /maxPayload is not an option/);
  });

  test("are shown on one line", () => {
    assert.match(
      describeUnknownName({ "a\nb": 1 }, table) ?? "",
      /^"a\\nb" is not an option of a test; it takes /,
    );
  });

  test("are looked for in an object only", () => {
    for (const [options, shown] of [
      [null, "null"],
      [5, "5"],
      [["path"], "an array"],
      [() => {}, "a function"],
    ] as const) {
      assert.throws(() => checkOptions(options, table), {
        message: `the options of a test are ${shown}; they are given as an object`,
      });
    }
  });
});
