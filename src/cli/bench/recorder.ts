// What is measured. Times are those of performance.now().

import { ErrorTally } from "./error-tally.js";
import { createDurations, recordMs } from "./histogram.js";
import { type Point, TimeSeries } from "./time-series.js";

/** In milliseconds since the run began. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Sums over what was measured. */
export interface Totals {
  /** Messages that were due in the time measured, and sent. */
  sent: number;
  /** Answers to these, also those that came after the time measured: the slow ones belong to the result. */
  answered: number;
  /** What was sent and received within the time measured, whenever it was due: for the throughput. */
  sentWithin: number;
  sentBytesWithin: number;
  receivedWithin: number;
  receivedBytesWithin: number;
}

export class Recorder {
  readonly latencies = createDurations(3);
  readonly connectTimes = createDurations(3);
  /** How much later than due messages were sent: the generator's own part in the latencies. */
  readonly sendDelays = createDurations(3);
  readonly errors = new ErrorTally();
  readonly series = new TimeSeries();
  readonly totals: Totals = {
    sent: 0,
    answered: 0,
    sentWithin: 0,
    sentBytesWithin: 0,
    receivedWithin: 0,
    receivedBytesWithin: 0,
  };
  readonly beganAt: number;
  /** Answers that are waited for now, over all connections. */
  awaited = 0;
  #point: Point;
  #measuredFrom = Number.POSITIVE_INFINITY;
  #measuredUntil = Number.POSITIVE_INFINITY;
  #isMeasuring = false;
  #lastTrafficAt = 0;

  constructor(now: number) {
    this.beganAt = now;
    this.#point = emptyPoint(0);
  }

  /** When the last message came or left in the time measured, or when that began. */
  get lastTrafficAt(): number {
    return this.#lastTrafficAt;
  }

  /** Since the beginning, in milliseconds; undefined when it never came to it. */
  get measuredSpan(): Span | undefined {
    if (this.#measuredFrom === Number.POSITIVE_INFINITY) return undefined;
    return { fromMs: this.#measuredFrom - this.beganAt, toMs: this.#measuredUntil - this.beganAt };
  }

  beginMeasuring(now: number): void {
    this.#measuredFrom = now;
    this.#lastTrafficAt = now;
    this.#isMeasuring = true;
  }

  endMeasuring(now: number): void {
    if (!this.#isMeasuring) return;
    this.#measuredUntil = Math.max(now, this.#measuredFrom);
    this.#isMeasuring = false;
  }

  connected(tookMs: number): void {
    recordMs(this.connectTimes, tookMs);
  }

  sent(dueAt: number, now: number, bytes: number): void {
    this.#point.sent++;
    if (dueAt >= this.#measuredFrom) this.totals.sent++;
    if (!this.#isMeasuring) return;
    this.totals.sentWithin++;
    this.totals.sentBytesWithin += bytes;
    this.#lastTrafficAt = now;
  }

  /** The message was sent by the clock; what it is late by, is the generator's fault. */
  sentLate(dueAt: number, now: number): void {
    if (this.#isMeasuring && dueAt >= this.#measuredFrom) recordMs(this.sendDelays, now - dueAt);
  }

  received(now: number, bytes: number): void {
    this.#point.received++;
    if (!this.#isMeasuring) return;
    this.totals.receivedWithin++;
    this.totals.receivedBytesWithin += bytes;
    this.#lastTrafficAt = now;
  }

  answered(dueAt: number, now: number): void {
    recordMs(this.#point.latencies, now - dueAt);
    if (dueAt < this.#measuredFrom) return;
    this.totals.answered++;
    recordMs(this.latencies, now - dueAt);
  }

  failed(errorClass: string, example: string, count = 1): void {
    this.#point.errors += count;
    this.errors.add(errorClass, example, count);
  }

  /** Ends the point in time, which goes into the series, and answers a copy of its numbers with the latencies in it. */
  endPoint(now: number, open: number): Point {
    const point = this.#point;
    point.toMs = now - this.beganAt;
    point.open = open;
    const latencies = createDurations(2);
    latencies.add(point.latencies);
    const copy = { ...point, latencies };
    this.series.add(point);
    this.#point = emptyPoint(point.toMs);
    return copy;
  }
}

function emptyPoint(fromMs: number): Point {
  return { fromMs, toMs: fromMs, open: 0, sent: 0, received: 0, errors: 0, latencies: createDurations(2) };
}
