// The result of a run, as --json prints it: its names are part of what the command promises.

import type { ErrorCount } from "./error-tally.js";
import type { GeneratorUse } from "./generator-load.js";
import { type Distribution, type Durations, distributionOf, summarize } from "./histogram.js";
import type { Generator, Measurement } from "./measurement.js";
import { byteLengthOf } from "./message-payload.js";
import type { BenchPlan, Loop } from "./plan.js";
import type { SeriesColumns } from "./time-series.js";

export interface BenchResult {
  readonly url: string;
  readonly startedAt: string;
  readonly versions: { readonly sluice: string; readonly node: string };
  readonly settings: {
    readonly threads: number;
    readonly connections: number;
    readonly rampSeconds: number;
    readonly loop: Loop;
    readonly rate: number | null;
    readonly inFlight: number | null;
    readonly isEcho: boolean;
    readonly messageBytes: number | null;
    readonly isBinary: boolean;
    readonly durationSeconds: number | null;
    readonly messages: number | null;
    readonly warmupSeconds: number;
    readonly timeoutSeconds: number;
    readonly isCompressionOffered: boolean;
  };
  readonly isInterrupted: boolean;
  /** How long was measured. */
  readonly measuredSeconds: number;
  readonly connections: {
    readonly requested: number;
    readonly opened: number;
    readonly failed: number;
    /** Opened, and ended before the run did. */
    readonly lost: number;
    /** What carried them; null when none was open. */
    readonly transport: string | null;
    readonly connectMs: Durations | null;
  };
  readonly messages: {
    /** By the clock of an open loop; null for others. */
    readonly due: number | null;
    readonly sent: number;
    readonly answered: number;
    readonly unanswered: number;
    /** All that came in the time measured. */
    readonly received: number;
  };
  /** Payloads only, in units of 1 000 000 bytes. */
  readonly throughput: {
    readonly sentPerSecond: number;
    readonly receivedPerSecond: number;
    readonly sentMegabytesPerSecond: number;
    readonly receivedMegabytesPerSecond: number;
  };
  readonly latencyMs: Durations | null;
  /** How late messages left that were due by the clock; null for loops without one. */
  readonly sendDelayMs: Durations | null;
  readonly errorCount: number;
  readonly errors: readonly ErrorCount[];
  readonly generator: GeneratorUse;
  readonly warnings: readonly string[];
  readonly latencyDistribution: Distribution;
  /** What of the series was measured, in seconds since the run began; null when nothing was. */
  readonly measuredSpan: { readonly from: number; readonly to: number } | null;
  readonly series: SeriesColumns;
}

export interface RunFacts {
  readonly startedAt: Date;
  readonly versions: BenchResult["versions"];
}

type Draft = Omit<BenchResult, "warnings">;

export function resultOf(
  plan: BenchPlan,
  { measurement, series }: Pick<Generator, "measurement" | "series">,
  { startedAt, versions }: RunFacts,
): BenchResult {
  const { isInterrupted, counts, transport, latencies, connectTimes, sendDelays, errors, use, span } =
    measurement;
  const draft: Draft = {
    url: withoutCredentials(plan.url),
    startedAt: startedAt.toISOString(),
    versions,
    settings: settingsOf(plan),
    isInterrupted,
    measuredSeconds: round(measuredMsOf(measurement) / 1000),
    connections: {
      requested: plan.connections,
      ...counts,
      transport: transport ?? null,
      connectMs: summarize(connectTimes) ?? null,
    },
    messages: messagesOf(plan, measurement),
    throughput: throughputOf(measurement),
    latencyMs: summarize(latencies) ?? null,
    sendDelayMs: summarize(sendDelays) ?? null,
    errorCount: errors.reduce((sum, { count }) => sum + count, 0),
    errors,
    generator: use,
    latencyDistribution: distributionOf(latencies),
    measuredSpan:
      span === undefined ? null : { from: round(span.fromMs / 1000), to: round(span.toMs / 1000) },
    series: series.columns(),
  };
  return { ...draft, warnings: warningsOf(draft) };
}

