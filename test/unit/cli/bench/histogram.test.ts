import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDurations, distributionOf, recordMs, summarize } from "#src/cli/bench/histogram.js";

describe("a histogram of durations", () => {
  test("summarizes in milliseconds", () => {
    const histogram = createDurations(3);
    for (let ms = 1; ms <= 1000; ms++) recordMs(histogram, ms / 1000);
    const { count, min, mean, p50, p90, p99, p999, max } = summarize(histogram) ?? assert.fail();
    assert.deepEqual(
      { count, min, p50, p90, p99, p999, max },
      { count: 1000, min: 0.001, p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999, max: 1 },
    );
    assert.ok(Math.abs(mean - 0.5005) < 0.001);
  });

  test("takes nothing for a microsecond, and more than an hour for an hour", () => {
    const histogram = createDurations(3);
    recordMs(histogram, 0);
    recordMs(histogram, -1);
    recordMs(histogram, 1e12);
    const { count, min, max } = summarize(histogram) ?? assert.fail();
    assert.deepEqual({ count, min }, { count: 3, min: 0.001 });
    assert.ok(Math.abs(max - 3_600_000) < 3600);
  });

  test("has no summary and an empty distribution when nothing was recorded", () => {
    const histogram = createDurations(3);
    assert.equal(summarize(histogram), undefined);
    assert.deepEqual(distributionOf(histogram), { percentile: [], ms: [] });
  });

  test("has a distribution that rises from the least to the most, in a bounded number of steps", () => {
    const histogram = createDurations(3);
    for (let i = 1; i <= 100_000; i++) recordMs(histogram, i / 100);
    const { percentile, ms } = distributionOf(histogram);
    assert.equal(percentile.length, ms.length);
    assert.ok(percentile.length > 50 && percentile.length < 320);
    assert.equal(percentile[0], 0);
    assert.equal(percentile.at(-1), 100);
    assert.equal(ms.at(-1), summarize(histogram)?.max);
    assert.deepEqual(
      ms,
      ms.toSorted((a, b) => a - b),
    );
    assert.ok(percentile.includes(90) && percentile.includes(99.9));
  });
});
