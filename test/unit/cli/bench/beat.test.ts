import assert from "node:assert/strict";
import { test } from "node:test";
import { Beat } from "#src/cli/bench/beat.js";

test("a beat is heard until it is stopped, and says when it falls", async () => {
  const started = performance.now();
  let heard = 0;
  let enough = (): void => {};
  const thrice = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const beat = await Beat.start(2, () => {
    if (++heard === 3) enough();
  });
  const next = beat.nextAfter(started + 1000);
  assert.ok(next >= started + 1000 && next < started + 1002.001);
  assert.equal(Math.round(beat.nextAfter(next + 0.5) - next), 2);
  await thrice;
  await beat.stop();
  const after = heard;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(heard, after);
});

test("a beat does not pile up while its thread is busy", async () => {
  let heard = 0;
  const beat = await Beat.start(1, () => {
    heard++;
  });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  const before = heard;
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(heard - before <= 3, `${heard - before} at once`);
  await beat.stop();
});
