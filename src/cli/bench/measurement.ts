// What a generator has measured: plain data, so that threads can hand it over.

import type { RecordableHistogram } from "node:perf_hooks";
import { type ErrorCount, ErrorTally } from "./error-tally.js";
import type { GeneratorUse } from "./generator-load.js";
import { createDurations } from "./histogram.js";
import type { Span, Totals } from "./recorder.js";
import type { TimeSeries } from "./time-series.js";

/** Connections that were opened, that could not be, and that were lost later. */
export interface ConnectionCounts {
  opened: number;
  failed: number;
  lost: number;
}

export interface Measurement {
  readonly isInterrupted: boolean;
  readonly counts: Readonly<ConnectionCounts>;
  /** What carried the connections; undefined when none was open. */
  readonly transport: string | undefined;
  readonly totals: Readonly<Totals>;
  readonly latencies: RecordableHistogram;
  readonly connectTimes: RecordableHistogram;
  readonly sendDelays: RecordableHistogram;
  readonly errors: readonly ErrorCount[];
  readonly use: GeneratorUse;
  /** Undefined when it never came to measuring. */
  readonly span: Span | undefined;
}

/** Who sends: this thread, or several. */
export interface Generator {
  readonly series: TimeSeries;
  readonly measurement: Measurement;
  /** Rejects with `UsageError` when nothing could ever be opened as it was asked for. */
  run(): Promise<void>;
  /** Ends the run early: what has been measured by then counts. */
  interrupt(): void;
}

/** Of threads that had a share of one load each. */
export function mergeMeasurements(parts: readonly Measurement[]): Measurement {
  const errors = new ErrorTally();
  for (const { class: name, count, example } of parts.flatMap((part) => part.errors))
    errors.add(name, example, count);
  const spans = parts.flatMap(({ span }) => (span === undefined ? [] : [span]));
  return {
    isInterrupted: parts.some(({ isInterrupted }) => isInterrupted),
    counts: sumOf(parts.map(({ counts }) => counts)),
    transport: parts.find(({ transport }) => transport !== undefined)?.transport,
    totals: sumOf(parts.map(({ totals }) => totals)),
    latencies: mergeDurations(parts.map(({ latencies }) => latencies)),
    connectTimes: mergeDurations(parts.map(({ connectTimes }) => connectTimes)),
    sendDelays: mergeDurations(parts.map(({ sendDelays }) => sendDelays)),
    errors: errors.list(),
    use: busiestOf(parts.map(({ use }) => use)),
    span:
      spans.length === 0
        ? undefined
        : {
            fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)),
            toMs: Math.max(...spans.map(({ toMs }) => toMs)),
          },
  };
}

function sumOf<Counts extends { readonly [Name in keyof Counts]: number }>(parts: readonly Counts[]): Counts {
  const names = Object.keys(parts[0]) as (keyof Counts)[];
  const sums = names.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)]);
  return Object.fromEntries(sums);
}

function mergeDurations(parts: readonly RecordableHistogram[]): RecordableHistogram {
  const merged = createDurations(3);
  for (const part of parts) merged.add(part);
  return merged;
}

/** A load is held back by its busiest thread. Each has seen the processor time of the whole process. */
function busiestOf(parts: readonly GeneratorUse[]): GeneratorUse {
  return {
    cpuPercent: Math.max(...parts.map(({ cpuPercent }) => cpuPercent)),
    eventLoopUtilization: Math.max(...parts.map(({ eventLoopUtilization }) => eventLoopUtilization)),
    isBottleneck: parts.some(({ isBottleneck }) => isBottleneck),
  };
}
