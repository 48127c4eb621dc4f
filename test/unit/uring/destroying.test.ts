import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TransportError } from "#src/transport/index.js";
import { UringTransport } from "#src/uring/uring-transport.js";
import {
  type Cancelling,
  EAGAIN,
  ECANCELED,
  ENOENT,
  FakeKernel,
  OP_ASYNC_CANCEL,
  OP_RECV,
  OP_SEND,
} from "../../support/fake-kernel.js";
import type { Submission } from "../../support/fake-submission.js";
import { RecordingSink, turns } from "../transport/recording-sink.js";
import { readingStates, receivingStates, type State, write } from "./connection-states.js";
import { assertSlotsFree, FakeConnection, openLoop } from "./fake-connection.js";

/** What the kernel may do with a cancel: see `Cancelling`; "too late" completes everything as if there were none. */
type Answer = Cancelling | "too late";

/** Completes what is under way, one at a time, and sees to it that nothing is over before the last. */
async function completeOneByOne(connection: FakeConnection): Promise<void> {
  const { kernel } = connection;
  const result = ({ opcode, length }: Submission): number => {
    if (opcode === OP_ASYNC_CANCEL) return -ENOENT;
    return opcode === OP_SEND ? length : 0;
  };
  while (kernel.ring.underWay.length > 0) {
    assert.equal(connection.isClosed, false, "closed before the last completion");
    assert.equal(connection.sink.isClosed, false);
    const [oldest] = kernel.ring.underWay;
    if (oldest.opcode === OP_RECV) connection.bring("too late");
    kernel.complete(oldest, result(oldest));
    await turns(2);
  }
}

async function destroyIn(connection: FakeConnection, state: State, answer: Answer): Promise<void> {
  const { kernel, transport, sink } = connection;
  const offered = kernel.offeredBuffers;
  const leases = await state(connection);
  const callsBefore = sink.calls.length;
  kernel.cancelling = answer === "too late" ? "by the test" : answer;
  sink.onEvent = (call) => {
    assert.equal(call, "closed", "after destroy nothing else is told");
    assert.ok(leases.every(({ releases }) => releases === 1));
  };
  const error = new TransportError("HEARTBEAT_MISSED", "silence");
  transport.destroy(error);
  transport.destroy(new TransportError("TIMED_OUT", "another one"));
  assert.equal(sink.calls.length, callsBefore, "nothing is told from inside the call");
  assert.equal(transport.write(Buffer.from("late")), true);
  transport.end();
  transport.resume();
  await turns(4);
  if (answer !== "target first" && answer !== "cancel first") await completeOneByOne(connection);
  // What had begun before may be left to the test's hands.
  for (const submission of [...kernel.ring.underWay]) kernel.complete(submission, -ECANCELED);
  await turns(4);
  assert.equal(sink.calls.filter((call) => call === "closed").length, 1);
  assert.ok(connection.isClosed);
  assert.deepEqual(
    leases.map(({ releases }) => releases),
    leases.map(() => 1),
  );
  assert.equal(kernel.offeredBuffers, offered, "every buffer is back");
  assert.equal(transport.pendingBytes, 0);
  assert.equal(transport.isCongested, false);
  assert.ok(sink.closedError === error || sink.closedError?.code === "CONNECTION_RESET");
  assert.deepEqual(kernel.faults, []);
}

describe("a ring transport is destroyed", () => {
  for (const [name, state] of Object.entries(receivingStates)) {
    for (const answer of ["target first", "cancel first", "too late"] as const) {
      test(`${name}; cancelled: ${answer}`, async (t) =>
        destroyIn(await FakeConnection.receiving(t), state, answer));
    }
  }
  for (const [name, state] of Object.entries(readingStates)) {
    for (const answer of ["target first", "cancel first", "too late"] as const) {
      test(`${name}; cancelled: ${answer}`, async (t) =>
        destroyIn(await FakeConnection.reading(t), state, answer));
    }
  }

  test("before it has a sink, and the sink is told when it comes", async (t) => {
    const connection = new FakeConnection(t);
    connection.transport.destroy();
    await turns(3);
    assert.ok(connection.isClosed);
    connection.transport.attach(connection.sink);
    assert.deepEqual(connection.sink.calls, []);
    await connection.sink.called("closed");
    await turns(3);
    assert.deepEqual(connection.sink.calls, ["closed"]);
  });

  test("from inside each of the sink's calls, and is not closed inside it", async (t) => {
    for (const moment of ["receive", "ended", "drained"]) {
      const connection = await FakeConnection.receiving(t);
      const { kernel, transport, sink } = connection;
      sink.onEvent = (call) => {
        if (call !== moment) return;
        transport.destroy();
        assert.equal(connection.isClosed, false);
      };
      transport.write(Buffer.from("hello"));
      await turns(2);
      connection.sent(5);
      if (moment !== "drained") connection.bring("bytes");
      if (moment === "ended") kernel.complete(connection.receive, 0);
      await sink.called("closed");
      assert.equal(sink.calls.at(-2), moment);
    }
  });

  test("while its operations have not even left, and they are cancelled behind their submission", async (t) => {
    const connection = await FakeConnection.receiving(t, { entries: 4 });
    const { kernel, transport, loop } = connection;
    kernel.refusals.ringEnter = -EAGAIN;
    const [lease] = write(connection, "one");
    const owner = { completed() {} };
    const slot = loop.ring.claimSlot(owner);
    for (let i = 0; i < 10; i++) loop.ring.cancel(1000, 1, slot, 1);
    transport.destroy();
    await turns(3);
    assert.equal(connection.isClosed, false);
    assert.equal(lease.releases, 0);
    delete kernel.refusals.ringEnter;
    await turns(4);
    assert.ok(connection.isClosed);
    assert.equal(lease.releases, 1);
    loop.ring.releaseSlot(slot);
    const opcodes = kernel.ring.taken.map(({ opcode }) => opcode);
    assert.ok(opcodes.lastIndexOf(OP_SEND) < opcodes.lastIndexOf(OP_ASYNC_CANCEL));
  });

  test("and whoever has its place then gets nothing of what was its", async () => {
    const kernel = new FakeKernel();
    const loop = openLoop(kernel);
    let bytes = 0;
    for (let round = 0; round < 200; round++) {
      const transport = new UringTransport(loop, kernel.descriptor());
      const sink = new RecordingSink();
      transport.attach(sink);
      await turns(2);
      kernel.bring(kernel.underWay(OP_RECV), Buffer.from(`round ${round}`));
      if (round % 2 === 0) await turns(2);
      transport.destroy();
      if (round % 3 === 0) kernel.cancelling = "cancel first";
      await sink.called("closed");
      assert.ok(sink.text === "" || sink.text === `round ${round}`);
      bytes += sink.byteLength;
    }
    assert.ok(bytes > 0);
    assert.deepEqual(kernel.faults, []);
    assertSlotsFree(loop.ring, 1);
  });
});
