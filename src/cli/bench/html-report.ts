// The result as one HTML file that needs nothing else: numbers, style, scripts and uPlot are in it.

import { readFileSync } from "node:fs";
import { escapeUnseen } from "../../protocol/index.js";
import { type Html, html, joined, raw } from "./html-text.js";
import { durationText, shortText, wholeText } from "./number-text.js";
import { errorTable, percentileTable, runTable } from "./report-tables.js";
import type { BenchResult } from "./result.js";
import { describeLoad } from "./result-table.js";

/** Whatever is not in the file stays out: it is opened from disk, and shows what a server sent. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'";

export function htmlReport(result: BenchResult): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeUnseen(result.url)} under load</title>
<style>${asset("uplot.css")}${asset("uplot-theme.css")}${asset("page.css")}</style>
</head>
<body>
${header(result)}
<main>
${figures(result)}</main>
<div class="tables">
${errorTable(result)}${percentileTable(result)}${runTable(result)}</div>
<noscript><p>The plots need JavaScript; the tables say the same in numbers.</p></noscript>
<script type="application/json" id="data">${jsonOf(result)}</script>
<script>/*
${asset("uplot-license.txt")}
*/
${asset("uplot.js")}</script>
<script type="module">${asset("page.js")}</script>
</body>
</html>
`.text;
}

function header(result: BenchResult): Html {
  const { url, startedAt, settings, measuredSeconds, isInterrupted, warnings, versions } = result;
  const when = startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  const end = isInterrupted ? ", interrupted" : "";
  const notes = warnings.map((warning) => html`<li>${warning}</li>\n`);
  return html`<header>
<h1>${escapeUnseen(url)}</h1>
<p>${describeLoad(settings)}; measured for ${shortText(measuredSeconds)} s${end}</p>
<p class="soft"><time datetime="${startedAt}">${when}</time>, sluice ${versions.sluice} on Node.js ${versions.node}</p>
</header>
${notes.length === 0 ? "" : html`<ul class="warnings" aria-label="Warnings">\n${joined(notes)}</ul>`}
<dl class="facts">
${joined(facts(result))}</dl>`;
}

function facts({ throughput, latencyMs, connections, errorCount, settings }: BenchResult): Html[] {
  const isSender = settings.loop !== "receive" && !settings.isEcho;
  const perSecond = isSender ? throughput.sentPerSecond : throughput.receivedPerSecond;
  const megabytes = isSender ? throughput.sentMegabytesPerSecond : throughput.receivedMegabytesPerSecond;
  const found = [
    fact(isSender ? "Sent" : "Received", `${shortText(perSecond)}/s`, `${shortText(megabytes)} MB/s`),
  ];
  if (latencyMs !== null) {
    const { p50, p99, max, mean } = latencyMs;
    found.push(
      fact("Median latency", durationText(p50), `mean ${durationText(mean)}`),
      fact("99th percentile", durationText(p99), `most ${durationText(max)}`),
    );
  }
  const { opened, failed, lost } = connections;
  found.push(fact("Connections", wholeText(opened), `${wholeText(failed)} failed, ${wholeText(lost)} lost`));
  found.push(
    fact("Errors", wholeText(errorCount), errorCount === 0 ? "none" : "see the table", errorCount > 0),
  );
  return found;
}

function fact(name: string, value: string, more: string, isBad = false): Html {
  return html`<div${isBad ? raw(' class="bad"') : ""}><dt>${name}</dt><dd>${value} <small>${more}</small></dd></div>\n`;
}

interface Figure {
  readonly chart: string;
  readonly title: string;
  readonly note: string;
}

/** Only of what there is. Two stand side by side where there is room; the first, and one that is left over, are wide. */
function figures({ latencyDistribution, series }: BenchResult): Html {
  const hasLatencies = latencyDistribution.ms.length > 0;
  // A single moment has no course over time.
  const hasCourse = series.seconds.length > 1;
  const isAny = (column: readonly number[]): boolean => hasCourse && column.some((count) => count > 0);
  const shade = "Shaded: not measured (opening, warm-up, the last answers).";
  const latency = { chart: "latency", title: "Latency over time", note: shade };
  const throughput = { chart: "throughput", title: "Messages per second", note: "All connections together." };
  const distribution = {
    chart: "distribution",
    title: "Latency by percentile",
    note: "Which share of the messages took at most so long.",
  };
  const connections = { chart: "connections", title: "Connections", note: "Open at each moment." };
  const errors = { chart: "errors", title: "Errors", note: "At each moment, of every class." };
  const shown = [
    ...(hasLatencies && hasCourse ? [latency] : []),
    ...(isAny(series.sentPerSecond) || isAny(series.receivedPerSecond) ? [throughput] : []),
    ...(hasLatencies ? [distribution] : []),
    ...(isAny(series.open) ? [connections] : []),
    ...(isAny(series.errors) ? [errors] : []),
  ];
  const isEven = shown.length % 2 === 0;
  return joined(shown.map((each, i) => figure(each, i === 0 || (isEven && i === shown.length - 1))));
}

function figure({ chart, title, note }: Figure, isWide: boolean): Html {
  return html`<figure${isWide ? raw(' class="wide"') : ""}>
<figcaption><h2 id="${chart}-title">${title}</h2><p>${note}</p></figcaption>
<div class="plot" data-chart="${chart}" role="img" aria-labelledby="${chart}-title"></div>
</figure>
`;
}

/** A file that the build has put beside this one. */
function asset(name: string): Html {
  return raw(readFileSync(new URL(`./report/${name}`, import.meta.url), "utf8"));
}

/** As JSON that cannot end the script which holds it. */
function jsonOf(result: BenchResult): Html {
  return raw(JSON.stringify(result).replaceAll("<", "\\u003c"));
}
