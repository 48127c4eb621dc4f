import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DeflateOptions, describeInvalidOptions, EXTENSION_NAME } from "#src/deflate/index.js";

describe("deflate options", () => {
  test("are all optional, and undefined counts as absent", () => {
    assert.equal(describeInvalidOptions({}), undefined);
    const absent = { clientMaxWindowBits: undefined, level: undefined, clientNoContextTakeover: undefined };
    assert.equal(describeInvalidOptions(absent), undefined);
  });

  const ranges = [
    { name: "clientMaxWindowBits", min: 8, max: 15 },
    { name: "serverMaxWindowBits", min: 8, max: 15 },
    { name: "level", min: 0, max: 9 },
    { name: "memLevel", min: 1, max: 9 },
  ] as const;
  for (const { name, min, max } of ranges) {
    test(`${name} takes every integer from ${min} to ${max}, and nothing else`, () => {
      for (let value = min; value <= max; value++)
        assert.equal(describeInvalidOptions({ [name]: value }), undefined);
      for (const value of [
        min - 1,
        max + 1,
        min + 0.5,
        Number.NaN,
        Infinity,
        -Infinity,
        "9",
        null,
        true,
        {},
      ]) {
        const fault = describeInvalidOptions({ [name]: value } as DeflateOptions);
        assert.match(fault ?? "", new RegExp(`^${name} is .*from ${min} to ${max}$`), String(value));
      }
    });
  }

  test("thresholdBytes takes 0, any other integer from there, and Infinity", () => {
    for (const thresholdBytes of [0, 1, 2 ** 40, Infinity]) {
      assert.equal(describeInvalidOptions({ thresholdBytes }), undefined);
    }
    for (const thresholdBytes of [-1, 0.5, Number.NaN]) {
      assert.match(describeInvalidOptions({ thresholdBytes }) ?? "", /^thresholdBytes is /);
    }
  });

  test("the takeover options take true and false only", () => {
    for (const name of ["clientNoContextTakeover", "serverNoContextTakeover"] as const) {
      for (const value of [true, false]) assert.equal(describeInvalidOptions({ [name]: value }), undefined);
      for (const value of [0, 1, "true", null]) {
        const fault = describeInvalidOptions({ [name]: value } as unknown as DeflateOptions);
        assert.equal(fault, `${name} is ${JSON.stringify(value)}; it takes true or false`);
      }
    }
  });

  test("of a name that is not known are wrong, and a name without a value is none", () => {
    const unknown = { threshold: 1 } as DeflateOptions;
    assert.equal(
      describeInvalidOptions(unknown),
      "threshold is not an option of permessage-deflate; use thresholdBytes",
    );
    assert.equal(describeInvalidOptions({ threshold: undefined } as DeflateOptions), undefined);
    assert.match(describeInvalidOptions({ level: "3" } as unknown as DeflateOptions) ?? "", /^level is "3";/);
  });

  test("belong to the extension named permessage-deflate", () => {
    assert.equal(EXTENSION_NAME, "permessage-deflate");
  });
});
