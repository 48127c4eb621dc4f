// The part of the contract that is about memory: what is lent may be kept, or sent on from where it lies. See contract.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lease } from "#src/transport/index.js";
import type { Connect } from "./contract-ends.js";
import { countedBytes, latin1, RecordingSink, turns } from "./recording-sink.js";

/** What is received is looked at once more before it is given back. */
class KeepingSink extends RecordingSink {
  readonly kept: { view: Uint8Array; lease: Lease }[] = [];
  readonly copies: string[] = [];
  retain: () => Lease | undefined = () => undefined;

  override receive(bytes: Uint8Array, start: number, end: number): void {
    const copy = latin1(bytes.slice(start, end));
    const lease = this.retain();
    if (lease !== undefined) {
      this.kept.push({ view: bytes.subarray(start, end), lease });
      this.copies.push(copy);
    }
    this.byteLength += end - start;
    this.onEvent("receive");
  }
}

export function describeMemory(connect: Connect): void {
  test("keeps what was delivered while somebody holds it, and goes on delivering", async (t) => {
    const [left, right] = await connect(t);
    RecordingSink.attachedTo(left);
    const sink = new KeepingSink();
    sink.retain = () => right.retain?.();
    right.attach(sink);
    let arrived = 0;
    for (let round = 0; round < 400; round++) {
      left.write(countedBytes(100, round));
      arrived += 100;
      while (sink.byteLength < arrived) await turns(1);
    }
    for (const [i, { view }] of sink.kept.entries()) assert.equal(latin1(view), sink.copies[i]);
    for (const { lease } of sink.kept.splice(0)) lease.release();
    left.write(countedBytes(100));
    while (sink.byteLength < arrived + 100) await turns(1);
    for (const { lease } of sink.kept) lease.release();
  });

  test("sends borrowed bytes at once or not at all, in their place among others", async (t) => {
    const [left, right] = await connect(t);
    RecordingSink.attachedTo(left);
    const sink = RecordingSink.attachedTo(right);
    const borrowed = countedBytes(20_000, 7);
    left.write(Buffer.from("<"));
    let sent = "<";
    for (let round = 0; round < 3; round++) {
      const taken = left.writeBorrowed?.(borrowed) ?? 0;
      assert.ok(taken >= 0 && taken <= borrowed.length);
      sent += latin1(borrowed.slice(0, taken));
      left.write(Buffer.from(`|${round}`));
      sent += `|${round}`;
      await sink.received(sent.length);
    }
    borrowed.fill(0);
    assert.ok(sink.text === sent);
  });

  test("takes no borrowed bytes behind its end", async (t) => {
    const [left, right] = await connect(t);
    RecordingSink.attachedTo(left);
    const sink = RecordingSink.attachedTo(right);
    left.end();
    assert.equal(left.writeBorrowed?.(countedBytes(20_000)) ?? 0, 0);
    await sink.called("ended");
    assert.equal(sink.byteLength, 0);
  });
}
