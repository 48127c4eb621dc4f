// The facts at the top, and the plots: rates from the differences between one snapshot and the one before it.

import { byId, make, setText } from "./dom.js";
import { onLive } from "./live.js";
import {
  byteSize,
  clockTime,
  duration,
  milliseconds,
  quantile,
  shortNumber,
  wholeNumber,
} from "./numbers.js";

/** Ten minutes. */
const MAX_POINTS = 600;
/** Handshakes of so many snapshots together make a percentile. */
const HANDSHAKE_SPAN = 10;
const PLOT_HEIGHT = 190;
/** What the page asks is answered before a second is over, and a rate over less than this says nothing. */
const MIN_SPAN_MS = 500;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

let before;
let latest;
let handshakeCounts = [];
const columns = {
  at: [],
  messagesIn: [],
  messagesOut: [],
  bytesIn: [],
  bytesOut: [],
  p50: [],
  p99: [],
  open: [],
};

function add(values) {
  for (const [name, column] of Object.entries(columns)) {
    column.push(values[name] ?? null);
    if (column.length > MAX_POINTS) column.shift();
  }
}

function note(snapshot) {
  const { at, open, handshakes } = snapshot;
  const isTooSoon = before !== undefined && at >= before.at && at - before.at < MIN_SPAN_MS;
  if (isTooSoon) return latest;
  handshakeCounts = [...handshakeCounts, handshakes.counts].slice(-HANDSHAKE_SPAN - 1);
  const [oldest] = handshakeCounts;
  const recent = handshakes.counts.map((count, index) => count - oldest[index]);
  const seconds = before === undefined ? 0 : (at - before.at) / 1000;
  const rate = (name) => (seconds > 0 ? Math.max(0, snapshot[name] - before[name]) / seconds : undefined);
  const values = {
    at: at / 1000,
    messagesIn: rate("messagesReceived"),
    messagesOut: rate("messagesSent"),
    bytesIn: rate("bytesReceived"),
    bytesOut: rate("bytesSent"),
    p50: quantile(handshakes.bounds, recent, 0.5),
    p99: quantile(handshakes.bounds, recent, 0.99),
    open,
  };
  const cpu = seconds > 0 ? (snapshot.cpuSeconds - before.cpuSeconds) / seconds : undefined;
  add(values);
  before = snapshot;
  latest = { ...values, cpu };
  return latest;
}

const factCells = new Map();

function showFact(name, value, more) {
  let cells = factCells.get(name);
  if (cells === undefined) {
    cells = { value: make("span"), more: make("small") };
    factCells.set(name, cells);
    byId("facts").append(make("div", {}, make("dt", {}, name), make("dd", {}, cells.value, cells.more)));
  }
  setText(cells.value, value);
  setText(cells.more, more);
}

function showFacts(snapshot, now) {
  const cpu = now.cpu === undefined ? "" : `${(now.cpu * 100).toFixed(0)} % of a processor`;
  const both = (one, other, text) => (one === undefined ? "–" : `${text(one + other)}/s`);
  showFact("Open", wholeNumber(snapshot.open), `${wholeNumber(snapshot.opened)} since the start`);
  showFact(
    "Messages",
    both(now.messagesIn, now.messagesOut, shortNumber),
    `${shortNumber(snapshot.messagesReceived + snapshot.messagesSent)} in all`,
  );
  showFact(
    "Traffic",
    both(now.bytesIn, now.bytesOut, byteSize),
    `${byteSize(snapshot.bytesReceived + snapshot.bytesSent)} in all`,
  );
  showFact("Requests", shortNumber(snapshot.answered), `${shortNumber(snapshot.failed)} answered with 5xx`);
  showFact("Memory", byteSize(snapshot.memoryBytes), cpu);
  showFact("Up for", duration(snapshot.uptimeSeconds), "");
}

// Without a moment that is pointed at, a legend only says which line is which.
const atCursor = (text) => (_, value, _series, at) => (at === null || at === undefined ? "" : text(value));

