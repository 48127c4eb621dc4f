// What every transport owes its user (src/transport/transport.ts), as tests that run against each implementation.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connect } from "./contract-ends.js";
import { describeEnds } from "./contract-ends.js";
import { describeMemory } from "./contract-memory.js";
import { countedBytes, latin1, RecordingSink, turns } from "./recording-sink.js";

/** The contract's tests for one implementation. */
export function describeTransport(name: string, connect: Connect): void {
  describe(`${name} transport`, () => {
    describeDelivery(connect);
    describeBackpressure(connect);
    describeEnds(connect);
    describeMemory(connect);
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
    for (const [i, sink] of sinks.entries())
      assert.ok(sink.text === String.fromCharCode(i + 1).repeat(10_000));
  });

  test("says what it is", async (t) => {
    for (const transport of await connect(t)) {
      assert.match(transport.kind, /^(?:node|memory|uring)(?:\+k?tls)?$/);
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
    let expected = "";
    for (const memory of [new Uint8Array(100), Buffer.alloc(100)]) {
      for (let round = 0; round < 50; round++) {
        memory.fill(round + 1);
        expected += latin1(memory);
        // Bytes that were not taken must stay as they are until their lease is released.
        const isTaken = left.write(memory, { release: () => void memory.fill(0xee) });
        if (isTaken) memory.fill(0xee);
        await sink.received(expected.length);
      }
    }
    assert.equal(sink.text, expected);
  });

  test("releases the lease of every write that it kept once, in order, and no other", async (t) => {
    const [left, right] = await connect(t);
    const near = RecordingSink.attachedTo(left);
    const far = RecordingSink.attachedTo(right);
    right.pause();
    const [kept, released]: [number[], number[]] = [[], []];
    let written = 0;
    for (let i = 0; left.pendingBytes < 1_000_000; i++) {
      const piece = new Uint8Array(100_000).fill(i);
      const lease = {
        release: () => {
          released.push(i);
          piece.fill(0xee);
        },
      };
      if (!left.write(piece, lease)) kept.push(i);
      else piece.fill(0xee);
      written += piece.length;
      if (i % 20 === 0) await turns(1);
    }
    let hasBeenCongested = left.isCongested;
    await turns(2);
    hasBeenCongested ||= left.isCongested;
    assert.ok(hasBeenCongested, "a network that takes nothing more is congested");
    right.resume();
    await near.until(() => left.pendingBytes === 0);
    assert.deepEqual(released, kept);
    assert.equal(left.isCongested, false);
    await far.received(written);
    for (let at = 0; at < written; at += 50_000)
      assert.equal(far.text.charCodeAt(at), Math.floor(at / 100_000) & 0xff);
  });

  test("releases what it kept when it is destroyed, before it is closed", async (t) => {
    const [left, right] = await connect(t);
    const near = RecordingSink.attachedTo(left);
    RecordingSink.attachedTo(right);
    right.pause();
    let held = 0;
    while (left.pendingBytes < 1_000_000) {
      if (!left.write(new Uint8Array(100_000), { release: () => void held-- })) held++;
    }
    near.onEvent = (call) => {
      if (call === "closed") assert.equal(held, 0);
    };
    left.destroy();
    await near.called("closed");
    assert.equal(held, 0);
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
