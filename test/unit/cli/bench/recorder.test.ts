import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Recorder } from "#src/cli/bench/recorder.js";

describe("a recorder", () => {
  test("measures what was due in the time measured, and throughput within it", () => {
    const recorder = new Recorder(0);
    recorder.sent(10, 10, 4);
    recorder.beginMeasuring(100);
    // An answer to the warm-up: traffic, but no latency.
    recorder.received(110, 4);
    recorder.answered(10, 110);
    recorder.sent(120, 121, 4);
    recorder.received(125, 4);
    recorder.answered(120, 125);
    recorder.sent(190, 190, 4);
    recorder.endMeasuring(200);
    // An answer after the end: a latency, but no traffic of the time measured.
    recorder.received(450, 4);
    recorder.answered(190, 450);
    assert.deepEqual(recorder.totals, {
      sent: 2,
      answered: 2,
      sentWithin: 2,
      sentBytesWithin: 8,
      receivedWithin: 2,
      receivedBytesWithin: 8,
    });
    assert.deepEqual(recorder.measuredSpan, { fromMs: 100, toMs: 200 });
    assert.equal(recorder.latencies.count, 2);
    assert.ok(recorder.latencies.max >= 259_000);
  });

  test("has measured nothing before it began, and nothing is not a number", () => {
    const recorder = new Recorder(0);
    recorder.endMeasuring(100);
    assert.equal(recorder.measuredSpan, undefined);
  });

  test("counts from the moment a message was due, and tells apart what the generator was late by", () => {
    const recorder = new Recorder(0);
    recorder.beginMeasuring(0);
    recorder.sent(1000, 1500, 1);
    recorder.sentLate(1000, 1500);
    recorder.answered(1000, 1501);
    assert.ok(Math.abs(recorder.latencies.max / 1000 - 501) < 1);
    assert.ok(Math.abs(recorder.sendDelays.max / 1000 - 500) < 1);
  });

  test("ends a point with its numbers, and begins the next one empty", () => {
    const recorder = new Recorder(1000);
    recorder.sent(1010, 1010, 1);
    recorder.failed("A", "example", 3);
    const point = recorder.endPoint(1100, 7);
    const { fromMs, toMs, open, sent, received, errors } = point;
    assert.deepEqual(
      { fromMs, toMs, open, sent, received, errors },
      { fromMs: 0, toMs: 100, open: 7, sent: 1, received: 0, errors: 3 },
    );
    assert.equal(recorder.endPoint(1200, 7).sent, 0);
    assert.equal(recorder.errors.total, 3);
  });
});
