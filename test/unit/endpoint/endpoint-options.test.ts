import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type EndpointOptions, resolveEndpointOptions } from "#src/endpoint/endpoint-options.js";
import { pureEngine } from "#src/protocol/index.js";
import { compression } from "./endpoint-pair.js";

describe("endpoint options", () => {
  test("have the documented defaults", () => {
    assert.deepEqual(resolveEndpointOptions({}), {
      compression: undefined,
      limits: { maxMessageBytes: 1_048_576, maxFragments: 16_384, maxHeadBytes: 16_384, maxHeaders: 100 },
      byteEngine: undefined,
      sha1: undefined,
    });
  });

  test("keep what is given", () => {
    const limits = { maxMessageBytes: 0, maxFragments: 1, maxHeadBytes: Infinity, maxHeaders: 1 };
    const sha1 = (): Uint8Array => new Uint8Array(20);
    const options = { compression: compression({ level: 9 }), limits, byteEngine: pureEngine, sha1 };
    assert.deepEqual(resolveEndpointOptions(options), options);
  });

  test("with an engine alone mean the defaults of compression", () => {
    const { engine } = compression();
    assert.deepEqual(resolveEndpointOptions({ compression: { engine } }).compression, {
      options: {},
      engine,
    });
  });

  test("without an engine offer nothing", () => {
    const options = { compression: { options: {} } } as unknown as EndpointOptions;
    assert.equal(resolveEndpointOptions(options).compression, undefined);
  });

  for (const [name, value, min] of [
    ["maxMessageBytes", -1, 0],
    ["maxFragments", 0, 1],
    ["maxHeadBytes", Number.NaN, 1],
    ["maxHeaders", "100", 1],
  ] as const) {
    test(`refuse ${String(value)} for ${name}`, () => {
      const options = { limits: { [name]: value } } as unknown as EndpointOptions;
      assert.throws(() => resolveEndpointOptions(options), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message: `limits.${name} is ${value}; it takes a number of at least ${min}`,
      });
    });
  }

  test("say which option of compression is out of range", () => {
    assert.throws(() => resolveEndpointOptions({ compression: compression({ memLevel: 0 }) }), {
      message: "compression.options.memLevel is 0; it takes an integer from 1 to 9",
    });
  });
});