const line = (label, name, text, more = {}) => ({
  label,
  stroke: colour(name),
  width: 2,
  value: atCursor(text),
  points: { fill: colour("card") },
  ...more,
});

// Where as much goes as comes, both can be seen.
const dashed = { dash: [6, 4] };

const axis = (text, more = {}) => ({
  stroke: colour("ink-soft"),
  grid: { stroke: colour("line"), width: 1 },
  ticks: { stroke: colour("line"), width: 1 },
  font: "12px system-ui, sans-serif",
  ...(text && { values: (_, values) => values.map((value) => text(value)) }),
  ...more,
});

const charts = {
  messages: () => ({
    text: shortNumber,
    steps: wholeSteps,
    lines: [
      line("from clients", "received", shortNumber),
      line("from upstreams", "sent", shortNumber, dashed),
    ],
    data: ["messagesIn", "messagesOut"],
  }),
  bytes: () => ({
    text: byteSize,
    steps: wholeSteps,
    lines: [line("from clients", "received", byteSize), line("from upstreams", "sent", byteSize, dashed)],
    data: ["bytesIn", "bytesOut"],
  }),
  handshakes: () => ({
    text: milliseconds,
    steps: timeLabelSteps,
    lines: [line("median", "received", milliseconds), line("99th percentile", "sent", milliseconds)],
    data: ["p50", "p99"],
  }),
  open: () => ({
    text: wholeNumber,
    steps: wholeSteps,
    lines: [line("open", "received", wholeNumber, { fill: colour("fill") })],
    data: ["open"],
  }),
};

const drawn = [];
/** Seconds between two labels. */
const timeSteps = [1, 2, 5, 10, 30, 60, 120, 300];
const fromZero = (_, _min, max) => [0, max > 0 ? max * 1.1 : 1];
/** Nothing is less than one, and the label of one is seen. */
const fromZeroToOne = (_, _min, max) => [0, Math.max(1, max * 1.1)];
/** Between two labels: what a label rounds does not make two of them alike. */
const stepsFrom = (exponent) =>
  Array.from({ length: 16 }, (_, more) =>
    [1, 2, 5].map((digit) => Number(`${digit}e${exponent + more}`)),
  ).flat();
const wholeSteps = { incrs: stepsFrom(0), range: fromZeroToOne };
/** Of seconds, from a tenth of a millisecond. */
const timeLabelSteps = { incrs: stepsFrom(-4), range: fromZero };

function draw() {
  for (const { plot } of drawn.splice(0)) plot.destroy();
  for (const place of document.querySelectorAll(".plot")) {
    const { text, steps, lines, data } = charts[place.dataset.chart]();
    const options = {
      width: place.clientWidth,
      height: PLOT_HEIGHT,
      padding: [8, 16, null, null],
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: true }, y: { range: steps.range } },
      series: [
        { label: "at", value: atCursor((seconds) => clockTime(seconds * 1000).slice(0, 8)) },
        ...lines,
      ],
      axes: [
        axis((seconds) => clockTime(seconds * 1000).slice(0, 8), { space: 70, incrs: timeSteps }),
        axis(text, { size: 70, incrs: steps.incrs }),
      ],
    };
    const pick = () => [columns.at, ...data.map((name) => columns[name])];
    drawn.push({ plot: new uPlot(options, pick(), place), pick });
  }
}

onLive("snapshot", (snapshot) => {
  showFacts(snapshot, note(snapshot));
  for (const { plot, pick } of drawn) plot.setData(pick());
});
onLive("lost", () => {
  before = undefined;
  handshakeCounts = [];
});

new ResizeObserver(() => {
  for (const { plot } of drawn) {
    const width = plot.root.parentElement.clientWidth;
    if (width !== plot.width) plot.setSize({ width, height: PLOT_HEIGHT });
  }
}).observe(document.querySelector(".plots"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
draw();
