import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemTurns } from "#src/host/index.js";

/** The end of the next turn but one, behind everything that was asked for by then. */
function twoTurns(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

describe("system turns", () => {
  test("run at the end of the turn, behind promises, in the order of their request", async () => {
    const order: string[] = [];
    systemTurns.atTurnEnd({ turnEnded: () => order.push("first") });
    systemTurns.atTurnEnd({ turnEnded: () => order.push("second") });
    queueMicrotask(() => order.push("microtask"));
    process.nextTick(() => order.push("tick"));
    order.push("now");
    await twoTurns();
    assert.deepEqual(order.slice(0, 1), ["now"]);
    assert.deepEqual(order.slice(-2), ["first", "second"]);
    assert.equal(order.length, 5);
  });

  test("run what is asked for meanwhile in a turn of its own", async () => {
    const order: string[] = [];
    systemTurns.atTurnEnd({
      turnEnded() {
        systemTurns.atTurnEnd({ turnEnded: () => order.push("later") });
        order.push("first");
      },
    });
    systemTurns.atTurnEnd({ turnEnded: () => order.push("second") });
    await twoTurns();
    await twoTurns();
    assert.deepEqual(order, ["first", "second", "later"]);
  });

  test("run every request, also the same task twice", async () => {
    let calls = 0;
    const task = { turnEnded: () => calls++ };
    systemTurns.atTurnEnd(task);
    systemTurns.atTurnEnd(task);
    await twoTurns();
    assert.equal(calls, 2);
  });
});