/** Whether there is anything in it that was measured. */
export function hasMeasured({ settings, messages }: BenchResult): boolean {
  if (settings.isEcho) return messages.answered > 0;
  return (settings.loop === "receive" ? messages.received : messages.sent) > 0;
}

function settingsOf(plan: BenchPlan): BenchResult["settings"] {
  return {
    threads: plan.threads,
    connections: plan.connections,
    rampSeconds: plan.rampMs / 1000,
    loop: plan.loop,
    rate: plan.rate ?? null,
    inFlight: plan.inFlight ?? null,
    isEcho: plan.isEcho,
    messageBytes: plan.loop === "receive" ? null : byteLengthOf(plan.payload),
    isBinary: typeof plan.payload !== "string",
    durationSeconds: plan.durationMs === undefined ? null : plan.durationMs / 1000,
    messages: plan.messages ?? null,
    warmupSeconds: plan.warmupMs / 1000,
    timeoutSeconds: plan.timeoutMs / 1000,
    isCompressionOffered: plan.connect.compression === true,
  };
}

function measuredMsOf({ span }: Measurement): number {
  return span === undefined ? 0 : span.toMs - span.fromMs;
}

function messagesOf(
  { rate, messages, isEcho }: BenchPlan,
  measurement: Measurement,
): BenchResult["messages"] {
  const { sent, answered, receivedWithin } = measurement.totals;
  const dueByClock = rate === undefined ? null : Math.floor((rate * measuredMsOf(measurement)) / 1000);
  return {
    due: messages !== undefined && dueByClock !== null ? messages : dueByClock,
    sent,
    answered,
    unanswered: isEcho ? sent - answered : 0,
    received: receivedWithin,
  };
}

function throughputOf(measurement: Measurement): BenchResult["throughput"] {
  const { sentWithin, sentBytesWithin, receivedWithin, receivedBytesWithin } = measurement.totals;
  const seconds = measuredMsOf(measurement) / 1000;
  const perSecond = (count: number): number => (seconds > 0 ? round(count / seconds) : 0);
  return {
    sentPerSecond: perSecond(sentWithin),
    receivedPerSecond: perSecond(receivedWithin),
    sentMegabytesPerSecond: perSecond(sentBytesWithin / 1_000_000),
    receivedMegabytesPerSecond: perSecond(receivedBytesWithin / 1_000_000),
  };
}

/** Below this share of what was due, a rate was not kept. */
const KEPT_SHARE = 0.99;

function warningsOf({ generator, messages, connections, sendDelayMs, latencyMs }: Draft): string[] {
  const warnings: string[] = [];
  if (generator.isBottleneck) {
    const share = Math.round(generator.eventLoopUtilization * 100);
    const advice =
      "the server may be faster than this: use fewer messages, more --threads, or several generators";
    warnings.push(`the generator was busy for ${share} % of the time; ${advice}`);
  }
  if (messages.due !== null && messages.sent < messages.due * KEPT_SHARE) {
    warnings.push(
      `of ${messages.due} messages that were due, ${messages.sent} were sent: the rate was not kept`,
    );
  }
  if (sendDelayMs !== null && latencyMs !== null && sendDelayMs.p99 > latencyMs.p99 / 2) {
    const text = `of the latency's 99th percentile of ${latencyMs.p99} ms`;
    warnings.push(`messages left up to ${sendDelayMs.p99} ms late (p99), which is most ${text}`);
  }
  if (connections.lost > 0) {
    warnings.push(`${connections.lost} of ${connections.opened} connections were lost and are not replaced`);
  }
  return warnings;
}

/** A URL may hold a password, which nobody wants in a report. */
function withoutCredentials(text: string): string {
  const url = new URL(text);
  if (url.username === "" && url.password === "") return text;
  url.username = "";
  url.password = "";
  return url.href;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
