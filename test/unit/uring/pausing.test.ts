import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LateBytes } from "#src/uring/late-bytes.js";
import { ECONNRESET, ENOBUFS, OP_ASYNC_CANCEL } from "../../support/fake-kernel.js";
import { turns } from "../transport/recording-sink.js";
import { FakeConnection } from "./fake-connection.js";

describe("a ring transport that is paused", () => {
  test("cancels the receive when the turn is over, and asks again when it goes on", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport } = connection;
    transport.pause();
    assert.ok(connection.isReceiving);
    await turns(3);
    assert.equal(connection.isReceiving, false);
    assert.equal(kernel.ring.taken.length, 2, "a receive and a cancel");
    transport.resume();
    await turns(3);
    assert.ok(connection.isReceiving);
    assert.equal(kernel.ring.taken.length, 3);
  });

  test("asks the kernel for nothing when it goes on within the turn", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport } = connection;
    for (let i = 0; i < 5; i++) {
      transport.pause();
      transport.resume();
    }
    await turns(3);
    assert.equal(kernel.ring.taken.length, 1);
    connection.bring("hello");
    await turns(2);
    assert.equal(connection.sink.text, "hello");
  });

  test("keeps what came into the pause, and delivers it first", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport, sink } = connection;
    sink.onEvent = () => transport.pause();
    for (const word of ["one, ", "two, ", "three, "]) connection.bring(word);
    await turns(3);
    assert.equal(sink.text, "one, ");
    sink.onEvent = () => {};
    transport.resume();
    assert.equal(sink.text, "one, ", "nothing is delivered from inside a call");
    await turns(3);
    assert.equal(sink.text, "one, two, three, ");
    connection.bring("four");
    await turns(3);
    assert.equal(sink.text, "one, two, three, four");
  });

  test("delivers what it kept piece by piece, for as long as it is not paused again", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { transport, sink } = connection;
    sink.onEvent = () => transport.pause();
    for (const word of ["one, ", "two, ", "three"]) connection.bring(word);
    connection.kernel.complete(connection.receive, 0);
    const texts: string[] = [];
    for (let i = 0; i < 4; i++) {
      await turns(3);
      texts.push(sink.text);
      transport.resume();
    }
    assert.deepEqual(texts, ["one, ", "one, two, ", "one, two, three", "one, two, three"]);
    assert.ok(connection.kernel.ring.taken.length === 1, "with so much at hand nothing is received");
    assert.deepEqual(sink.calls, ["receive", "ended"]);
    transport.end();
    await sink.called("closed");
  });

  test("does not wait for the turn's end when too much comes into the pause", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport, sink } = connection;
    const piece = "x".repeat(30_000);
    for (const [count, isTooMuch] of [
      [2, false],
      [3, true],
    ] as const) {
      let isCancelled = false;
      sink.onEvent = () => {
        sink.onEvent = () => assert.fail("delivered into the pause");
        transport.pause();
        for (let i = 0; i < count; i++) connection.bring(piece);
        // Behind everything that the ring does in this callback, and before the turn is over.
        process.nextTick(() => {
          isCancelled = !connection.isReceiving;
        });
      };
      sink.byteLength = 0;
      connection.bring(piece);
      await turns(4);
      assert.equal(isCancelled, isTooMuch, `with ${count * piece.length} bytes`);
      assert.equal(connection.isReceiving, false);
      assert.equal(sink.byteLength, piece.length);
      sink.onEvent = () => {};
      transport.resume();
      await turns(4);
      assert.equal(sink.byteLength, (count + 1) * piece.length);
    }
    const cancels = kernel.ring.taken.filter(({ opcode }) => opcode === OP_ASYNC_CANCEL);
    assert.equal(cancels.length, 2, "one cancel for each pause");
  });

  test("tells of a reset at once", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport, sink } = connection;
    sink.onEvent = () => transport.pause();
    connection.bring("one");
    connection.bring("two");
    kernel.complete(connection.receive, -ECONNRESET);
    await sink.called("closed");
    assert.equal(sink.closedError?.code, "CONNECTION_RESET");
    assert.equal(sink.text, "one");
    transport.resume();
    await turns(3);
    assert.deepEqual(sink.calls, ["receive", "closed"]);
  });

  test("tells of a reset that comes while the cancel is under way", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport, sink } = connection;
    kernel.cancelling = "by the test";
    transport.pause();
    await turns(3);
    kernel.complete(connection.receive, -ECONNRESET);
    await turns(3);
    assert.equal(connection.isClosed, false, "the cancels are under way");
    kernel.cancelling = "target first";
    for (const submission of [...kernel.ring.underWay]) kernel.cancel(submission);
    await sink.called("closed");
    assert.equal(sink.closedError?.code, "CONNECTION_RESET");
  });

  test("does not ask again for buffers' sake before it goes on", async (t) => {
    const connection = await FakeConnection.receiving(t);
    const { kernel, transport } = connection;
    transport.pause();
    kernel.complete(connection.receive, -ENOBUFS);
    await turns(3);
    assert.equal(connection.isReceiving, false);
    transport.resume();
    await turns(3);
    assert.ok(connection.isReceiving);
  });
});

test("late bytes come back in order, and count only while they wait", () => {
  const late = new LateBytes();
  assert.ok(late.isEmpty);
  for (let i = 0; i < 3; i++) late.push(new Uint8Array(30_000).fill(i));
  assert.equal(late.isTooMuch, true);
  assert.deepEqual(
    [0, 1, 2].map(() => late.take()[0]),
    [0, 1, 2],
  );
  assert.equal(late.isTooMuch, false);
  assert.ok(late.isEmpty);
  late.push(new Uint8Array(65_536));
  assert.equal(late.isTooMuch, false);
  late.push(new Uint8Array(1));
  assert.equal(late.isTooMuch, true);
});
