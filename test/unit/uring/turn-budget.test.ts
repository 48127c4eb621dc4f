import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TurnBudget } from "#src/uring/turn-budget.js";

/** A budget, and how often it has looked at its clock, which each look moves on by so much. */
function open(stepMs: number): { budget: TurnBudget; looks: () => number } {
  let looks = 0;
  const budget = new TurnBudget(() => stepMs * looks++);
  budget.begin();
  return { budget, looks: () => looks - 1 };
}

describe("the budget of a ring's turn", () => {
  test("is spent when four milliseconds have passed, and new with the next turn", () => {
    const { budget } = open(2);
    const spent = [1, 2, 3].map(() => {
      budget.spend(100_000);
      return budget.isSpent;
    });
    assert.deepEqual(spent, [false, true, true]);
    budget.begin();
    assert.equal(budget.isSpent, false);
  });

  test("asks the clock once for many small completions, and for each large one", () => {
    const small = open(0);
    for (let i = 0; i < 150; i++) small.budget.spend(0);
    assert.equal(small.looks(), Math.floor(150 / 16), "sixteen of them are worth a look");
    const large = open(0);
    for (let i = 0; i < 150; i++) large.budget.spend(65_536);
    assert.equal(large.looks(), 150);
  });
});
