// What every transport owes its user (src/transport/transport.ts), as tests that run against each implementation.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Transport, TransportError } from "#src/transport/index.js";
import { countedBytes, latin1, RecordingSink, turns } from "./recording-sink.js";

/** Makes two connected transports, and ends them with the test. */
export type Connect = (t: TestContext) => Promise<[Transport, Transport]>;

/** The contract's tests for one implementation. */
export function describeTransport(name: string, connect: Connect): void {
  describe(`${name} transport`, () => {
    describeDelivery(connect);
    describeBackpressure(connect);
    describeEnds(connect);
  });
}

function describeDelivery(connect: Connect): void {
  test("delivers what is written, in order, in both directions at once", async (t) => {
    const [left, right] = await connect(t);
    const sinks = [RecordingSink.attachedTo(left), RecordingSink.attachedTo(right)];
    let total = 0;
    for (const length of [1, 2, 700, 65_535, 3, 65_536, 200_000, 1]) {
      left.write(countedBytes(length, total));
      right.write(countedBytes(length, total + 1));
      total += length;
    }
    await Promise.all(sinks.map((sink) => sink.received(total)));
    const expected = [countedBytes(total), countedBytes(total)];
    let at = 0;
    for (const length of [1, 2, 700, 65_535, 3, 65_536, 200_000, 1]) {
      expected[0].set(countedBytes(length, at + 1), at);
      at += length;
    }
    for (const [i, sink] of sinks.entries()) assert.ok(sink.text === latin1(expected[i]), `sink ${i}`);
  });

  test("delivers nothing before it has a sink, and loses nothing that came until then", async (t) => {
    const [left, right] = await connect(t);
    left.write(Buffer.from("early, "));
    await turns();
    const sink = RecordingSink.attachedTo(right);
    left.write(Buffer.from("late"));
    await sink.received(11);
    assert.equal(sink.text, "early, late");
  });

  test("keeps what is written before its own sink is attached", async (t) => {
    const [left, right] = await connect(t);
    const sink = RecordingSink.attachedTo(right);
    left.write(Buffer.from("hello"));
    await sink.received(5);
    assert.equal(sink.text, "hello");
  });

  test("delivers to another sink from the moment it is attached, even from inside the first", async (t) => {
    const [left, right] = await connect(t);
    const first = RecordingSink.attachedTo(right);
    const second = new RecordingSink();
    first.onEvent = () => right.attach(second);
    left.write(Buffer.from("one"));
    await first.received(3);
    left.write(Buffer.from("two"));
    left.end();
    await second.called("ended");
    assert.equal(first.text, "one");
    assert.equal(second.text, "two");
    right.end();
    await second.called("closed");
    assert.deepEqual(first.calls, ["receive"]);
  });

  test("takes writes from inside the sink's calls", async (t) => {
    const [left, right] = await connect(t);
    const near = RecordingSink.attachedTo(left);
    const far = RecordingSink.attachedTo(right);
    far.onEvent = (call) => {
      if (call === "receive") right.write(Buffer.from("pong"));
      if (call === "ended") right.end();
    };
    near.onEvent = (call) => {
      if (call === "receive") left.end();
    };
    left.write(Buffer.from("ping"));
    await Promise.all([near.called("closed"), far.called("closed")]);
    assert.equal(near.text, "pong");
    assert.equal(far.text, "ping");
  });

  test("does not mix its bytes with those of other connections", async (t) => {
    const pairs = await Promise.all(Array.from({ length: 8 }, () => connect(t)));
    const sinks = pairs.map(([, right]) => RecordingSink.attachedTo(right));
    for (let round = 0; round < 10; round++) {
      for (const [i, [left]] of pairs.entries()) left.write(new Uint8Array(1000).fill(i + 1));
    }
    await Promise.all(sinks.map((sink) => sink.received(10_000)));
    for (const [i, sink] of sinks.entries()) assert.ok(sink.text === String.fromCharCode(i + 1).repeat(10_000));
  });

  test("says what it is", async (t) => {
    for (const transport of await connect(t)) {
      assert.ok(["node", "memory"].includes(transport.kind));
      assert.equal(typeof transport.isSecure, "boolean");
      assert.ok(["string", "undefined"].includes(typeof transport.remoteAddress));
      transport.setKeepAlive(false);
      transport.setKeepAlive(true);
    }
  });
}

