import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Lookout } from "#src/proxy/admin/lookout.js";
import { VirtualClock } from "../../../support/virtual-clock.js";

const COST_MS = 10;

/** Onlookers who have asked; each answer takes ten milliseconds to find. */
class Onlookers {
  readonly clock = new VirtualClock();
  readonly lookout = new Lookout(this.clock);
  /** What was looked for, and when. */
  readonly found: string[] = [];
  readonly told: string[] = [];

  onlooker(name: string): { take(answer: string): void } {
    return { take: (answer) => this.told.push(`${name}: ${answer}`) };
  }

  ask(onlooker: { take(answer: string): void }, text: string): void {
    this.lookout.ask(onlooker, text, () => {
      this.found.push(`${text} at ${this.clock.now()}`);
      this.clock.advance(COST_MS);
      return text;
    });
  }
}

describe("a lookout", () => {
  test("answers at once, and rests by what it has cost before it looks for anything else", () => {
    const all = new Onlookers();
    for (const name of ["a", "b", "c"]) all.ask(all.onlooker(name), name);
    assert.deepEqual(all.told, ["a: a"]);
    all.clock.advance(1000);
    assert.deepEqual(all.told, ["a: a", "b: b", "c: c"]);
    assert.deepEqual(all.found, ["a at 0", "b at 210", "c at 420"]);
    assert.equal(all.clock.timerCount, 0);
    all.ask(all.onlooker("d"), "d");
    assert.equal(all.told.at(-1), "d: d");
  });

  test("looks once for all who wait with the same question", () => {
    const all = new Onlookers();
    for (const name of ["a", "b", "c", "d"]) all.ask(all.onlooker(name), name === "c" ? "other" : "same");
    all.clock.advance(1000);
    assert.deepEqual(all.told, ["a: same", "b: same", "d: same", "c: other"]);
    assert.deepEqual(all.found, ["same at 0", "same at 210", "other at 420"]);
  });

  test("keeps the turn of whoever asks something else, and answers that", () => {
    const all = new Onlookers();
    const [a, b] = ["a", "b"].map((name) => all.onlooker(name));
    all.ask(a, "first");
    all.ask(a, "second");
    all.ask(b, "third");
    all.ask(a, "fourth");
    assert.equal(all.lookout.waiting, 2);
    all.clock.advance(1000);
    assert.deepEqual(all.told, ["a: first", "a: fourth", "b: third"]);
  });

  test("looks for nothing on behalf of who has gone", () => {
    const all = new Onlookers();
    const b = all.onlooker("b");
    all.ask(all.onlooker("a"), "a");
    all.ask(b, "b");
    all.lookout.leave(b);
    assert.equal(all.clock.timerCount, 0);
    all.clock.advance(1000);
    all.ask(all.onlooker("c"), "c");
    assert.deepEqual(all.told, ["a: a", "c: c"]);
  });
});
