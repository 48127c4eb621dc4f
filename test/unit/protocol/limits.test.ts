import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "#src/protocol/index.js";

test("a message takes at most 1 MiB in at most 16384 frames by default", () => {
  assert.deepEqual(defaultLimits, { maxMessageBytes: 1024 * 1024, maxFragments: 16 * 1024 });
});
