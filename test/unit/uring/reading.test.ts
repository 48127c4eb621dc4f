import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ECONNRESET, ENOMEM, OP_ASYNC_CANCEL } from "../../support/fake-kernel.js";
import { turns } from "../transport/recording-sink.js";
import { FakeConnection, LARGE_BYTES } from "./fake-connection.js";

const large = "x".repeat(LARGE_BYTES);

describe("a ring transport that reads by itself", () => {
  test("ends when the peer does, and asks for nothing more", async (t) => {
    const connection = await FakeConnection.reading(t);
    const { sink, transport } = connection;
    connection.arrive("last words", 0);
    await turns(3);
    assert.deepEqual(sink.calls, ["receive", "ended"]);
    assert.equal(connection.isPolling, false);
    assert.equal(connection.isReceiving, false);
    transport.pause();
    transport.resume();
    await turns(3);
    assert.equal(connection.isPolling, false);
    transport.end();
    await sink.called("closed");
    assert.equal(sink.closedError, undefined);
    assert.deepEqual(connection.kernel.shutDowns, [connection.fd]);
  });

  test("goes on reading behind its own end, and is closed without an error when the peer ends last", async (t) => {
    const connection = await FakeConnection.reading(t);
    connection.transport.end();
    connection.arrive("more", 0);
    await connection.sink.called("closed");
    assert.deepEqual(connection.sink.calls, ["receive", "ended", "closed"]);
    assert.equal(connection.sink.closedError, undefined);
  });

  test("is closed with what the kernel says, of the read or of the poll", async (t) => {
    for (const [poll, read, code] of [
      [1, -ECONNRESET, "CONNECTION_RESET"],
      [-ENOMEM, 0, undefined],
    ] as const) {
      const connection = await FakeConnection.reading(t);
      connection.kernel.sockets.arrive(connection.fd, [read]);
      connection.kernel.complete(connection.poll, poll);
      await connection.sink.called("closed");
      assert.deepEqual(connection.sink.calls, ["closed"]);
      assert.equal(connection.sink.closedError?.syscall, "read");
      if (code !== undefined) assert.equal(connection.sink.closedError?.code, code);
    }
  });

  test("is paused and resumed without a word to the kernel", async (t) => {
    const connection = await FakeConnection.reading(t);
    const { kernel, transport } = connection;
    const count = kernel.ring.taken.length;
    for (let i = 0; i < 3; i++) {
      transport.pause();
      await turns(3);
      transport.resume();
      await turns(3);
    }
    assert.equal(kernel.ring.taken.length, count);
    connection.arrive("hello");
    await turns(2);
    assert.equal(connection.sink.text, "hello");
  });

  test("leaves in the socket what comes into a pause, and an end behind it", async (t) => {
    const connection = await FakeConnection.reading(t);
    const { kernel, transport, sink } = connection;
    transport.pause();
    connection.arrive("one, ", "two", 0);
    await turns(3);
    assert.deepEqual(sink.calls, []);
    assert.equal(connection.isPolling, false, "nobody waits for what is not wanted");
    assert.deepEqual(kernel.sockets.readLengths, []);
    transport.resume();
    assert.deepEqual(sink.calls, [], "nothing is delivered from inside a call");
    await turns(3);
    assert.equal(sink.text, "one, two");
    assert.deepEqual(sink.calls, ["receive", "ended"]);
  });

  test("reads nothing more when it is paused by whoever is told of the bytes", async (t) => {
    const connection = await FakeConnection.reading(t);
    const { transport, sink } = connection;
    sink.onEvent = () => transport.pause();
    connection.arrive("one, ", "two, ", "three");
    const texts: string[] = [];
    for (let i = 0; i < 4; i++) {
      await turns(3);
      texts.push(sink.text);
      transport.resume();
    }
    assert.deepEqual(texts, ["one, ", "one, two, ", "one, two, three", "one, two, three"]);
  });

  test("tells first what came late while it still received, and then reads", async (t) => {
    for (const isResumedAtOnce of [false, true]) {
      const connection = await FakeConnection.receiving(t);
      const { kernel, transport, sink } = connection;
      kernel.cancelling = "by the test";
      sink.onEvent = () => transport.pause();
      for (const text of [large, "late, ", "later, "]) connection.bring(text);
      await turns(3);
      sink.onEvent = () => {};
      kernel.cancel(kernel.underWay(OP_ASYNC_CANCEL));
      connection.arrive("and last");
      if (!isResumedAtOnce) await turns(3);
      assert.equal(sink.text, large);
      transport.resume();
      await turns(3);
      assert.equal(sink.text, `${large}late, later, and last`);
      assert.deepEqual(kernel.sockets.readLengths, [8]);
      const cancels = kernel.ring.taken.filter(({ opcode }) => opcode === OP_ASYNC_CANCEL);
      assert.equal(cancels.length, 1, "for the pause and the change");
    }
  });
});
