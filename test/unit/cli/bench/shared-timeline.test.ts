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

  test("waits neither for who has left, nor loses what a thread told meanwhile", () => {
    const timeline = new SharedTimeline(2);
    timeline.add(0, point(0, 100, 10, 1));
    timeline.add(0, point(100, 200, 10, 1));
    assert.equal(timeline.leave(1)?.sent, 20);
    assert.equal(timeline.add(0, point(200, 300, 7, 1))?.sent, 7);
    assert.equal(timeline.leave(0), undefined);
  });
});
