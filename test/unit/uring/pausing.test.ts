import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LateBytes } from "#src/uring/late-bytes.js";
import { UringTransport } from "#src/uring/uring-transport.js";
import {
  type Cancelling,
  ECANCELED,
  ECONNRESET,
  ENOBUFS,
  FakeKernel,
  OP_ASYNC_CANCEL,
  OP_RECV,
} from "../../support/fake-kernel.js";
import { RecordingSink, turns } from "../transport/recording-sink.js";
import { assertSlotsFree, FakeConnection, openLoop } from "./fake-connection.js";

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

/** A peer that has sent more than was read, and a kernel that brings it as soon as somebody receives. */
class Peer {
  sent = "";
  #unread = "";
  readonly #kernel: FakeKernel;
  readonly #fd: number;

  constructor(kernel: FakeKernel, fd: number) {
    this.#kernel = kernel;
    this.#fd = fd;
  }

  send(text: string): void {
    this.sent += text;
    this.#unread += text;
    this.bring();
  }

  bring(): void {
    if (this.#unread === "" || !this.#kernel.isUnderWay(OP_RECV)) return;
    const receive = this.#kernel.underWay(OP_RECV, this.#fd);
    if (this.#kernel.bring(receive, Buffer.from(this.#unread))) this.#unread = "";
  }
}

const actions = ["pause", "resume", "send", "turn", "cancelled", "ended without more"] as const;
type Action = (typeof actions)[number];

/** All sequences of so many actions. */
function* sequences(length: number): Generator<Action[]> {
  if (length === 0) yield [];
  else for (const rest of sequences(length - 1)) for (const action of actions) yield [...rest, action];
}

/** Goes through the actions and then lets everything happen. Nothing may be lost, or delivered into a pause. */
async function playThrough(
  kernel: FakeKernel,
  { transport, sink, peer }: Connection,
  sequence: Action[],
  isCancelFirst: boolean,
): Promise<void> {
  let isPaused = false;
  sink.onEvent = () => assert.equal(isPaused, false, "delivered into a pause");
  for (const [i, action] of sequence.entries()) {
    if (action === "pause") transport.pause();
    else if (action === "resume") transport.resume();
    else if (action === "send") peer.send(`${i} `);
    else if (action === "turn") await turns(1);
    else if (action === "ended without more" && kernel.isUnderWay(OP_RECV))
      kernel.complete(kernel.underWay(OP_RECV), -ECANCELED);
    else if (action === "cancelled" && kernel.isUnderWay(OP_ASYNC_CANCEL))
      kernel.cancel(kernel.underWay(OP_ASYNC_CANCEL), isCancelFirst);
    if (action === "pause" || action === "resume") isPaused = action === "pause";
    const receives = kernel.ring.underWay.filter(({ opcode }) => opcode === OP_RECV);
    assert.ok(receives.length <= 1, "two receives at once");
    assert.ok(kernel.ring.underWay.length - receives.length <= 1, "two cancels at once");
  }
  isPaused = false;
  transport.resume();
  peer.send("the rest");
  for (let i = 0; i < 4; i++) {
    await turns(1);
    if (kernel.isUnderWay(OP_ASYNC_CANCEL)) kernel.cancel(kernel.underWay(OP_ASYNC_CANCEL), isCancelFirst);
    peer.bring();
  }
  await turns(2);
  assert.equal(sink.text, peer.sent);
}

interface Connection {
  readonly transport: UringTransport;
  readonly sink: RecordingSink;
  readonly peer: Peer;
}

const LENGTH = 5;

for (const order of ["target first", "cancel first"] as const satisfies Cancelling[]) {
  test(`pauses and resumes in every order of ${LENGTH} steps lose nothing, with the ${order}`, async () => {
    const kernel = new FakeKernel();
    const loop = openLoop(kernel);
    for (const sequence of sequences(LENGTH)) {
      const fd = kernel.descriptor();
      const transport = new UringTransport(loop, fd);
      const connection = { transport, sink: new RecordingSink(), peer: new Peer(kernel, fd) };
      transport.attach(connection.sink);
      kernel.cancelling = "by the test";
      await playThrough(kernel, connection, sequence, order === "cancel first").catch((error: Error) => {
        throw new Error(`${sequence.join(", ")}: ${error.message}`, { cause: error });
      });
      kernel.cancelling = order;
      transport.destroy();
      await connection.sink.called("closed");
    }
    assert.deepEqual(kernel.faults, []);
    assertSlotsFree(loop.ring, 1);
  });
}

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
