import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ConnectionOptions, resolveConnectionOptions, timeoutOption } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";

function assertRefused(options: object, message: RegExp): void {
  assert.throws(
    () => resolveConnectionOptions(options as ConnectionOptions),
    (error) =>
      error instanceof StateError && error.code === "INVALID_ARGUMENT" && message.test(error.message),
    JSON.stringify(options),
  );
}

describe("connection options", () => {
  test("have the documented defaults", () => {
    const expected = {
      maxMessageBytes: 1_048_576,
      maxFragments: 16_384,
      maxBufferedBytes: 1_048_576,
      bufferPolicy: "close",
      highWaterMarkBytes: 65_536,
      lowWaterMarkBytes: 16_384,
      maxQueuedMessages: 16,
      maxQueuedBytes: 1_048_576,
      heartbeat: { intervalMs: 30_000, timeoutMs: 20_000 },
      closeTimeoutMs: 10_000,
    };
    assert.deepEqual(resolveConnectionOptions(), expected);
    assert.deepEqual(resolveConnectionOptions({ heartbeat: {} }), expected);
  });

  test("take other values, and put the low-water mark at a quarter of the high one", () => {
    const resolved = resolveConnectionOptions({
      maxMessageBytes: Infinity,
      highWaterMarkBytes: 400,
      bufferPolicy: "drop",
      heartbeat: { intervalMs: 5 },
    });
    assert.equal(resolved.maxMessageBytes, Infinity);
    assert.equal(resolved.lowWaterMarkBytes, 100);
    assert.equal(resolved.bufferPolicy, "drop");
    assert.deepEqual(resolved.heartbeat, { intervalMs: 5, timeoutMs: 20_000 });
    assert.equal(resolveConnectionOptions({ heartbeat: false }).heartbeat, undefined);
  });

  const least = {
    maxMessageBytes: 0,
    maxFragments: 1,
    maxBufferedBytes: 0,
    highWaterMarkBytes: 0,
    lowWaterMarkBytes: 0,
    maxQueuedMessages: 1,
    maxQueuedBytes: 1,
    closeTimeoutMs: 0,
  };
  for (const [name, min] of Object.entries(least)) {
    test(`${name} takes numbers from ${min}`, () => {
      resolveConnectionOptions({ [name]: min } as ConnectionOptions);
      for (const value of [min - 1, Number.NaN, "7", null, {}]) {
        assertRefused({ [name]: value }, new RegExp(`^${name} is .*; it takes a number of at least ${min}$`));
      }
    });
  }

  test("refuse what no timer can wait", () => {
    assertRefused({ closeTimeoutMs: 2 ** 31 }, /^closeTimeoutMs is 2147483648; at most 2147483647 ms/);
    assertRefused({ heartbeat: { intervalMs: Infinity } }, /^heartbeat.intervalMs is Infinity; at most/);
    assertRefused(
      { heartbeat: { timeoutMs: -1 } },
      /^heartbeat.timeoutMs is -1; it takes a number of at least 0/,
    );
    assert.equal(timeoutOption("x", undefined, 7), 7);
    assert.equal(timeoutOption("x", 2 ** 31 - 1, 7), 2 ** 31 - 1);
  });

  test("refuse a policy, a heartbeat or marks that mean nothing", () => {
    assertRefused({ bufferPolicy: "wait" }, /^bufferPolicy is "wait"; it takes "close" or "drop"$/);
    for (const heartbeat of [true, 5, null, "on"]) assertRefused({ heartbeat }, /^heartbeat is /);
    assertRefused(
      { lowWaterMarkBytes: 11, highWaterMarkBytes: 10 },
      /^lowWaterMarkBytes \(11\) is above highWaterMarkBytes \(10\)$/,
    );
  });
});
