// Durations, counted by size: HDR histograms of Node's, in whole microseconds.

import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** An hour in microseconds, which no wait here exceeds. */
const MAX_MICROSECONDS = 3_600_000_000;

/** In milliseconds. */
export interface Durations {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** The 99.9th percentile. */
  readonly p999: number;
  readonly max: number;
}

/** Percentages and the milliseconds that they took at most. */
export interface Distribution {
  readonly percentile: readonly number[];
  readonly ms: readonly number[];
}

/** Values are kept to so many significant figures: three for results, two for what is only drawn. */
export function createDurations(figures: 2 | 3): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MAX_MICROSECONDS, figures });
}

export function recordMs(histogram: RecordableHistogram, ms: number): void {
  // The least that a histogram can hold is 1.
  histogram.record(Math.min(Math.max(1, Math.round(ms * 1000)), MAX_MICROSECONDS));
}

/** Undefined when nothing was recorded. */
export function summarize(histogram: RecordableHistogram): Durations | undefined {
  if (histogram.count === 0) return undefined;
  return {
    count: histogram.count,
    min: toMs(histogram.min),
    mean: toMs(histogram.mean),
    p50: percentileMs(histogram, 50),
    p90: percentileMs(histogram, 90),
    p99: percentileMs(histogram, 99),
    p999: percentileMs(histogram, 99.9),
    max: toMs(histogram.max),
  };
}

export function percentileMs(histogram: RecordableHistogram, percentile: number): number {
  return toMs(histogram.percentile(percentile));
}

/** Steps per power of ten of 1 / (1 - share). */
const STEPS_PER_DECADE = 20;

/** The share that is left shrinks by a tenth with each 20 steps, down to one value: at most 320 steps. */
export function distributionOf(histogram: RecordableHistogram): Distribution {
  const percentile: number[] = [];
  const ms: number[] = [];
  if (histogram.count === 0) return { percentile, ms };
  for (let step = 0; ; step++) {
    const inverse = 10 ** (step / STEPS_PER_DECADE);
    if (inverse > histogram.count) break;
    // A histogram has no percentile 0: its least value stands for it.
    const share = 100 * (1 - 1 / inverse);
    percentile.push(Number(share.toFixed(8)));
    ms.push(share === 0 ? toMs(histogram.min) : percentileMs(histogram, share));
  }
  percentile.push(100);
  ms.push(toMs(histogram.max));
  return { percentile, ms };
}

function toMs(microseconds: number): number {
  return Math.round(microseconds) / 1000;
}
