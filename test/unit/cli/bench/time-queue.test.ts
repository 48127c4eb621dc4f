import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeQueue } from "#src/cli/bench/time-queue.js";

test("a time queue gives back what was put in, in order, while it grows and wraps around", () => {
  const queue = new TimeQueue();
  assert.equal(queue.shift(), undefined);
  let [added, taken] = [0, 0];
  // Two in and one out, again and again: the ring wraps around at each size.
  for (let i = 0; i < 1000; i++) {
    queue.push(added++);
    queue.push(added++);
    assert.equal(queue.oldest, taken);
    assert.equal(queue.shift(), taken++);
    assert.equal(queue.length, added - taken);
  }
  while (queue.length > 0) assert.equal(queue.shift(), taken++);
  assert.equal(taken, added);
  assert.equal(queue.oldest, undefined);
});

test("a time queue that was cleared is empty and can be used again", () => {
  const queue = new TimeQueue();
  for (let i = 0; i < 10; i++) queue.push(i);
  queue.clear();
  assert.equal(queue.length, 0);
  queue.push(42);
  assert.equal(queue.shift(), 42);
});
