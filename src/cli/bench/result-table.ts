// The result for people, as lines of text.

import { escapeUnseen } from "../../protocol/index.js";
import type { Durations } from "./histogram.js";
import { durationText, shortText, wholeText } from "./number-text.js";
import type { BenchResult } from "./result.js";

const percentileColumns = ["p50", "p90", "p99", "p99.9", "max", "mean"] as const;
const LABEL_WIDTH = 13;
const COLUMN_WIDTH = 10;

export function resultTable(result: BenchResult): string {
  const sections = [
    headOf(result),
    countsOf(result),
    durationsOf(result),
    errorsOf(result),
    [generatorOf(result)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headOf({ url, settings, measuredSeconds, isInterrupted }: BenchResult): string[] {
  const end = isInterrupted ? ", interrupted" : "";
  return [url, `${describeLoad(settings)}; measured for ${shortText(measuredSeconds)} s${end}`];
}

/** "50 connections, 1 message of 64 bytes in flight on each". */
export function describeLoad({
  threads,
  connections,
  loop,
  rate,
  inFlight,
  messageBytes,
  isEcho,
}: BenchResult["settings"]): string {
  const by = threads === 1 ? "" : ` of ${threads} threads`;
  const many = `${wholeText(connections)} connection${connections === 1 ? "" : "s"}${by}`;
  if (loop === "receive") return `${many}, which only receive`;
  const message = `of ${wholeText(messageBytes ?? 0)} bytes`;
  if (loop === "closed") return `${many}, ${wholeText(inFlight ?? 1)} in flight on each, messages ${message}`;
  const unanswered = isEcho ? "" : ", no answers expected";
  if (loop === "flood") return `${many}, messages ${message} as fast as they go${unanswered}`;
  return `${many}, ${shortText(rate ?? 0)} messages ${message} per second in all${unanswered}`;
}

function countsOf({ connections, messages, throughput, settings }: BenchResult): string[] {
  const { opened, failed, lost, transport } = connections;
  const carrier = transport === null ? "" : ` (${transport})`;
  const lines = [
    row(
      "connections",
      `${wholeText(opened)} opened, ${wholeText(failed)} failed, ${wholeText(lost)} lost${carrier}`,
    ),
  ];
  const received = `${wholeText(messages.received)} received`;
  const answers = settings.isEcho
    ? `, ${wholeText(messages.answered)} answered, ${wholeText(messages.unanswered)} unanswered`
    : `, ${received}`;
  const isReceiver = settings.loop === "receive";
  lines.push(row("messages", isReceiver ? received : `${wholeText(messages.sent)} sent${answers}`));
  const { sentPerSecond, receivedPerSecond, sentMegabytesPerSecond, receivedMegabytesPerSecond } = throughput;
  if (!isReceiver) lines.push(row("sent", rateText(sentPerSecond, sentMegabytesPerSecond)));
  if (isReceiver || messages.received > 0)
    lines.push(row("received", rateText(receivedPerSecond, receivedMegabytesPerSecond)));
  return lines;
}

function rateText(perSecond: number, megabytes: number): string {
  return `${shortText(perSecond)} messages/s, ${shortText(megabytes)} MB/s`;
}

function durationsOf({ connections, latencyMs, sendDelayMs }: BenchResult): string[] {
  const rows = [
    ["connect", connections.connectMs],
    ["latency", latencyMs],
    ["sent late by", sendDelayMs],
  ] as const;
  const lines = rows.flatMap(([label, durations]) =>
    durations === null ? [] : [durationRow(label, durations)],
  );
  if (lines.length === 0) return [];
  const head = percentileColumns.map((name) => name.padStart(COLUMN_WIDTH)).join("");
  return [" ".repeat(LABEL_WIDTH) + head, ...lines];
}

function durationRow(label: string, { p50, p90, p99, p999, max, mean }: Durations): string {
  const cells = [p50, p90, p99, p999, max, mean].map((ms) => durationText(ms).padStart(COLUMN_WIDTH));
  return label.padEnd(LABEL_WIDTH) + cells.join("");
}

function errorsOf({ errors, errorCount }: BenchResult): string[] {
  if (errorCount === 0) return [row("errors", "none")];
  const width = Math.max(...errors.map(({ class: name }) => name.length));
  return [
    row("errors", wholeText(errorCount)),
    ...errors.map(
      ({ class: name, count, example }) =>
        `  ${wholeText(count).padStart(9)}  ${name.padEnd(width)}  ${escapeUnseen(example)}`,
    ),
  ];
}

function generatorOf(result: BenchResult): string {
  return row("generator", describeGenerator(result));
}

/** "93 % of one processor, event loop busy for 91 % of the time". */
export function describeGenerator({ generator, settings }: BenchResult): string {
  const busy = Math.round(generator.eventLoopUtilization * 100);
  const whose = settings.threads === 1 ? "event loop" : "event loop of its busiest thread";
  return `${generator.cpuPercent} % of one processor, ${whose} busy for ${busy} % of the time`;
}

function row(label: string, text: string): string {
  return label.padEnd(LABEL_WIDTH) + text;
}
