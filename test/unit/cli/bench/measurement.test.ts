import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDurations, percentileMs, recordMs } from "#src/cli/bench/histogram.js";
import { type Measurement, mergeMeasurements } from "#src/cli/bench/measurement.js";

function measurement(latenciesMs: readonly number[], more: Partial<Measurement> = {}): Measurement {
  const latencies = createDurations(3);
  for (const ms of latenciesMs) recordMs(latencies, ms);
  return {
    isInterrupted: false,
    counts: { opened: 2, failed: 1, lost: 0 },
    transport: undefined,
    totals: {
      sent: 10,
      answered: 9,
      sentWithin: 8,
      sentBytesWithin: 80,
      receivedWithin: 7,
      receivedBytesWithin: 70,
    },
    latencies,
    connectTimes: createDurations(3),
    sendDelays: createDurations(3),
    errors: [],
    use: { cpuPercent: 50, eventLoopUtilization: 0.5, isBottleneck: false },
    span: undefined,
    ...more,
  };
}

describe("what several threads measured", () => {
  test("has the percentiles of all latencies, and not those of any thread", () => {
    const fast = Array.from({ length: 500 }, (_, i) => i + 1);
    const slow = Array.from({ length: 500 }, (_, i) => i + 501);
    const { latencies } = mergeMeasurements([measurement(fast), measurement(slow)]);
    assert.equal(latencies.count, 1000);
    for (const [percentile, ms] of [
      [50, 500],
      [90, 900],
      [99, 990],
      [99.9, 999],
    ] as const) {
      const found = percentileMs(latencies, percentile);
      assert.ok(Math.abs(found - ms) <= ms / 1000, `${percentile} % is ${found} ms`);
    }
  });

  test("is summed up, spans from the first to the last, and tells of every error and the busiest", () => {
    const merged = mergeMeasurements([
      measurement([], {
        errors: [{ class: "A", count: 2, example: "first" }],
        span: { fromMs: 100, toMs: 900 },
        use: { cpuPercent: 120, eventLoopUtilization: 0.2, isBottleneck: false },
      }),
      measurement([], {
        transport: "node",
        isInterrupted: true,
        errors: [
          { class: "A", count: 3, example: "second" },
          { class: "B", count: 1, example: "third" },
        ],
        span: { fromMs: 110, toMs: 950 },
        use: { cpuPercent: 118, eventLoopUtilization: 0.95, isBottleneck: true },
      }),
    ]);
    assert.deepEqual(merged.counts, { opened: 4, failed: 2, lost: 0 });
    assert.deepEqual([merged.totals.sent, merged.totals.receivedBytesWithin], [20, 140]);
    assert.deepEqual(merged.errors, [
      { class: "A", count: 5, example: "first" },
      { class: "B", count: 1, example: "third" },
    ]);
    assert.deepEqual(merged.span, { fromMs: 100, toMs: 950 });
    assert.deepEqual(merged.use, { cpuPercent: 120, eventLoopUtilization: 0.95, isBottleneck: true });
    assert.deepEqual([merged.transport, merged.isInterrupted], ["node", true]);
  });

  test("is nothing where no thread came to it", () => {
    const { span, latencies } = mergeMeasurements([measurement([]), measurement([])]);
    assert.deepEqual([span, latencies.count], [undefined, 0]);
  });
});
