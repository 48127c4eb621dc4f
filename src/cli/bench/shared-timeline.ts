// The points in time of several threads, which end at about the same moments, become the points of one series.

import { createDurations } from "./histogram.js";
import { mergePoints, type Point, TimeSeries } from "./time-series.js";

/** Ends of threads that are further apart than this share of a point's time would make a wrong rate of it. */
const MAX_APART_SHARE = 0.1;

interface Part {
  /** What has not gone into the series yet. */
  pending: Point | undefined;
  /** Connections that were open when it was heard of last. */
  open: number;
  hasLeft: boolean;
}

export class SharedTimeline {
  readonly series = new TimeSeries();
  readonly #parts: readonly Part[];
  #endedAtMs = 0;

  constructor(threads: number) {
    this.#parts = Array.from({ length: threads }, () => ({ pending: undefined, open: 0, hasLeft: false }));
  }

  /** Answers what all threads did until then, once each of them has told up to about the same moment. */
  add(thread: number, point: Point): Point | undefined {
    const part = this.#parts[thread];
    part.open = point.open;
    if (part.pending === undefined) part.pending = point;
    else mergePoints(part.pending, point);
    return this.#flush();
  }

  /** The thread has told everything: nobody waits for it. */
  leave(thread: number): Point | undefined {
    this.#parts[thread].hasLeft = true;
    return this.#flush();
  }

  #flush(): Point | undefined {
    if (!this.#parts.every(({ pending, hasLeft }) => hasLeft || pending !== undefined)) return undefined;
    const told = this.#parts.flatMap(({ pending }) => pending ?? []);
    if (told.length === 0 || !this.#isEven(told)) return undefined;
    for (const part of this.#parts) part.pending = undefined;
    const point = this.#sum(told);
    this.#endedAtMs = point.toMs;
    this.series.add({ ...point, latencies: copyOf(point) });
    return point;
  }

  /** A thread that was late makes the others wait. What they do meanwhile makes the point longer, until it does not matter. */
  #isEven(told: readonly Point[]): boolean {
    if (this.#parts.some(({ hasLeft }) => hasLeft)) return true;
    const ends = told.map(({ toMs }) => toMs);
    const latest = Math.max(...ends);
    return latest - Math.min(...ends) <= (latest - this.#endedAtMs) * MAX_APART_SHARE;
  }

  #sum(told: readonly Point[]): Point {
    const latencies = createDurations(2);
    for (const point of told) latencies.add(point.latencies);
    const sum = (key: "sent" | "received" | "errors"): number =>
      told.reduce((total, point) => total + point[key], 0);
    return {
      fromMs: this.#endedAtMs,
      toMs: Math.max(this.#endedAtMs, ...told.map(({ toMs }) => toMs)),
      open: this.#parts.reduce((total, { open }) => total + open, 0),
      sent: sum("sent"),
      received: sum("received"),
      errors: sum("errors"),
      latencies,
    };
  }
}

/** The series goes on adding to what it has. */
function copyOf({ latencies }: Point): Point["latencies"] {
  const copy = createDurations(2);
  copy.add(latencies);
  return copy;
}
