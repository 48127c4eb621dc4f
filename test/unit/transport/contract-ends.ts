// The part of the contract that is about ends: half-closed, closed, destroyed. See contract.ts.

// What every transport owes its user (src/transport/transport.ts), as tests that run against each implementation.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Transport, TransportError } from "#src/transport/index.js";
import { countedBytes, latin1, RecordingSink, turns } from "./recording-sink.js";

/** Makes two connected transports, and ends them with the test. */
export type Connect = (t: TestContext) => Promise<[Transport, Transport]>;

export function describeEnds(connect: Connect): void {
  test("sends the end behind everything written, and goes on receiving", async (t) => {
    const [left, right] = await connect(t);
    const near = RecordingSink.attachedTo(left);
    const far = RecordingSink.attachedTo(right);
    left.write(countedBytes(300_000));
    left.end();
    await far.called("ended");
    assert.ok(far.text === latin1(countedBytes(300_000)));
    assert.equal(far.count("closed"), 0);
    right.write(Buffer.from("still here"));
    await near.received(10);
    assert.equal(near.text, "still here");
    assert.equal(near.count("closed"), 0);
    right.end();
    await Promise.all([near.called("closed"), far.called("closed")]);
    assert.equal(near.count("ended"), 1);
    assert.equal(near.closedError, undefined);
    assert.equal(far.closedError, undefined);
  });

  test("ends in either order and from both sides at once, and is closed once", async (t) => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const pair = await connect(t);
      const sinks = pair.map((transport) => RecordingSink.attachedTo(transport));
      for (const i of order) {
        pair[i].end();
        pair[i].end();
      }
      await Promise.all(sinks.map((sink) => sink.called("closed")));
      await turns();
      for (const sink of sinks)
        assert.deepEqual(
          sink.calls.filter((call) => call !== "drained"),
          ["ended", "closed"],
        );
    }
  });

  test("does nothing with writes behind its end, and answers true", async (t) => {
    const [left, right] = await connect(t);
    RecordingSink.attachedTo(left);
    const far = RecordingSink.attachedTo(right);
    left.write(Buffer.from("all"));
    left.end();
    assert.equal(left.write(Buffer.from("too late")), true);
    await far.called("ended");
    assert.equal(far.text, "all");
  });

  test("ends both directions when destroyed: closed on both sides, once, and not inside the call", async (t) => {
    const [left, right] = await connect(t);
    const near = RecordingSink.attachedTo(left);
    const far = RecordingSink.attachedTo(right);
    left.destroy();
    left.destroy();
    assert.deepEqual(near.calls, []);
    assert.equal(left.write(Buffer.from("x")), true);
    left.end();
    await Promise.all([near.called("closed"), far.until(() => far.count("ended") + far.count("closed") > 0)]);
    right.destroy();
    await far.called("closed");
    await turns();
    assert.equal(near.count("closed"), 1);
    assert.equal(near.closedError, undefined);
    assert.equal(far.count("closed"), 1);
  });

  test("hands the error it was destroyed with to its own sink, the first if there were two", async (t) => {
    const [left] = await connect(t);
    const near = RecordingSink.attachedTo(left);
    const error = new TransportError("HEARTBEAT_MISSED", "silence");
    left.destroy(error);
    left.destroy(new TransportError("TIMED_OUT", "other"));
    await near.called("closed");
    assert.equal(near.closedError, error);
  });

  test("delivers nothing more once it was destroyed from inside `receive`", async (t) => {
    const [left, right] = await connect(t);
    const far = RecordingSink.attachedTo(right);
    const near = RecordingSink.attachedTo(left);
    far.onEvent = () => right.destroy();
    left.write(countedBytes(500_000));
    left.end();
    await far.called("closed");
    await turns();
    assert.deepEqual(far.calls, ["receive", "closed"]);
    left.destroy();
    await near.called("closed");
  });

  test("can be destroyed from inside `ended` and `drained`", async (t) => {
    for (const moment of ["ended", "drained"]) {
      const [left, right] = await connect(t);
      const sink = RecordingSink.attachedTo(left);
      const far = RecordingSink.attachedTo(right, false);
      right.pause();
      while (left.pendingBytes === 0) {
        left.write(new Uint8Array(262_144));
        await turns(1);
      }
      sink.onEvent = (call) => {
        if (call === moment) left.destroy();
      };
      right.resume();
      await far.received(1);
      right.end();
      await sink.called("closed");
      await turns();
      assert.equal(sink.calls.at(-1), "closed");
      assert.ok(sink.calls.includes(moment));
      right.destroy();
    }
  });

  test("tells a sink that comes too late that the connection is closed", async (t) => {
    const [left, right] = await connect(t);
    const far = RecordingSink.attachedTo(right);
    left.destroy();
    right.end();
    await far.called("closed");
    await turns();
    const late = RecordingSink.attachedTo(right);
    await late.called("closed");
    assert.deepEqual(late.calls, ["closed"]);
    const own = RecordingSink.attachedTo(left);
    await own.called("closed");
    assert.deepEqual(own.calls, ["closed"]);
  });

  test("knows the address of its peer after the end, whoever ended, though nobody asked before", async (t) => {
    const [open] = await connect(t);
    const expected = open.remoteAddress;
    const ends: ((near: Transport, far: Transport) => void)[] = [
      (_near, far) => far.end(),
      (near) => near.end(),
      (near) => near.destroy(),
    ];
    for (const [i, end] of ends.entries()) {
      const [left, right] = await connect(t);
      const sinks = [left, right].map((transport) => RecordingSink.attachedTo(transport));
      sinks[0].onEvent = (call) => call === "ended" && left.end();
      sinks[1].onEvent = (call) => call === "ended" && right.end();
      end(left, right);
      await sinks[0].called("closed");
      assert.equal(left.remoteAddress, expected, `end ${i}`);
    }
  });
}
