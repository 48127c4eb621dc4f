import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { TransportError } from "#src/transport/index.js";
import { UringTransport } from "#src/uring/uring-transport.js";
import {
  type Cancelling,
  EAGAIN,
  ECANCELED,
  ECONNRESET,
  ENOENT,
  FakeKernel,
  OP_ASYNC_CANCEL,
  OP_RECV,
  OP_SEND,
} from "../../support/fake-kernel.js";
import type { Submission } from "../../support/fake-submission.js";
import { RecordingSink, turns } from "../transport/recording-sink.js";
import { assertSlotsFree, CountedLease, FakeConnection, openLoop } from "./fake-connection.js";

/** Brings a receiving connection into a state; answers the leases of what it wrote. */
type State = (connection: FakeConnection) => CountedLease[] | Promise<CountedLease[]>;

function write({ transport }: FakeConnection, ...texts: string[]): CountedLease[] {
  return texts.map((text) => {
    const lease = new CountedLease(Buffer.from(text));
    assert.equal(transport.write(lease.bytes, lease), false);
    return lease;
  });
}

const states: Record<string, State> = {
  receiving: () => [],
  "receiving again": async (connection) => {
    connection.bring("hello", false);
    await turns(2);
    return [];
  },
  "having written, before the turn is over": (connection) => write(connection, "one"),
  sending: async (connection) => {
    const leases = write(connection, "one");
    await turns(2);
    return leases;
  },
  "sending, with more to send": async (connection) => {
    const leases = write(connection, "one", "two", "three");
    await turns(2);
    return leases;
  },
  "sending the rest": async (connection) => {
    const leases = write(connection, "one", "two");
    await turns(2);
    connection.sent(1);
    await turns(2);
    return leases;
  },
  "sending again": async (connection) => {
    const leases = write(connection, "one");
    await turns(2);
    connection.sent(-EAGAIN);
    await turns(2);
    return leases;
  },
  "sending the rest of a large write": async (connection) => {
    connection.kernel.sendAnswers.push(50_000);
    assert.equal(connection.transport.write(new Uint8Array(100_000)), false);
    await turns(2);
    return [];
  },
  "about to be paused": (connection) => {
    connection.transport.pause();
    return [];
  },
  "being paused": async (connection) => {
    connection.kernel.cancelling = "by the test";
    connection.transport.pause();
    await turns(3);
    return write(connection, "one");
  },
  paused: async (connection) => {
    connection.transport.pause();
    await turns(3);
    return [];
  },
  "paused, with late bytes and an end": async (connection) => {
    const { transport, sink } = connection;
    sink.onEvent = () => transport.pause();
    connection.bring("one");
    connection.bring("two");
    connection.kernel.complete(connection.receive, 0);
    await turns(3);
    return [];
  },
  "going on, with late bytes": async (connection) => {
    await states["paused, with late bytes and an end"](connection);
    connection.transport.resume();
    return [];
  },
  "ended by the peer": async (connection) => {
    connection.kernel.complete(connection.receive, 0);
    await turns(2);
    return write(connection, "one");
  },
  "ended by itself": async (connection) => {
    connection.transport.end();
    await turns(2);
    return [];
  },
  "ending behind what it sends": async (connection) => {
    const leases = write(connection, "one");
    connection.transport.end();
    await turns(2);
    return leases;
  },
  "failing already": async (connection) => {
    const leases = write(connection, "one", "two");
    await turns(2);
    connection.kernel.complete(connection.receive, -ECONNRESET);
    return leases;
  },
  "with bytes, an end of the send and a reset on their way": async (connection) => {
    const leases = write(connection, "one");
    await turns(2);
    connection.bring("bytes");
    connection.sent(3);
    connection.kernel.complete(connection.receive, -ECONNRESET);
    return leases;
  },
};

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

async function destroyIn(t: TestContext, state: State, answer: Answer): Promise<void> {
  const connection = await FakeConnection.receiving(t);
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
  for (const [name, state] of Object.entries(states)) {
    for (const answer of ["target first", "cancel first", "too late"] as const) {
      test(`${name}; cancelled: ${answer}`, (t) => destroyIn(t, state, answer));
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

describe("a ring transport keeps the process alive", () => {
  test("until it is told otherwise, however often, and no longer than it is open", async () => {
    const kernel = new FakeKernel();
    const loop = openLoop(kernel);
    assert.equal(kernel.isKeepingAlive, false);
    const [first, second] = [0, 1].map(() => new UringTransport(loop, kernel.descriptor()));
    assert.equal(kernel.isKeepingAlive, true);
    for (const isKeepingAlive of [false, false, true, true, false, false]) first.setKeepAlive(isKeepingAlive);
    assert.equal(kernel.isKeepingAlive, true, "the other one does");
    second.setKeepAlive(false);
    assert.equal(kernel.isKeepingAlive, false);
    first.setKeepAlive(true);
    assert.equal(kernel.isKeepingAlive, true);
    first.destroy();
    first.setKeepAlive(false);
    first.setKeepAlive(true);
    assert.equal(kernel.isKeepingAlive, true, "it is not closed yet");
    await turns(3);
    assert.equal(kernel.isKeepingAlive, false);
    first.setKeepAlive(true);
    first.setKeepAlive(false);
    assert.equal(kernel.isKeepingAlive, false);
    second.setKeepAlive(true);
    assert.equal(kernel.isKeepingAlive, true, "and what is closed counts for nothing");
    second.destroy();
    await turns(3);
    assert.equal(kernel.isKeepingAlive, false);
  });
});
