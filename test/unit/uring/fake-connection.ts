// One connection over a ring whose kernel is played: what it submits waits until the test completes it.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Lease } from "#src/transport/index.js";
import type { Ring } from "#src/uring/ring.js";
import { RingLoop } from "#src/uring/ring-loop.js";
import { UringTransport } from "#src/uring/uring-transport.js";
import { FakeKernel, OP_POLL_ADD, OP_RECV, OP_SEND } from "../../support/fake-kernel.js";
import type { FakeRingOptions } from "../../support/fake-ring.js";
import type { Submission } from "../../support/fake-submission.js";
import { RecordingSink, turns } from "../transport/recording-sink.js";

export function openLoop(kernel: FakeKernel, now?: () => number): RingLoop {
  const loop = RingLoop.open(kernel, now);
  assert.ok(typeof loop !== "string", String(loop));
  return loop;
}

/** Fails unless `count` slots have been used at most, and each of them is free exactly once. */
export function assertSlotsFree(ring: Ring, count: number): void {
  const owner = { completed() {} };
  const claimed = Array.from({ length: count + 1 }, () => ring.claimSlot(owner));
  assert.deepEqual(
    claimed.toSorted((a, b) => a - b),
    Array.from({ length: count + 1 }, (_, slot) => slot),
    "slots that are free",
  );
  for (const slot of claimed) ring.releaseSlot(slot);
}

/** A lease that tells whether it is over. */
export class CountedLease implements Lease {
  releases = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  release(): void {
    this.releases++;
    // Whoever reads it now reads something else.
    this.bytes.fill(0xee);
  }
}

/** A read of so many bytes is large. */
export const LARGE_BYTES = 32_768;

export class FakeConnection {
  readonly kernel: FakeKernel;
  readonly loop: RingLoop;
  readonly fd: number;
  readonly transport: UringTransport;
  readonly sink = new RecordingSink();

  /** Ends with the test, and then has left nothing behind. */
  constructor(t: TestContext, options: FakeRingOptions = {}) {
    this.kernel = new FakeKernel(options);
    this.loop = openLoop(this.kernel);
    this.fd = this.kernel.descriptor();
    this.transport = new UringTransport(this.loop, this.fd);
    t.after(() => this.#assertGone());
  }

  /** A connection that receives already. */
  static async receiving(t: TestContext, options: FakeRingOptions = {}): Promise<FakeConnection> {
    const connection = new FakeConnection(t, options);
    connection.transport.attach(connection.sink);
    await turns(2);
    assert.ok(connection.kernel.isUnderWay(OP_RECV));
    return connection;
  }

  /** A connection that has received so much at once that it reads by itself, with nothing told so far. */
  static async reading(t: TestContext, options: FakeRingOptions = {}): Promise<FakeConnection> {
    const connection = await FakeConnection.receiving(t, options);
    connection.bring("x".repeat(LARGE_BYTES));
    await turns(2);
    assert.ok(connection.isPolling);
    assert.equal(connection.isReceiving, false);
    connection.sink.text = "";
    connection.sink.byteLength = 0;
    connection.sink.calls.length = 0;
    return connection;
  }

  get receive(): Submission {
    return this.kernel.underWay(OP_RECV, this.fd);
  }

  get send(): Submission {
    return this.kernel.underWay(OP_SEND, this.fd);
  }

  get isReceiving(): boolean {
    return this.kernel.isUnderWay(OP_RECV);
  }

  get poll(): Submission {
    return this.kernel.underWay(OP_POLL_ADD, this.fd);
  }

  get isPolling(): boolean {
    return this.kernel.isUnderWay(OP_POLL_ADD);
  }

  get isSending(): boolean {
    return this.kernel.isUnderWay(OP_SEND);
  }

  get isClosed(): boolean {
    return !this.kernel.openDescriptors.has(this.fd);
  }

  bring(text: string, hasMore = true): boolean {
    return this.kernel.bring(this.receive, Buffer.from(text), hasMore);
  }

  /** Texts, an end (0) or an error (-errno) come to lie in the socket, whatever waits for them there. */
  arrive(...arrivals: (string | number)[]): void {
    const toBytes = (arrival: string | number) =>
      typeof arrival === "number" ? arrival : Buffer.from(arrival);
    this.kernel.arrive(this.fd, ...arrivals.map(toBytes));
  }

  /** Completes the send that is under way, and answers the text that the kernel was to take. */
  sent(result: number): string {
    const { send } = this;
    const text = Buffer.from(this.kernel.sendBytes(send)).toString("latin1");
    this.kernel.complete(send, result);
    return text;
  }

  /** Completes each send in full until there is none, and answers everything they took. */
  async sentAll(): Promise<string> {
    let text = "";
    while (this.isSending) {
      text += this.sent(this.send.length);
      await turns(2);
    }
    return text;
  }

  async #assertGone(): Promise<void> {
    this.transport.destroy();
    await turns(4);
    for (const submission of [...this.kernel.ring.underWay]) this.kernel.complete(submission, -125);
    await turns(4);
    assert.ok(this.isClosed, "the descriptor is closed");
    assert.deepEqual(this.kernel.faults, []);
    assert.deepEqual(this.kernel.ring.underWay, []);
    assert.equal(this.kernel.isKeepingAlive, false);
    assertSlotsFree(this.loop.ring, 1);
  }
}
