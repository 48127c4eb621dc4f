import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultLimits, encodeFrame, pureEngine } from "#src/protocol/index.js";
import { Receiver, type ReceiverSink } from "#src/protocol/receiver.js";
import { RunLengthCodec } from "../../support/run-length-codec.js";
import { parseBytes } from "../../support/vectors.js";

const frameCost = 128;

/** Counts what it is told. */
class CountingSink implements ReceiverSink {
  readonly lengths: number[] = [];
  controls = 0;
  failures = 0;
  onMessage = (): void => {};

  message(data: string | Uint8Array): void {
    this.lengths.push(data.length);
    this.onMessage();
  }

  control(): void {
    this.controls++;
  }

  failed(): void {
    this.failures++;
  }
}

function open(maxMessageBytes = defaultLimits.maxMessageBytes): { sink: CountingSink; receiver: Receiver } {
  const sink = new CountingSink();
  const limits = { ...defaultLimits, maxMessageBytes };
  const codec = new RunLengthCodec();
  return { sink, receiver: new Receiver(sink, { isMaskExpected: false, engine: pureEngine, limits, codec }) };
}

/** A compressed frame whose payload of `pairs` pairs becomes 255 times as many bytes. */
function compressedFrame(pairs: number): Uint8Array {
  const payload = Uint8Array.from({ length: 2 * pairs }, (_, i) => (i % 2 === 0 ? 255 : 0x61));
  return encodeFrame({ opcode: 2, rsv1: true, payload });
}

describe("receiver with a credit", () => {
  test("has no end of it unless it is told", () => {
    const { receiver } = open();
    assert.equal(receiver.credit, Infinity);
    const bytes = parseBytes("repeat(89 00, 100000)");
    assert.equal(receiver.receive(bytes, 0, bytes.length), bytes.length);
  });

  test("stops between two frames, of whatever kind, once it is used up", () => {
    for (const notation of ["81 00", "82 00", "89 00", "8a 00"]) {
      const { sink, receiver } = open();
      const bytes = parseBytes(`repeat(${notation}, 10)`);
      receiver.credit = 3 * frameCost;
      assert.equal(receiver.receive(bytes, 0, 20), 6);
      assert.equal(receiver.receive(bytes, 6, 20), 6, "nothing without a credit");
      receiver.credit = 1;
      assert.equal(receiver.receive(bytes, 6, 20), 8, "a frame costs more than it, and is read");
      receiver.credit = Infinity;
      assert.equal(receiver.receive(bytes, 8, 20), 20);
      assert.equal(sink.lengths.length + sink.controls, 10);
    }
  });

  test("stops between two fragments", () => {
    const { sink, receiver } = open();
    const bytes = parseBytes('02 01 "a" 00 01 "b" 80 01 "c"');
    receiver.credit = 2 * frameCost;
    assert.equal(receiver.receive(bytes, 0, 9), 6);
    assert.deepEqual([sink.lengths, receiver.isInMessage, receiver.isBetweenFrames], [[], true, true]);
    receiver.credit = frameCost;
    assert.equal(receiver.receive(bytes, 6, 9), 9);
    assert.deepEqual(sink.lengths, [3]);
  });

  test("pays for what comes out of a compressed message", () => {
    const { sink, receiver } = open();
    const frame = compressedFrame(40);
    const bytes = Buffer.concat(Array(10).fill(frame));
    receiver.credit = 2 * (40 * 255 + frameCost) + 1;
    assert.equal(receiver.receive(bytes, 0, bytes.length), 3 * frame.length);
    assert.deepEqual(sink.lengths, Array(3).fill(40 * 255));
    assert.equal(receiver.credit, 1 - (40 * 255 + frameCost));
  });

  test("stops within a large compressed frame, whose rest is untouched and read later", () => {
    const { sink, receiver } = open(100_000_000);
    const frame = compressedFrame(50_000);
    const copy = frame.slice();
    const stops: number[] = [];
    for (let at = 0; at < frame.length; stops.push(at)) {
      receiver.credit = 1_000_000;
      const next = receiver.receive(frame, at, frame.length);
      assert.ok(next > at);
      // At most a step's worth beyond the credit.
      assert.ok(receiver.credit > -8192 * 128, `${-receiver.credit} bytes beyond the credit`);
      assert.deepEqual(frame.subarray(next), copy.subarray(next));
      at = next;
    }
    assert.ok(stops.length > 6, `${stops}`);
    assert.deepEqual(sink.lengths, [50_000 * 255]);
    assert.equal(sink.failures, 0);
  });

  test("pays for compressed bytes that bring forth less than they are", () => {
    const { sink, receiver } = open();
    const payload = new Uint8Array(65_536).fill(1);
    const frame = encodeFrame({ opcode: 2, rsv1: true, payload });
    const headerBytes = frame.length - payload.length;
    receiver.credit = 1_048_576;
    const at = receiver.receive(frame, 0, frame.length);
    assert.equal(at, headerBytes + 2 * 8192);
    receiver.credit = Infinity;
    assert.equal(receiver.receive(frame, at, frame.length), frame.length);
    assert.deepEqual(sink.lengths, [32_768]);
  });

  test("keeps what it has apart from being held", () => {
    const { sink, receiver } = open();
    sink.onMessage = () => {
      receiver.isHeld = true;
    };
    const bytes = parseBytes("repeat(82 00, 4)");
    receiver.credit = frameCost;
    assert.equal(receiver.receive(bytes, 0, 8), 2);
    receiver.credit = Infinity;
    assert.equal(receiver.receive(bytes, 2, 8), 2, "still held");
    receiver.isHeld = false;
    receiver.credit = 0;
    assert.equal(receiver.receive(bytes, 2, 8), 2, "still without a credit");
    receiver.credit = 1;
    assert.equal(receiver.receive(bytes, 2, 8), 4);
  });

  test("reads over everything once it discards, without a credit too", () => {
    const { receiver } = open();
    receiver.credit = 0;
    receiver.discard();
    assert.equal(receiver.receive(parseBytes("81 00 81 00"), 0, 4), 4);
  });
});
