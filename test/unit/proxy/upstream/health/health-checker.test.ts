import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HealthChecker } from "#src/proxy/upstream/health/health-checker.js";
import { VirtualClock } from "../../../../support/virtual-clock.js";
import { turns } from "../virtual-group.js";

const settings = {
  path: undefined,
  statuses: undefined,
  preamble: undefined,
  intervalMs: 1000,
  timeoutMs: 300,
  rise: 1,
  fall: 1,
};

/** A checker whose checks end when the test says so. */
function makeChecker(random = 0.5) {
  const clock = new VirtualClock();
  const told: (string | undefined)[] = [];
  const probes: { signal: AbortSignal; resolve(): void; reject(error: unknown): void }[] = [];
  const checker = new HealthChecker(settings, {
    clock,
    random: () => random,
    probe: (signal) =>
      new Promise((resolve, reject) => {
        probes.push({ signal, resolve, reject });
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    checked: (failure) => told.push(failure?.message),
  });
  return { clock, told, probes, checker };
}

describe("a health checker", () => {
  test("checks soon, and again an interval after the end of each check", async () => {
    const { clock, told, probes, checker } = makeChecker();
    checker.start();
    clock.advance(50);
    assert.equal(probes.length, 1);
    clock.advance(200);
    probes[0].resolve();
    await turns();
    clock.advance(999);
    assert.equal(probes.length, 1);
    clock.advance(1);
    assert.equal(probes.length, 2);
    probes[1].reject(new Error("down"));
    await turns();
    assert.deepEqual(told, [undefined, "down"]);
    checker.stop();
  });

  test("waits a little less or more by chance", async () => {
    for (const [random, wait] of [
      [0, 900],
      [0.999999, 1100],
    ] as const) {
      const { clock, probes, checker } = makeChecker(random);
      checker.start();
      clock.advance(100);
      probes[0].resolve();
      await turns();
      clock.advance(wait - 1);
      assert.equal(probes.length, 1);
      clock.advance(1);
      assert.equal(probes.length, 2);
      checker.stop();
    }
  });

  test("ends a check that takes too long, and takes it for a bad one", async () => {
    const { clock, told, probes, checker } = makeChecker();
    checker.start();
    clock.advance(50 + 300);
    await turns();
    assert.equal(probes[0].signal.aborted, true);
    assert.deepEqual(told, ["no answer within 300 ms (health.active.timeoutMs)"]);
    checker.stop();
  });

  test("never has two checks at once, however long one takes to end", async () => {
    const { clock, probes, checker } = makeChecker();
    checker.start();
    checker.start();
    clock.advance(290);
    assert.equal(probes.length, 1);
    assert.equal(clock.timerCount, 1);
    checker.stop();
  });

  test("that is stopped ends its check, tells nothing, and leaves no timer", async () => {
    const { clock, told, probes, checker } = makeChecker();
    checker.start();
    clock.advance(50);
    checker.stop();
    await turns();
    assert.equal(probes[0].signal.aborted, true);
    assert.deepEqual(told, []);
    assert.equal(clock.timerCount, 0);
    assert.equal(checker.isStarted, false);
  });

  test("can be stopped by whoever hears of a check, and started again", async () => {
    const { clock, probes, checker } = makeChecker();
    checker.start();
    checker.stop();
    assert.equal(clock.timerCount, 0);
    checker.start();
    clock.advance(50);
    assert.equal(probes.length, 1);
    checker.stop();
    checker.start();
    await turns();
    clock.advance(50);
    assert.equal(probes.length, 2);
    checker.stop();
    await turns();
    assert.equal(clock.timerCount, 0);
  });
});
