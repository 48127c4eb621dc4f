import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UringTransport } from "#src/uring/uring-transport.js";
import { FakeKernel } from "../../support/fake-kernel.js";
import { turns } from "../transport/recording-sink.js";
import { openLoop } from "./fake-connection.js";

describe("a ring transport keeps the process alive", () => {
  test("until it is told otherwise, however often, and no longer than it is open", async () => {
    const kernel = new FakeKernel();
    const loop = openLoop(kernel);
    assert.equal(kernel.isKeepingAlive, false);
    const [first, second] = [0, 1].map(() => new UringTransport(loop, kernel.descriptor()));
    assert.equal(kernel.isKeepingAlive, true);
    for (const isKeepingAlive of [false, false, true, true, false, false]) first.setKeepAlive(isKeepingAlive);
    assert.equal(kernel.isKeepingAlive, true, "the other one does");
    second.setKeepAlive(false);
    assert.equal(kernel.isKeepingAlive, false);
    first.setKeepAlive(true);
    assert.equal(kernel.isKeepingAlive, true);
    first.destroy();
    first.setKeepAlive(false);
    first.setKeepAlive(true);
    assert.equal(kernel.isKeepingAlive, true, "it is not closed yet");
    await turns(3);
    assert.equal(kernel.isKeepingAlive, false);
    first.setKeepAlive(true);
    first.setKeepAlive(false);
    assert.equal(kernel.isKeepingAlive, false);
    second.setKeepAlive(true);
    assert.equal(kernel.isKeepingAlive, true, "and what is closed counts for nothing");
    second.destroy();
    await turns(3);
    assert.equal(kernel.isKeepingAlive, false);
  });
});