function describeBackpressure(connect: Connect): void {
  test("answers true for bytes it has taken, whose memory may be reused at once", async (t) => {
    const [left, right] = await connect(t);
    const sink = RecordingSink.attachedTo(right);
    RecordingSink.attachedTo(left);
    const memory = new Uint8Array(100);
    let expected = "";
    for (let round = 0; round < 50; round++) {
      memory.fill(round + 1);
      expected += latin1(memory);
      const isTaken = left.write(memory);
      if (isTaken) memory.fill(0xee);
      // Bytes that were not taken must stay as they are until everything has left.
      await sink.received(expected.length);
    }
    assert.equal(sink.text, expected);
  });

  test("holds what a paused peer does not read, says how much, and tells when it is gone", async (t) => {
    const [left, right] = await connect(t);
    const near = RecordingSink.attachedTo(left);
    const far = RecordingSink.attachedTo(right, false);
    right.pause();
    await turns();
    const piece = countedBytes(262_144);
    let written = 0;
    // Until more waits than any kernel takes.
    while (left.pendingBytes < 1_000_000) {
      left.write(piece);
      written += piece.length;
      if (written % 2_097_152 === 0) await turns(2);
    }
    assert.equal(far.byteLength, 0, "a paused transport reads nothing");
    assert.equal(near.count("drained"), 0);
    right.resume();
    await near.called("drained");
    assert.equal(left.pendingBytes, 0);
    await far.received(written);
    assert.equal(far.byteLength, written);
  });

  test("delivers nothing after a pause from inside `receive` but what was already read, and goes on later", async (t) => {
    const [left, right] = await connect(t);
    const sink = RecordingSink.attachedTo(right);
    sink.onEvent = () => right.pause();
    const total = 3_000_000;
    for (let at = 0; at < total; at += 250_000) left.write(countedBytes(250_000, at));
    left.end();
    await sink.received(1);
    await turns();
    const atPause = sink.byteLength;
    assert.ok(atPause < total, `${atPause} bytes came in spite of the pause`);
    await turns();
    assert.equal(sink.byteLength, atPause);
    assert.equal(sink.count("ended"), 0);
    sink.onEvent = () => {};
    right.resume();
    await sink.called("ended");
    assert.ok(sink.text === latin1(countedBytes(total)));
  });

  test("may be paused and resumed at any time, any number of times", async (t) => {
    const [left, right] = await connect(t);
    right.pause();
    right.resume();
    const sink = RecordingSink.attachedTo(right);
    let events = 0;
    sink.onEvent = () => {
      right.pause();
      right.pause();
      events++;
      setImmediate(() => {
        right.resume();
        right.resume();
      });
    };
    left.write(countedBytes(500_000));
    await sink.received(500_000);
    assert.ok(sink.text === latin1(countedBytes(500_000)));
    assert.ok(events > 0);
  });

  test("can be paused when it gets its sink, and reads nothing then", async (t) => {
    const [left, right] = await connect(t);
    left.write(Buffer.from("waiting"));
    const sink = RecordingSink.attachedTo(right);
    right.pause();
    await turns();
    assert.equal(sink.byteLength, 0);
    right.resume();
    await sink.received(7);
    assert.equal(sink.text, "waiting");
  });
}

function describeEnds(connect: Connect): void {
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
    for (const order of [[0, 1], [1, 0]]) {
      const pair = await connect(t);
      const sinks = pair.map((transport) => RecordingSink.attachedTo(transport));
      for (const i of order) {
        pair[i].end();
        pair[i].end();
      }
      await Promise.all(sinks.map((sink) => sink.called("closed")));
      await turns();
      for (const sink of sinks) assert.deepEqual(sink.calls.filter((call) => call !== "drained"), ["ended", "closed"]);
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
}
