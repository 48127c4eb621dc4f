import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, test } from "node:test";
import { Interrupts } from "#src/cli/interrupts.js";

describe("interrupts", () => {
  test("the first one asks to leave, the second one forces the end", async () => {
    const signals = new EventEmitter();
    const asked: number[] = [];
    const interrupts = new Interrupts(signals, (exitCode) => asked.push(exitCode) > 0);
    signals.emit("SIGINT");
    assert.deepEqual(asked, [130]);
    signals.emit("SIGTERM");
    assert.deepEqual(asked, [130]);
    assert.equal(await interrupts.forced, 143);
  });

  test("one is enough when there is nothing to wait for", async () => {
    const signals = new EventEmitter();
    const interrupts = new Interrupts(signals, () => false);
    signals.emit("SIGHUP");
    assert.equal(await interrupts.forced, 129);
  });

  test("are left to others afterwards", () => {
    const signals = new EventEmitter();
    new Interrupts(signals, () => true).stop();
    assert.deepEqual(signals.eventNames(), []);
  });
});
