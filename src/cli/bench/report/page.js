// Draws the plots of a report. The numbers are in the page's own JSON; uPlot is a global of the script before this one.

const { series, latencyDistribution, measuredSpan } = JSON.parse(document.getElementById("data").textContent);
const HEIGHT = 220;
// Above this ratio of the largest to the least value, small ones would lie flat on the axis.
const MAX_LINEAR_RATIO = 30;
const font = "12px system-ui, sans-serif";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const number = (value) => {
  if (value === null || value === undefined) return "–";
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 3;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
};
// Without a moment that is pointed at, a legend only says which line is which.
const withUnit = (unit) => (_, value, _series, at) =>
  at === null || at === undefined
    ? ""
    : value === null || value === undefined
      ? "–"
      : `${number(value)}${unit}`;
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
// Of a logarithmic axis, uPlot leaves the ticks without a label empty.
const ticks = (unit) => (_, values) =>
  values.map((value) => {
    if (value === null) return "";
    if (value < 1000) return number(value) + unit;
    return unit === " ms" ? `${number(value / 1000)} s` : compact.format(value) + unit;
  });

// A line needs two points to be seen.
const isSparse = series.seconds.length < 3;

const line = (label, name, unit, more = {}) => ({
  label,
  stroke: colour(name),
  width: 2,
  value: withUnit(unit),
  points: { show: isSparse },
  ...more,
});

/** The scale for values in milliseconds. */
const latencyScale = (columns) => {
  const values = columns.flat().filter((value) => value !== null && value > 0);
  const isWide = Math.max(...values) / Math.min(...values) > MAX_LINEAR_RATIO;
  return isWide ? { distr: 3 } : fromZero;
};
const fromZero = { range: (_, _min, max) => [0, max > 0 ? max * 1.08 : 1] };

/** Shades what was not measured. */
const shading = {
  hooks: {
    drawClear(plot) {
      if (measuredSpan === null) return;
      const { left, top, width, height } = plot.bbox;
      const clamp = (x) => Math.min(left + width, Math.max(left, x));
      const from = clamp(plot.valToPos(measuredSpan.from, "x", true));
      const to = clamp(plot.valToPos(measuredSpan.to, "x", true));
      plot.ctx.fillStyle = colour("shade");
      plot.ctx.fillRect(left, top, from - left, height);
      plot.ctx.fillRect(to, top, left + width - to, height);
    },
  },
};

/** Of a logarithmic axis, only powers of ten get a line. */
const decades = (plot, splits, axisIndex) => {
  const { distr } = plot.scales[plot.axes[axisIndex].scale];
  return distr === 3
    ? splits.map((split) => (Number.isInteger(round(Math.log10(split))) ? split : null))
    : splits;
};
const round = (value) => Math.round(value * 1e9) / 1e9;

const axis = (unit, more = {}) => ({
  stroke: colour("ink-soft"),
  grid: { stroke: colour("line"), width: 1, filter: decades },
  ticks: { stroke: colour("line"), width: 1, filter: decades },
  font,
  values: ticks(unit),
  ...more,
});

// Half a connection is none.
const wholeSteps = {
  incrs: Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat(),
};

const overTime = (lines, yScale, unit, more = {}) => ({
  scales: { x: { time: false }, y: yScale },
  series: [{ label: "at", value: withUnit(" s") }, ...lines],
  axes: [axis(" s"), axis(unit, { size: 64, ...more })],
  plugins: [shading],
});

const latencyLines = () => [
  line("p50", "low", " ms"),
  line("p90", "middle", " ms"),
  line("p99", "high", " ms"),
  line("max", "extreme", " ms", { width: 1, dash: [4, 3] }),
];

const charts = {
  latency() {
    const columns = [series.p50Ms, series.p90Ms, series.p99Ms, series.maxMs];
    const options = overTime(latencyLines(), latencyScale(columns), " ms");
    return { options, data: [series.seconds, ...columns] };
  },
  throughput() {
    const lines = [
      line("received", "received", "/s"),
      line("sent", "sent", "/s", { dash: [6, 4], width: 1.5 }),
    ];
    const data = [series.seconds, series.receivedPerSecond, series.sentPerSecond];
    return { options: overTime(lines, fromZero, ""), data };
  },
  distribution() {
    const { percentile, ms } = latencyDistribution;
    // The tail is drawn as wide as the rest: each step to the right leaves a tenth. All of them, 100 %, is the last.
    const left = percentile.map((share) => (share < 100 ? 100 / (100 - share) : null));
    left[left.length - 1] = left[left.length - 2] * 1.12;
    const share = (inverse) => `${Number((100 - 100 / inverse).toFixed(6))} %`;
    return {
      options: {
        scales: { x: { time: false, distr: 3 }, y: latencyScale([ms]) },
        series: [
          {
            label: "of all messages",
            value: (_u, _v, _s, at) => (at === null || at === undefined ? "" : `${percentile[at]} %`),
          },
          line("took at most", "middle", " ms", { points: { show: false } }),
        ],
        axes: [
          axis("", { values: (_, splits) => splits.map((split) => (split === null ? "" : share(split))) }),
          axis(" ms", { size: 64 }),
        ],
      },
      data: [left, ms],
    };
  },
  connections() {
    const lines = [
      line("open", "middle", "", { fill: colour("fill"), paths: uPlot.paths.stepped({ align: 1 }) }),
    ];
    return { options: overTime(lines, fromZero, "", wholeSteps), data: [series.seconds, series.open] };
  },
  errors() {
    const bars = {
      fill: colour("bad"),
      paths: uPlot.paths.bars({ size: [0.8, 24] }),
      points: { show: false },
    };
    const options = overTime([line("errors", "bad", "", bars)], fromZero, "", wholeSteps);
    // A bar of no height would still be drawn as a line.
    return { options, data: [series.seconds, series.errors.map((count) => (count === 0 ? null : count))] };
  },
};

const drawn = [];

function draw() {
  for (const plot of drawn.splice(0)) plot.destroy();
  for (const place of document.querySelectorAll(".plot")) {
    const chart = charts[place.dataset.chart]();
    const size = { width: place.clientWidth, height: HEIGHT };
    const cursor = { drag: { x: false, y: false } };
    const padding = [10, 26, null, null];
    drawn.push(new uPlot({ ...size, cursor, padding, ...chart.options }, chart.data, place));
  }
}

new ResizeObserver(() => {
  for (const plot of drawn) plot.setSize({ width: plot.root.parentElement.clientWidth, height: HEIGHT });
}).observe(document.querySelector("main"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
draw();
