import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PassiveHealth } from "#src/proxy/upstream/health/passive-health.js";

const settings = { maxFailures: 3, ejectMs: 100 };

function ejected(): PassiveHealth {
  const health = new PassiveHealth(settings);
  for (let i = 0; i < 3; i++) health.failed(0, 0);
  return health;
}

describe("passive health", () => {
  test("ejects after failures in a row", () => {
    const health = new PassiveHealth(settings);
    assert.deepEqual([health.failed(0, 0), health.failed(0, 0), health.isEjected], [false, false, false]);
    assert.deepEqual([health.failed(0, 0), health.isEjected, health.ejections], [true, true, 1]);
  });

  test("counts from the beginning after a success", () => {
    const health = new PassiveHealth(settings);
    health.failed(0, 0);
    health.failed(0, 0);
    health.reset();
    health.failed(0, 0);
    health.failed(0, 0);
    assert.equal(health.isEjected, false);
  });

  test("lets one request try when its time is over", () => {
    const health = ejected();
    assert.deepEqual([health.isReady(99), health.begin(99)], [false, 0]);
    assert.equal(health.isReady(100), true);
    assert.notEqual(health.begin(100), 0);
    assert.deepEqual([health.isReady(100), health.begin(100)], [false, 0]);
  });

  test("ends when the trial is answered", () => {
    const health = ejected();
    const trial = health.begin(100);
    health.reset();
    health.end(trial);
    assert.deepEqual([health.isEjected, health.isReady(100), health.failuresInARow], [false, true, 0]);
  });

  test("goes on when the trial fails, as long again", () => {
    const health = ejected();
    const trial = health.begin(150);
    assert.equal(health.failed(160, trial), true);
    health.end(trial);
    assert.deepEqual([health.isReady(259), health.isReady(260), health.ejections], [false, true, 2]);
  });

  test("lets another try when the trial has said nothing", () => {
    const health = ejected();
    health.end(health.begin(100));
    assert.equal(health.isReady(100), true);
  });

  test("is not prolonged by what had begun before it", () => {
    const health = ejected();
    assert.equal(health.failed(50, 0), false);
    assert.equal(health.isReady(100), true);
  });

  test("does not take the end of an old trial for that of a new one", () => {
    const health = ejected();
    const old = health.begin(100);
    health.reset();
    for (let i = 0; i < 3; i++) health.failed(200, 0);
    health.begin(300);
    health.end(old);
    assert.equal(health.isReady(300), false);
  });

  test("that is off counts and ejects nobody", () => {
    const health = new PassiveHealth(undefined);
    for (let i = 0; i < 10; i++) health.failed(0, 0);
    assert.deepEqual([health.isEjected, health.failuresInARow], [false, 10]);
  });

  test("that is turned off ejects nobody any more", () => {
    const health = ejected();
    health.configure(undefined);
    assert.equal(health.isEjected, false);
  });
});
