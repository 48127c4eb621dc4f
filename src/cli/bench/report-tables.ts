// The tables of a report.

import { escapeUnseen } from "../../protocol/index.js";
import type { Durations } from "./histogram.js";
import { type Html, html, joined, raw } from "./html-text.js";
import { durationText, shortText, wholeText } from "./number-text.js";
import type { BenchResult } from "./result.js";
import { describeGenerator } from "./result-table.js";

const percentileRows = [
  ["least", "min"],
  ["50 %", "p50"],
  ["90 %", "p90"],
  ["99 %", "p99"],
  ["99.9 %", "p999"],
  ["most", "max"],
  ["mean", "mean"],
] as const satisfies readonly (readonly [string, keyof Durations])[];

/** Durations side by side; nothing when there are none. */
export function percentileTable({ connections, latencyMs, sendDelayMs }: BenchResult): Html {
  const columns = [
    { title: "Latency", durations: latencyMs },
    { title: "Connecting", durations: connections.connectMs },
    { title: "Sent late by", durations: sendDelayMs },
  ].flatMap(({ title, durations }) => (durations === null ? [] : [{ title, durations }]));
  if (columns.length === 0) return raw("");
  const heads = columns.map(({ title }) => html`<th scope="col" class="number">${title}</th>`);
  const rows = percentileRows.map(([name, key]) => {
    const cells = columns.map(
      ({ durations }) => html`<td class="number">${durationText(durations[key])}</td>`,
    );
    return html`<tr><th scope="row">${name}</th>${joined(cells)}</tr>\n`;
  });
  const head = html`<tr><th scope="col">Share</th>${joined(heads)}</tr>`;
  return table("Percentiles", rows, head);
}

export function errorTable({ errors }: BenchResult): Html {
  if (errors.length === 0)
    return html`<section class="wide"><h2>Errors</h2><p>There were none.</p></section>\n`;
  const rows = errors.map(({ class: name, count, example }) => {
    const first = html`<span class="example">${escapeUnseen(example)}</span>`;
    return html`<tr><th scope="row">${name} ${first}</th><td class="number">${wholeText(count)}</td></tr>\n`;
  });
  const head = raw(
    '<tr><th scope="col">Class, and what the first one was</th><th scope="col" class="number">Count</th></tr>',
  );
  return table("Errors by class", rows, head, true);
}

/** What was asked for, what was done, and what it took. */
export function runTable(result: BenchResult): Html {
  const rows = runFacts(result).map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`,
  );
  const standsAlone = result.latencyMs === null && result.connections.connectMs === null;
  return table("The run", rows, undefined, standsAlone);
}

function runFacts(result: BenchResult): [string, string][] {
  const { settings, connections, messages, throughput } = result;
  const { sentPerSecond, sentMegabytesPerSecond, receivedPerSecond, receivedMegabytesPerSecond } = throughput;
  const facts: [string, string | undefined][] = [
    [
      "Connections",
      `${wholeText(connections.requested)}, opened within ${shortText(settings.rampSeconds)} s`,
    ],
    ["Carried by", connections.transport ?? undefined],
    ["Compression", settings.isCompressionOffered ? "offered" : "not offered"],
    ["Warm-up", `${shortText(settings.warmupSeconds)} s`],
    ["Messages due", messages.due === null ? undefined : wholeText(messages.due)],
    ["Messages sent", wholeText(messages.sent)],
    ["Messages answered", settings.isEcho ? wholeText(messages.answered) : undefined],
    ["Messages unanswered", settings.isEcho ? wholeText(messages.unanswered) : undefined],
    ["Sent", `${shortText(sentPerSecond)}/s, ${shortText(sentMegabytesPerSecond)} MB/s`],
    ["Received", `${shortText(receivedPerSecond)}/s, ${shortText(receivedMegabytesPerSecond)} MB/s`],
    ["Generator", describeGenerator(result)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]));
}

function table(title: string, rows: readonly Html[], head?: Html, isWide = false): Html {
  const thead = head === undefined ? raw("") : html`<thead>${head}</thead>`;
  return html`<section${isWide ? raw(' class="wide"') : ""}><div class="scroll"><table><caption>${title}</caption>${thead}<tbody>
${joined(rows)}</tbody></table></div></section>
`;
}
