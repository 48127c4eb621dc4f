import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorTally, errorClassOf } from "#src/cli/bench/error-tally.js";

test("an error tally counts by class, keeps the first message and lists the most frequent first", () => {
  const tally = new ErrorTally();
  tally.add("A", "first");
  tally.add("B", "other", 5);
  tally.add("A", "second");
  assert.equal(tally.total, 7);
  assert.deepEqual(tally.list(), [
    { class: "B", count: 5, example: "other" },
    { class: "A", count: 2, example: "first" },
  ]);
});

test("an error tally holds a bounded number of classes, and the others as one", () => {
  const tally = new ErrorTally();
  for (let code = 3000; code < 5000; code++) tally.add(`CLOSE_${code}`, `closed with ${code}`);
  tally.add("CLOSE_3000", "again");
  const list = tally.list();
  assert.equal(list.length, 65);
  assert.deepEqual(list[0], { class: "OTHER", count: 1936, example: "closed with 3064" });
  assert.deepEqual(list[1], { class: "CLOSE_3000", count: 2, example: "closed with 3000" });
  assert.equal(tally.total, 2001);
});

test("the class of an error is its code", () => {
  assert.equal(errorClassOf(Object.assign(new Error("x"), { code: "CONNECTION_RESET" })), "CONNECTION_RESET");
  assert.equal(errorClassOf(new Error("x")), "UNKNOWN");
  assert.equal(errorClassOf(undefined), "UNKNOWN");
});
