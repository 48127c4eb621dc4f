// Everything that can happen to a connection that is paused and resumed, in every order, while its reads are small, or
// large, or both.

import assert from "node:assert/strict";
import { test } from "node:test";
import { UringTransport } from "#src/uring/uring-transport.js";
import {
  type Cancelling,
  ECANCELED,
  FakeKernel,
  OP_ASYNC_CANCEL,
  OP_POLL_ADD,
  OP_RECV,
} from "../../support/fake-kernel.js";
import { RecordingSink, turns } from "../transport/recording-sink.js";
import { assertSlotsFree, LARGE_BYTES, openLoop } from "./fake-connection.js";

const actions = ["pause", "resume", "send", "turn", "cancelled", "ended without more"] as const;
type Action = (typeof actions)[number] | "send much";

interface Connection {
  readonly fd: number;
  readonly transport: UringTransport;
  readonly sink: RecordingSink;
}

/** All sequences of so many actions. */
function* sequences(length: number, from: readonly Action[]): Generator<Action[]> {
  if (length === 0) yield [];
  else for (const rest of sequences(length - 1, from)) for (const action of from) yield [...rest, action];
}

/** Goes through the actions and then lets everything happen. Nothing may be lost, or delivered into a pause. */
async function playThrough(
  kernel: FakeKernel,
  { fd, transport, sink }: Connection,
  sequence: Action[],
  isCancelFirst: boolean,
): Promise<void> {
  let isPaused = false;
  let sent = "";
  const send = (text: string): void => {
    sent += text;
    kernel.arrive(fd, Buffer.from(text));
  };
  const underWay = (...opcodes: number[]) =>
    kernel.ring.underWay.filter(({ opcode }) => opcodes.includes(opcode));
  sink.onEvent = () => assert.equal(isPaused, false, "delivered into a pause");
  for (const [i, action] of sequence.entries()) {
    const [reading] = underWay(OP_RECV, OP_POLL_ADD);
    const [cancel] = underWay(OP_ASYNC_CANCEL);
    if (action === "pause") transport.pause();
    else if (action === "resume") transport.resume();
    else if (action === "send") send(`${i} `);
    else if (action === "send much") send(`${i} `.padEnd(LARGE_BYTES));
    else if (action === "turn") await turns(1);
    else if (action === "ended without more" && reading !== undefined) kernel.complete(reading, -ECANCELED);
    else if (action === "cancelled" && cancel !== undefined) kernel.cancel(cancel, isCancelFirst);
    if (action === "pause" || action === "resume") isPaused = action === "pause";
    assert.ok(underWay(OP_RECV, OP_POLL_ADD).length <= 1, "reads in two ways at once");
    assert.ok(underWay(OP_ASYNC_CANCEL).length <= 1, "two cancels at once");
  }
  isPaused = false;
  transport.resume();
  send("the rest");
  for (let i = 0; i < 4; i++) {
    await turns(1);
    for (const cancel of underWay(OP_ASYNC_CANCEL)) kernel.cancel(cancel, isCancelFirst);
  }
  await turns(2);
  assert.ok(sink.text === sent, `${sink.text.length} bytes of ${sent.length}`);
}

async function playAll(length: number, from: readonly Action[], order: Cancelling): Promise<FakeKernel> {
  const kernel = new FakeKernel();
  const loop = openLoop(kernel);
  for (const sequence of sequences(length, from)) {
    const fd = kernel.descriptor();
    const transport = new UringTransport(loop, fd);
    const sink = new RecordingSink();
    transport.attach(sink);
    kernel.cancelling = "by the test";
    await playThrough(kernel, { fd, transport, sink }, sequence, order === "cancel first").catch(
      (error: Error) => {
        throw new Error(`${sequence.join(", ")}: ${error.message}`, { cause: error });
      },
    );
    kernel.cancelling = order;
    transport.destroy();
    await sink.called("closed");
  }
  assert.deepEqual(kernel.faults, []);
  assertSlotsFree(loop.ring, 1);
  return kernel;
}

for (const order of ["target first", "cancel first"] as const) {
  test(`pauses and resumes in every order of five steps lose nothing, with the ${order}`, async () => {
    const kernel = await playAll(5, actions, order);
    assert.deepEqual(kernel.sockets.readLengths, []);
  });

  test(`and so do four steps with large reads among them, with the ${order}`, async () => {
    const kernel = await playAll(4, [...actions, "send much"], order);
    assert.ok(kernel.sockets.readLengths.includes(LARGE_BYTES));
  });
}
