import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mistakesOf } from "#src/proxy/mistakes.js";
import { resolveHealth } from "#src/proxy/upstream/health/health-settings.js";
import { codeWords, tell } from "#src/proxy/words.js";

describe("the options about health", () => {
  test("are looked at one by one: what is wrong with one of them hides no other", () => {
    const passive = { maxFailures: 0, ejectMs: 0 };
    const active = { path: "up", statuses: [99], intervalMs: 0, timeoutMs: 0, rise: 0, fall: 0.5 };
    const mistakes = mistakesOf(() => resolveHealth({ passive, active }));
    for (const { place, told } of mistakes) assert.ok(tell(told, codeWords).startsWith(`${place} `), place);
    assert.deepEqual(
      mistakes.map(({ place }) => place),
      [
        "health.passive.maxFailures",
        "health.passive.ejectMs",
        "health.active.path",
        "health.active.statuses",
        "health.active.intervalMs",
        "health.active.timeoutMs",
        "health.active.rise",
        "health.active.fall",
      ],
    );
  });
});
