import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ActiveHealth } from "#src/proxy/upstream/health/active-health.js";

const bounds = { rise: 2, fall: 3 };

function noted(...checks: boolean[]): { health: ActiveHealth; changes: boolean[] } {
  const health = new ActiveHealth();
  return { health, changes: checks.map((isGood) => health.note(isGood, bounds)) };
}

describe("active health", () => {
  test("is good until checks say otherwise", () => {
    assert.equal(new ActiveHealth().isUp, true);
    assert.equal(noted(false, false).health.isUp, true);
  });

  test("falls after bad checks in a row", () => {
    const { health, changes } = noted(false, false, true, false, false, false);
    assert.deepEqual(changes, [false, false, false, false, false, true]);
    assert.deepEqual([health.isUp, health.checks, health.checksFailed], [false, 6, 5]);
  });

  test("rises after good checks in a row", () => {
    const { health, changes } = noted(false, false, false, true, false, true, true);
    assert.deepEqual(changes, [false, false, true, false, false, false, true]);
    assert.equal(health.isUp, true);
  });

  test("has the next verdict need as many checks again", () => {
    const { health } = noted(false, false, false, true, true, false, false);
    assert.equal(health.isUp, true);
  });

  test("that nobody looks after is good again", () => {
    const { health } = noted(false, false, false);
    health.reset();
    assert.equal(health.isUp, true);
  });
});
