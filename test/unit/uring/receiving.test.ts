import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ECANCELED, ECONNRESET, ENOBUFS, OP_RECV } from "../../support/fake-kernel.js";
import { countedBytes, latin1, turns } from "../transport/recording-sink.js";
import { FakeConnection } from "./fake-connection.js";

const ETIMEDOUT = 110;

describe("a ring transport that receives", () => {
  test("asks once, and gives each buffer back when its bytes were delivered", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    const { receive } = connection;
    const offered = kernel.offeredBuffers;
    let text = "";
    for (let round = 0; round < 300; round++) {
      connection.bring(`${round}, `);
      connection.bring("and ");
      text += `${round}, and `;
      await turns(1);
      assert.equal(kernel.offeredBuffers, offered);
    }
    assert.equal(sink.text, text);
    assert.equal(connection.receive, receive, "one submission for all of them");
  });

  test("fills a buffer to its end, and buffers do not overlap", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    let expected = "";
    for (let i = 0; kernel.offeredBuffers > 0; i++) {
      const bytes = countedBytes(131_072, i * 7);
      kernel.bring(connection.receive, bytes);
      expected += latin1(bytes);
    }
    // So much takes more than one turn.
    while (sink.text.length < expected.length) await turns(1);
    assert.ok(sink.text === expected);
  });

  test("goes on when the kernel ends the receive behind bytes", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { sink } = connection;
    for (const word of ["one, ", "two, ", "three"]) {
      connection.bring(word, false);
      assert.equal(connection.isReceiving, false);
      await turns(2);
      assert.ok(connection.isReceiving);
    }
    assert.equal(sink.text, "one, two, three");
  });

  test("offers more buffers when they ran out, up to all that there are, and goes on each time", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    const offers = [kernel.offeredBuffers];
    for (let round = 0; round < 6; round++) {
      kernel.complete(connection.receive, -ENOBUFS);
      await turns(2);
      assert.ok(connection.isReceiving, "the receive is asked for again");
      offers.push(kernel.offeredBuffers);
    }
    const most = offers[offers.length - 1];
    assert.ok(offers.every((count, i) => i === 0 || count === Math.min(2 * offers[i - 1], most)));
    assert.ok(most > offers[0]);
    assert.deepEqual(sink.calls, []);
  });

  test("loses nothing when every buffer is full and the next bytes find none", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    let expected = "";
    for (let i = 0; i < 500; i++) {
      const piece = `${i} `;
      while (!connection.isReceiving || !connection.bring(piece)) await turns(2);
      expected += piece;
    }
    await turns(3);
    assert.equal(sink.text, expected);
    assert.ok(kernel.offeredBuffers > 0);
  });

  test("ends when the peer does, and asks for nothing more", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    connection.bring("last words");
    kernel.complete(connection.receive, 0);
    await turns(3);
    assert.deepEqual(sink.calls, ["receive", "ended"]);
    assert.equal(connection.isReceiving, false);
    assert.equal(connection.isClosed, false, "sending is still possible");
    connection.transport.end();
    await sink.called("closed");
    assert.equal(sink.closedError, undefined);
    assert.deepEqual(kernel.shutDowns, [connection.fd]);
  });

  test("is closed without an error when the peer ends last", async (t) => {
    const connection = await FakeConnection.receiving(t);
    connection.transport.end();
    connection.kernel.complete(connection.receive, 0);
    await connection.sink.called("closed");
    assert.deepEqual(connection.sink.calls, ["ended", "closed"]);
    assert.equal(connection.sink.closedError, undefined);
  });

  test("is closed with what the kernel says when the receive fails", async (t) => {
    for (const [errno, code] of [
      [ECONNRESET, "CONNECTION_RESET"],
      [ETIMEDOUT, "TIMED_OUT"],
    ] as const) {
      const connection = await FakeConnection.receiving(t);
      connection.kernel.complete(connection.receive, -errno);
      await connection.sink.called("closed");
      assert.equal(connection.sink.closedError?.code, code);
      assert.equal(connection.sink.closedError?.syscall, "read");
      assert.deepEqual(connection.sink.calls, ["closed"]);
    }
  });

  test("asks again when a receive was cancelled by nobody of ours", async (t) => {
    const connection = await FakeConnection.receiving(t);
    connection.kernel.complete(connection.receive, -ECANCELED);
    await turns(2);
    assert.ok(connection.isReceiving);
    assert.deepEqual(connection.sink.calls, []);
  });

  test("gives its buffer back and goes on when whoever is told of the bytes throws", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, sink } = connection;
    const offered = kernel.offeredBuffers;
    const failure = new Error("not these bytes");
    sink.onEvent = () => {
      throw failure;
    };
    for (const hasMore of [true, false]) {
      connection.bring("thrown at, ", hasMore);
      assert.throws(() => kernel.wakeNow(), failure);
      await turns(2);
      assert.equal(kernel.offeredBuffers, offered);
      assert.ok(connection.isReceiving);
    }
    sink.onEvent = () => {};
    connection.bring("and on");
    await turns(2);
    assert.equal(sink.text, "thrown at, thrown at, and on");
  });

  test("asks for nothing before it has a sink", async (t) => {
    const connection = new FakeConnection(t);
    connection.transport.resume();
    await turns(3);
    assert.equal(connection.kernel.isUnderWay(OP_RECV), false);
  });
});
