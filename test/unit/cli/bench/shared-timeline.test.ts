import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDurations, recordMs } from "#src/cli/bench/histogram.js";
import { SharedTimeline } from "#src/cli/bench/shared-timeline.js";
import type { Point } from "#src/cli/bench/time-series.js";

function point(fromMs: number, toMs: number, sent: number, latencyMs: number): Point {
  const latencies = createDurations(2);
  recordMs(latencies, latencyMs);
  return { fromMs, toMs, open: 2, sent, received: sent, errors: 1, latencies };
}

describe("a timeline of several threads", () => {
  test("has a point once each of them has told, with what all of them did", () => {
    const timeline = new SharedTimeline(2);
    assert.equal(timeline.add(0, point(0, 100, 10, 1)), undefined);
    const told = timeline.add(1, point(0, 100, 5, 9));
    assert.ok(told !== undefined);
    assert.deepEqual([told.fromMs, told.toMs, told.open, told.sent, told.errors], [0, 100, 4, 15, 2]);
    assert.equal(told.latencies.count, 2);
    const { sentPerSecond, maxMs } = timeline.series.columns();
    assert.deepEqual(sentPerSecond, [150]);
    assert.ok(Number(maxMs[0]) >= 9);
  });

  test("waits for the next moment when a thread was late, so that no rate is taken for another", () => {
    const timeline = new SharedTimeline(2);
    timeline.add(0, point(0, 100, 10, 1));
    assert.equal(timeline.add(1, point(0, 190, 19, 1)), undefined);
    assert.equal(timeline.add(0, point(100, 200, 10, 1))?.sent, 39);
    assert.equal(timeline.add(1, point(190, 201, 1, 1)), undefined);
    assert.equal(timeline.add(0, point(200, 300, 10, 1)), undefined);
    timeline.add(1, point(201, 300, 10, 1));
    for (const rate of timeline.series.columns().sentPerSecond)
      assert.ok(Math.abs(rate - 200) <= 20, `${rate}`);
  });

  test("has a point all the same when threads never agree, once it is long enough for that not to matter", () => {
    const timeline = new SharedTimeline(2);
    let told = 0;
    for (let i = 0; i < 30; i++) {
      const fromMs = i * 100;
      if (timeline.add(0, point(fromMs, fromMs + 100, 10, 1)) !== undefined) told++;
      if (timeline.add(1, point(fromMs + 50, fromMs + 150, 10, 1)) !== undefined) told++;
    }
    assert.ok(told >= 3, `${told} points in 3 s`);
  });

  test("waits neither for who has left, nor loses what a thread told meanwhile", () => {
    const timeline = new SharedTimeline(2);
    timeline.add(0, point(0, 100, 10, 1));
    timeline.add(0, point(100, 200, 10, 1));
    assert.equal(timeline.leave(1)?.sent, 20);
    assert.equal(timeline.add(0, point(200, 300, 7, 1))?.sent, 7);
    assert.equal(timeline.leave(0), undefined);
  });
});
