import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { describe, test } from "node:test";
import { attach, createServer } from "sluice";
import { resolveCloseOptions } from "#src/server/close-options.js";

describe("close options", () => {
  test("have the documented defaults", () => {
    assert.deepEqual(resolveCloseOptions(), { code: 1001, reason: "", timeoutMs: 10_000 });
  });

  test("take any time that a timer can wait for, and Infinity for none", () => {
    for (const timeoutMs of [0, 0.5, 2_147_483_647, Infinity])
      assert.equal(resolveCloseOptions({ timeoutMs }).timeoutMs, timeoutMs);
  });

  for (const timeoutMs of [-1, Number.NaN, 2_147_483_648, "1000"]) {
    test(`a time of ${String(timeoutMs)} is refused by every close`, async () => {
      const options = { timeoutMs: timeoutMs as number };
      const refusal = { name: "StateError", message: /timeoutMs is / };
      assert.throws(() => resolveCloseOptions(options), refusal);
      await assert.rejects(createServer({}).close(options), refusal);
      await assert.rejects(attach(createHttpServer(), {}).close(options), refusal);
    });
  }
});
