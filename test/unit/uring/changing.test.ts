import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { currentScope } from "#src/host/index.js";
import { UringTransport } from "#src/uring/uring-transport.js";
import {
  EAGAIN,
  ECANCELED,
  FakeKernel,
  OP_ASYNC_CANCEL,
  OP_POLL_ADD,
  OP_RECV,
} from "../../support/fake-kernel.js";
import { countedBytes, latin1, RecordingSink, turns } from "../transport/recording-sink.js";
import { FakeConnection, LARGE_BYTES, openLoop } from "./fake-connection.js";

const POLLIN_POLLRDHUP = 0x2001;
const READ_BYTES = 262_144;
const MAX_SMALL_READS = 16;

const large = "x".repeat(LARGE_BYTES);

/** The opcodes of what the kernel has taken since it had taken so much. */
function opcodesSince({ ring }: FakeKernel, count = 0): number[] {
  return ring.taken.slice(count).map(({ opcode }) => opcode);
}

describe("a ring transport whose reads are large", () => {
  test("is told when there is something, and reads it by itself", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    connection.bring(large);
    await turns(2);
    assert.deepEqual(opcodesSince(kernel), [OP_RECV, OP_ASYNC_CANCEL, OP_POLL_ADD]);
    assert.equal(connection.poll.operationFlags, POLLIN_POLLRDHUP);
    let text = large;
    for (const word of ["one, ", "two, ", "three"]) {
      connection.arrive(word);
      await turns(2);
      text += word;
      assert.equal(sink.text, text);
      assert.ok(connection.isPolling, "a poll for each read");
    }
    assert.deepEqual(kernel.sockets.readLengths, [5, 5, 5], "and one read for each poll");
  });

  test("is left to the kernel while they are one byte less", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const less = large.slice(1);
    connection.bring(less);
    connection.bring(less);
    await turns(2);
    assert.deepEqual(opcodesSince(connection.kernel), [OP_RECV]);
    assert.equal(connection.sink.byteLength, 2 * less.length);
  });

  test("needs no cancel when the kernel ends the receive with the large one", async (t) => {
    const connection = await FakeConnection.receiving(t);
    connection.bring(large, false);
    await turns(2);
    assert.deepEqual(opcodesSince(connection.kernel), [OP_RECV, OP_POLL_ADD]);
  });

  test("delivers first what the kernel still receives, and does not read before that is over", async (t) => {
    for (const isCancelFirst of [false, true]) {
      const connection = await FakeConnection.receiving(t);
      const { kernel, sink } = connection;
      kernel.cancelling = "by the test";
      for (const text of [large, "one, ", "two, "]) connection.bring(text);
      await turns(2);
      connection.bring("three, ");
      connection.bring(large);
      await turns(2);
      assert.equal(connection.isPolling, false, "two might overtake each other");
      connection.bring("four, ");
      kernel.cancel(kernel.underWay(OP_ASYNC_CANCEL), isCancelFirst);
      connection.arrive("five");
      await turns(2);
      assert.equal(sink.text, `${large}one, two, three, ${large}four, five`);
      assert.deepEqual(opcodesSince(kernel).slice(0, 3), [OP_RECV, OP_ASYNC_CANCEL, OP_POLL_ADD]);
    }
  });

  test("keeps its way when the receive ends with bytes before the cancel comes", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    kernel.cancelling = "by the test";
    connection.bring(large);
    await turns(2);
    connection.bring("last", false);
    await turns(2);
    assert.ok(connection.isPolling);
    kernel.cancel(kernel.underWay(OP_ASYNC_CANCEL));
    connection.arrive(", and first");
    await turns(2);
    assert.equal(sink.text, `${large}last, and first`);
  });

  test("goes back when so many reads in a row are small, without a cancel", async (t) => {
    const connection = await FakeConnection.reading(t);
    const { kernel, sink } = connection;
    const count = kernel.ring.taken.length;
    let expected = 0;
    const arrive = async (length: number): Promise<void> => {
      assert.ok(connection.isPolling);
      connection.arrive("x".repeat(length));
      expected += length;
      await turns(2);
    };
    for (let i = 1; i < MAX_SMALL_READS; i++) await arrive(8191);
    await arrive(8192);
    for (let i = 0; i < MAX_SMALL_READS; i++) await arrive(1);
    assert.equal(sink.byteLength, expected);
    const polls = 2 * MAX_SMALL_READS - 1;
    assert.deepEqual(opcodesSince(kernel, count), [...Array(polls).fill(OP_POLL_ADD), OP_RECV]);
    connection.bring(large);
    await turns(2);
    assert.ok(connection.isPolling, "and to and fro");
  });

  test("reads once, and lets others have their turn before it reads the rest", async (t) => {
    const connection = await FakeConnection.reading(t);
    const { kernel, sink } = connection;
    const count = kernel.ring.taken.length;
    const bytes = countedBytes(READ_BYTES + 100_000);
    kernel.arrive(connection.fd, bytes);
    await turns(2);
    assert.ok(sink.text === latin1(bytes));
    assert.deepEqual(kernel.sockets.readLengths, [READ_BYTES, 100_000]);
    assert.deepEqual(opcodesSince(kernel, count), [OP_POLL_ADD, OP_POLL_ADD]);
  });

  test("asks again when there is nothing after all, or nobody of ours cancelled", async (t) => {
    const connection = await FakeConnection.reading(t);
    for (const [poll, read] of [
      [1, -EAGAIN],
      [-ECANCELED, undefined],
    ]) {
      if (read !== undefined) connection.kernel.sockets.arrive(connection.fd, [read]);
      connection.kernel.complete(connection.poll, poll as number);
      await turns(2);
      assert.ok(connection.isPolling);
    }
    assert.deepEqual(connection.sink.calls, []);
  });

  test("goes on when whoever is told of the bytes throws", async (t) => {
    const connection = await FakeConnection.reading(t);
    const failure = new Error("not these bytes");
    connection.sink.onEvent = () => {
      throw failure;
    };
    connection.arrive("thrown at, ");
    assert.throws(() => connection.kernel.wakeNow(), failure);
    connection.sink.onEvent = () => {};
    await turns(2);
    connection.arrive("and on");
    await turns(2);
    assert.equal(connection.sink.text, "thrown at, and on");
  });

  test("delivers in the scope of whoever opened the connection", async () => {
    const storage = new AsyncLocalStorage<string>();
    const kernel = new FakeKernel();
    const loop = openLoop(kernel);
    const sinks = ["one", "two"].map((name) => {
      const fd = kernel.descriptor();
      const transport = storage.run(name, () => new UringTransport(loop, fd, currentScope()));
      const sink = new RecordingSink();
      sink.onEvent = () => assert.equal(storage.getStore(), name);
      transport.attach(sink);
      return { fd, transport, sink };
    });
    for (const text of [large, "read"]) {
      await turns(3);
      for (const { fd } of sinks) kernel.arrive(fd, Buffer.from(text));
    }
    await turns(3);
    assert.deepEqual(kernel.sockets.readLengths, [4, 4]);
    for (const { transport, sink } of sinks) {
      transport.destroy();
      await sink.called("closed");
      assert.equal(sink.text, `${large}read`);
    }
  });
});
