import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { systemTurns, turnEnd } from "#src/host/index.js";

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

  test("run the others in their order when a task throws", async () => {
    const order: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => void order.push(error.message));
    systemTurns.atTurnEnd({ turnEnded: () => order.push("first") });
    systemTurns.atTurnEnd({
      turnEnded() {
        systemTurns.atTurnEnd({ turnEnded: () => order.push("asked for meanwhile") });
        throw new Error("on purpose");
      },
    });
    systemTurns.atTurnEnd({ turnEnded: () => order.push("second") });
    await twoTurns();
    await twoTurns();
    process.setUncaughtExceptionCaptureCallback(null);
    assert.deepEqual(order, ["first", "on purpose", "second", "asked for meanwhile"]);
  });

  test("are no connection's: tasks of the same turn do not see each other's AsyncLocalStorage", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const task = { turnEnded: () => void seen.push(storage.getStore()) };
    for (const name of ["one", "two"]) storage.run(name, () => systemTurns.atTurnEnd(task));
    await twoTurns();
    assert.deepEqual(seen, [undefined, undefined]);
  });

  test("forget what a task has put into AsyncLocalStorage, once they are over", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    for (const name of ["one", "two"]) {
      systemTurns.atTurnEnd({
        turnEnded() {
          seen.push(storage.getStore());
          storage.enterWith(name);
          systemTurns.atTurnEnd({ turnEnded: () => seen.push(storage.getStore()) });
        },
      });
      await twoTurns();
      await twoTurns();
    }
    assert.deepEqual(seen, [undefined, undefined, undefined, undefined]);
  });

  test("resolve a promise for whoever waits, in a context of their own", async () => {
    const storage = new AsyncLocalStorage<string>();
    const waiting = ["one", "two"].map((name) =>
      storage.run(name, async () => {
        await turnEnd(systemTurns);
        return storage.getStore();
      }),
    );
    assert.deepEqual(await Promise.all(waiting), ["one", "two"]);
  });
});
