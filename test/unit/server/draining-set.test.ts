import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { DrainingSet } from "#src/server/draining-set.js";

function fail(member: unknown): void {
  assert.fail(`nothing ends ${String(member)}`);
}

describe("draining set", () => {
  test("that is empty is drained at once", async () => {
    await new DrainingSet<number>().drained(60_000, fail);
  });

  test("is a set that says whether it lost a member", () => {
    const set = new DrainingSet<number>().add(1);
    assert.deepEqual([set.delete(2), set.delete(1), set.delete(1), set.size], [false, true, false, 0]);
  });

  test("is seen by others as a set that cannot be changed", () => {
    const set = new DrainingSet<string>().add("a");
    const { view } = set;
    assert.equal(set.view, view);
    set.add("b");
    assert.deepEqual([view.size, view.has("a"), view.has("c")], [2, true, false]);
    assert.deepEqual([[...view], [...view.keys()], [...view.values()]], Array(3).fill(["a", "b"]));
    assert.deepEqual(
      [...view.entries()],
      [
        ["a", "a"],
        ["b", "b"],
      ],
    );
    const seen: unknown[] = [];
    view.forEach(function (this: unknown, member, again, whole) {
      seen.push([this, member, again, whole]);
    }, "self");
    assert.deepEqual(seen, [
      ["self", "a", "a", view],
      ["self", "b", "b", view],
    ]);
    assert.equal(inspect(view), "Set(2) { 'a', 'b' }");
    for (const name of ["add", "delete", "clear", "drained"]) assert.equal(name in view, false, name);
  });

  test("is drained for everybody who waits when the last member goes", async () => {
    const set = new DrainingSet<number>().add(1).add(2);
    const drained: string[] = [];
    const waiting = [
      set.drained(60_000, fail).then(() => drained.push("first")),
      set.drained(60_000, fail).then(() => drained.push("second")),
    ];
    set.delete(1);
    await Promise.resolve();
    assert.deepEqual(drained, []);
    set.delete(2);
    await Promise.all(waiting);
    assert.deepEqual(drained, ["first", "second"]);
  });

  test("can be filled and drained again", async () => {
    const set = new DrainingSet<number>().add(1);
    for (let round = 0; round < 2; round++) {
      set.add(1);
      const drained = set.drained(60_000, fail);
      set.delete(1);
      await drained;
    }
  });

  test("waits without a deadline when the time is Infinity", async () => {
    const set = new DrainingSet<number>().add(1);
    const drained = set.drained(Infinity, fail);
    // Node's timer for Infinity is over after a millisecond, and before one that was begun later.
    await new Promise((resolve) => setTimeout(resolve, 1));
    set.delete(1);
    await drained;
  });

  test("ends what is left when the time is over, and waits for it to go", async () => {
    const set = new DrainingSet<string>().add("quick").add("slow").add("slower");
    const ended: string[] = [];
    const drained = set.drained(1, (member) => {
      ended.push(member);
      if (member === "slow") set.delete(member);
      else setImmediate(() => set.delete(member));
    });
    set.delete("quick");
    await drained;
    assert.deepEqual(ended, ["slow", "slower"]);
    assert.equal(set.size, 0);
  });
});
