import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planOf } from "#src/cli/bench/bench-flags.js";
import { shareOut } from "#src/cli/bench/thread-share.js";

describe("a load shared out among threads", () => {
  test("adds up to the whole, each connection having as much as any other", () => {
    const plan = planOf("ws://localhost", { threads: "3", connections: "10", rate: "1000", messages: "101" });
    const shares = shareOut(plan);
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
    assert.deepEqual(
      shares.map(({ connections }) => connections),
      [3, 3, 4],
    );
    assert.deepEqual(
      shares.map(({ rate }) => rate),
      [300, 300, 400],
    );
    assert.equal(sum(shares.map(({ messages }) => messages ?? 0)), 101);
  });

  test("leaves out what was not asked for", () => {
    const shares = shareOut(planOf("ws://localhost", { threads: "2" }));
    assert.deepEqual(
      shares.map(({ rate, messages, durationMs }) => [rate, messages, durationMs]),
      [
        [undefined, undefined, 10_000],
        [undefined, undefined, 10_000],
      ],
    );
  });
});
