import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type EndpointOptions, resolveEndpointOptions } from "#src/endpoint/endpoint-options.js";
import { describeValue, pureEngine } from "#src/protocol/index.js";
import { compression } from "./endpoint-pair.js";

describe("endpoint options", () => {
  test("have the documented defaults", () => {
    assert.deepEqual(resolveEndpointOptions({}), {
      compression: undefined,
      limits: { maxMessageBytes: 1_048_576, maxFragments: 16_384, maxHeadBytes: 16_384, maxHeaders: 100 },
      receiveCredit: 1_048_576,
      byteEngine: undefined,
      sha1: undefined,
    });
  });

  test("keep what is given", () => {
    const limits = { maxMessageBytes: 0, maxFragments: 1, maxHeadBytes: Infinity, maxHeaders: 1 };
    const sha1 = (): Uint8Array => new Uint8Array(20);
    const compressed = compression({ level: 9 });
    const options = { compression: compressed, limits, receiveCredit: 1, byteEngine: pureEngine, sha1 };
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
    const options = { compression: { options: {}, engine: undefined } } as unknown as EndpointOptions;
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
        message: `limits.${name} is ${describeValue(value)}; it takes a number of at least ${min}`,
      });
    });
  }

  for (const [options, message] of [
    [{ limits: { maxPayload: 1 } }, "maxPayload is not an option of limits; use maxMessageBytes"],
    [{ limits: 5 }, "the options of limits are 5; they are given as an object"],
    [{ receiveCredit: 0 }, "receiveCredit is 0; it takes a number of at least 1"],
    [{ sha1: 1 }, "sha1 is 1; it takes a function from bytes to their SHA-1"],
    [{ byteEngine: "fast" }, 'byteEngine is "fast"; it takes a ByteEngine'],
    [
      { compression: true },
      "compression is true; an endpoint takes { engine, options }, as in { engine: zlibEngine() }",
    ],
    [
      { compression: { options: {} } },
      'compression.engine is undefined; it takes a RawDeflateEngine, such as zlibEngine() of "sluice"',
    ],
    [
      { compression: { ...compression(), threshold: 1 } },
      "threshold is not an option of an endpoint's compression; it takes options, engine",
    ],
    [
      { compression: { ...compression(), options: { threshold: 1 } } },
      "compression.options.threshold is not an option of permessage-deflate; use thresholdBytes",
    ],
  ] as const) {
    test(`refuse with: ${message}`, () => {
      assert.throws(() => resolveEndpointOptions(options as unknown as EndpointOptions), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message,
      });
    });
  }

  test("say which option of compression is out of range", () => {
    assert.throws(() => resolveEndpointOptions({ compression: compression({ memLevel: 0 }) }), {
      message: "compression.options.memLevel is 0; it takes an integer from 1 to 9",
    });
  });
});
