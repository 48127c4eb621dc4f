// How a run went over time, in a bounded number of points: when there are too many, each two become one.

import type { RecordableHistogram } from "node:perf_hooks";
import { percentileMs } from "./histogram.js";

const MAX_POINTS = 600;
/** What is shorter says little about how much happens in a second, and joins the one before. */
const MIN_POINT_MS = 50;

/** What happened between two moments, in milliseconds since the run began. */
export interface Point {
  readonly fromMs: number;
  toMs: number;
  /** Connections that were open at the end. */
  open: number;
  sent: number;
  received: number;
  errors: number;
  /** Of the answers that came. */
  readonly latencies: RecordableHistogram;
}

/** A column each, all of the same length; null where there is nothing to tell. */
export interface SeriesColumns {
  /** The middle of each interval, in seconds since the run began. */
  readonly seconds: readonly number[];
  readonly open: readonly number[];
  readonly sentPerSecond: readonly number[];
  readonly receivedPerSecond: readonly number[];
  readonly errors: readonly number[];
  readonly p50Ms: readonly (number | null)[];
  readonly p90Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  readonly maxMs: readonly (number | null)[];
}

export class TimeSeries {
  #points: Point[] = [];
  /** How many of those added make a point, and how many the last one has. */
  #perPoint = 1;
  #inLast = 0;

  /** The point is the series' from now on. */
  add(point: Point): void {
    const last = this.#points.at(-1);
    const isShort = point.toMs - point.fromMs < MIN_POINT_MS;
    if (last !== undefined && (isShort || this.#inLast < this.#perPoint)) {
      mergePoints(last, point);
      if (!isShort) this.#inLast++;
      return;
    }
    if (this.#points.length === MAX_POINTS) this.#halve();
    this.#points.push(point);
    this.#inLast = 1;
  }

  columns(): SeriesColumns {
    const points = this.#points;
    const perSecond = (count: number, { fromMs, toMs }: Point): number =>
      toMs > fromMs ? round((count * 1000) / (toMs - fromMs)) : 0;
    const percentile = (share: number) =>
      points.map(({ latencies }) => (latencies.count === 0 ? null : percentileMs(latencies, share)));
    return {
      seconds: points.map(({ fromMs, toMs }) => round((fromMs + toMs) / 2000)),
      open: points.map(({ open }) => open),
      sentPerSecond: points.map((point) => perSecond(point.sent, point)),
      receivedPerSecond: points.map((point) => perSecond(point.received, point)),
      errors: points.map(({ errors }) => errors),
      p50Ms: percentile(50),
      p90Ms: percentile(90),
      p99Ms: percentile(99),
      maxMs: percentile(100),
    };
  }

  #halve(): void {
    const halved: Point[] = [];
    for (let i = 0; i < this.#points.length; i += 2) {
      const point = this.#points[i];
      const next = this.#points[i + 1];
      if (next !== undefined) mergePoints(point, next);
      halved.push(point);
    }
    this.#points = halved;
    this.#perPoint *= 2;
  }
}

/** What came after the first joins it. */
export function mergePoints(into: Point, next: Point): void {
  into.toMs = next.toMs;
  into.open = next.open;
  into.sent += next.sent;
  into.received += next.received;
  into.errors += next.errors;
  into.latencies.add(next.latencies);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
