import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDurations, recordMs } from "#src/cli/bench/histogram.js";
import { type Point, TimeSeries } from "#src/cli/bench/time-series.js";

function point(fromMs: number, toMs: number, numbers: Partial<Point> = {}): Point {
  const empty = { open: 0, sent: 0, received: 0, errors: 0, latencies: createDurations(2) };
  return { fromMs, toMs, ...empty, ...numbers };
}

describe("a time series", () => {
  test("has a column of each number, per second where it is one of traffic", () => {
    const series = new TimeSeries();
    const latencies = createDurations(2);
    recordMs(latencies, 0.005);
    series.add(point(0, 100, { open: 2, sent: 10, received: 9, errors: 1, latencies }));
    series.add(point(100, 300, { open: 3, sent: 10 }));
    assert.deepEqual(series.columns(), {
      seconds: [0.05, 0.2],
      open: [2, 3],
      sentPerSecond: [100, 50],
      receivedPerSecond: [90, 0],
      errors: [1, 0],
      p50Ms: [0.005, null],
      p90Ms: [0.005, null],
      p99Ms: [0.005, null],
      maxMs: [0.005, null],
    });
  });

  test("keeps every message in at most 600 points, however long the run", () => {
    const series = new TimeSeries();
    let added = 0;
    for (let i = 0; i < 10_000; i++) {
      series.add(point(i * 100, i * 100 + 100, { sent: 1, errors: 1, open: i }));
      added++;
      if (i % 997 === 0) assert.ok(series.columns().seconds.length <= 600);
    }
    const { seconds, errors, sentPerSecond, open } = series.columns();
    assert.ok(seconds.length > 300 && seconds.length <= 600);
    assert.equal(
      errors.reduce((sum, count) => sum + count, 0),
      added,
    );
    assert.ok(sentPerSecond.every((perSecond) => perSecond === 10));
    assert.equal(open.at(-1), 9999);
  });

  test("joins what is too short to tell a rate with what was before it", () => {
    const series = new TimeSeries();
    series.add(point(0, 100, { sent: 10 }));
    series.add(point(100, 101, { sent: 10 }));
    series.add(point(101, 200, { sent: 1 }));
    assert.deepEqual(series.columns().seconds, [0.051, 0.151]);
  });
});
