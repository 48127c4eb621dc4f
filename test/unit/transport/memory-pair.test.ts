import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createMemoryPair } from "#src/transport/index.js";
import { describeTransport } from "./contract.js";
import { countedBytes, latin1, RecordingSink } from "./recording-sink.js";

describeTransport("memory", async () => createMemoryPair());
describeTransport("memory, in small pieces,", async () => createMemoryPair({ maxChunkBytes: 1000 }));

describe("memory pair", () => {
  test("cuts what is written into pieces of the size asked for", async () => {
    const [left, right] = createMemoryPair({ maxChunkBytes: 7 });
    const lengths: number[] = [];
    const sink = new RecordingSink();
    const receive = sink.receive.bind(sink);
    sink.receive = (bytes, start, end) => {
      lengths.push(end - start);
      receive(bytes, start, end);
    };
    right.attach(sink);
    left.write(countedBytes(20));
    await sink.received(20);
    assert.deepEqual(lengths, [7, 7, 6]);
    assert.equal(sink.text, latin1(countedBytes(20)));
  });

  test("delivers when its scheduler says so, and never inside a call of the writer", () => {
    const tasks: { turnEnded(): void }[] = [];
    const [left, right] = createMemoryPair({ turns: { atTurnEnd: (task) => void tasks.push(task) } });
    const sink = RecordingSink.attachedTo(right);
    const own = RecordingSink.attachedTo(left);
    left.write(Buffer.from("hello"));
    left.end();
    right.end();
    assert.deepEqual(sink.calls, []);
    assert.equal(left.pendingBytes, 5);
    while (tasks.length > 0) tasks.shift()?.turnEnded();
    assert.deepEqual(sink.calls, ["receive", "ended", "closed"]);
    assert.deepEqual(own.calls, ["drained", "ended", "closed"]);
    assert.equal(left.pendingBytes, 0);
  });

  test("is a transport of its own kind, with nobody's address", () => {
    const [left] = createMemoryPair();
    assert.deepEqual([left.kind, left.isSecure, left.remoteAddress], ["memory", false, undefined]);
  });
});
