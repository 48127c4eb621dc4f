// The numbers of a proxy as families of samples.

import { latencyBounds } from "../tally/latency-histogram.js";
import type { UpstreamState } from "../upstream/upstream-state.js";
import { encodeLabels, type Family, type Sample } from "./exposition.js";
import type { ProxyView, RouteTotals, RouteView } from "./proxy-view.js";

/** What is known of the process: that of `node:process`, but in tests. */
export interface ProcessFacts {
  memoryUsage(): { readonly rss: number; readonly heapUsed: number; readonly external: number };
  /** Microseconds. */
  cpuUsage(): { readonly user: number; readonly system: number };
  /** Seconds since it began. */
  uptime(): number;
}

/** With what each of its samples has. */
type Labelled<Counted> = Counted & { readonly labels: string };

export function metricFamilies(view: ProxyView, facts: ProcessFacts): Family[] {
  const totals = view.totals().map(labelledTotals);
  const routes = view.routes();
  return [
    ...connectionFamilies(view, totals),
    ...trafficFamilies(totals),
    handshakeFamily(totals),
    ...upstreamFamilies(routes),
    ...queueFamilies(routes),
    tlsFamily(view),
    ...processFamilies(facts),
  ];
}

function connectionFamilies(view: ProxyView, totals: readonly Labelled<RouteTotals>[]): Family[] {
  return [
    {
      name: "sluice_proxy_draining",
      type: "gauge",
      help: "1 once the proxy accepts nothing more: it closes, or has handed over.",
      samples: [{ value: view.isDraining ? 1 : 0 }],
    },
    {
      name: "sluice_proxy_tunnels",
      type: "gauge",
      help: "WebSockets that are open or opening.",
      samples: [{ value: view.connections }],
    },
    {
      name: "sluice_proxy_connections_open",
      type: "gauge",
      help: "WebSockets that are open.",
      samples: perRoute(totals, ({ open }) => open),
    },
    {
      name: "sluice_proxy_connections_total",
      type: "counter",
      help: "WebSockets that have been opened.",
      samples: perRoute(totals, ({ statuses }) => statuses.websocket[1]),
    },
    {
      name: "sluice_proxy_requests_active",
      type: "gauge",
      help: "Plain requests that are being answered.",
      samples: perRoute(totals, ({ answering }) => answering),
    },
    {
      name: "sluice_proxy_requests_total",
      type: "counter",
      help: "Requests that have been answered, by the class of their status; 0xx for those that went without an answer.",
      samples: totals.flatMap(requestSamples),
    },
  ];
}

/** The classes of statuses that have a series from the start, so that the first of them shows in a rate. Thousands of routes would
 * have as many lines of those that hardly ever come. */
const usualClasses: Readonly<Record<keyof RouteTotals["statuses"], readonly number[]>> = {
  websocket: [0, 1, 3, 4, 5],
  http: [0, 2, 3, 4, 5],
};

const statusSeries = (["websocket", "http"] as const).flatMap((kind) =>
  Array.from({ length: 6 }, (_, digit) => ({
    kind,
    digit,
    isUsual: usualClasses[kind].includes(digit),
    labels: `,kind="${kind}",code="${digit}xx"`,
  })),
);

function requestSamples({ labels, statuses }: Labelled<RouteTotals>): Sample[] {
  return statusSeries
    .filter(({ kind, digit, isUsual }) => isUsual || statuses[kind][digit] > 0)
    .map((series) => ({ labels: labels + series.labels, value: statuses[series.kind][series.digit] }));
}

function trafficFamilies(totals: readonly Labelled<RouteTotals>[]): Family[] {
  const bothWays = (received: keyof RouteTotals, sent: keyof RouteTotals): Sample[] =>
    totals.flatMap((each) => [
      { labels: `${each.labels},from="client"`, value: Number(each[received]) },
      { labels: `${each.labels},from="upstream"`, value: Number(each[sent]) },
    ]);
  return [
    {
      name: "sluice_proxy_bytes_total",
      type: "counter",
      help: "Bytes behind the heads of requests and responses, by who sent them.",
      samples: bothWays("bytesReceived", "bytesSent"),
    },
    {
      name: "sluice_proxy_messages_total",
      type: "counter",
      help: "WebSocket messages, by who sent them.",
      samples: bothWays("messagesReceived", "messagesSent"),
    },
  ];
}

function handshakeFamily(totals: readonly Labelled<RouteTotals>[]): Family {
  return {
    name: "sluice_proxy_upstream_handshake_seconds",
    type: "histogram",
    help: "Time from an upgrade request to the head of the upstream's answer.",
    // Seventeen lines that say nothing, for each route that has no WebSockets.
    samples: totals.filter(hasHandshakes).flatMap(histogramSamples),
  };
}

function hasHandshakes({ handshakes }: RouteTotals): boolean {
  return handshakes.counts.some((count) => count > 0);
}

function histogramSamples({ labels, handshakes }: Labelled<RouteTotals>): Sample[] {
  const { counts, sumSeconds } = handshakes;
  let below = 0;
  const buckets = counts.map((count, at) => {
    below += count;
    return {
      suffix: "_bucket",
      labels: `${labels},le="${latencyBounds[at] ?? "+Inf"}"`,
      value: below,
    };
  });
  return [
    ...buckets,
    { suffix: "_sum", labels, value: sumSeconds },
    { suffix: "_count", labels, value: below },
  ];
}

function upstreamFamilies(routes: readonly RouteView[]): Family[] {
  const upstreams = routes.flatMap((route) =>
    route.upstreams.map((upstream) => ({
      upstream,
      labels: encodeLabels({ route: route.name, upstream: upstream.url }),
    })),
  );
  const family = (
    [name, type]: readonly [string, Family["type"]],
    help: string,
    value: (upstream: UpstreamState) => number,
  ): Family => ({
    name: `sluice_proxy_upstream_${name}`,
    type,
    help,
    samples: upstreams.map(({ labels, upstream }) => ({ labels, value: value(upstream) })),
  });
  return [
    family(["up", "gauge"], "1 while the upstream is in service.", ({ isHealthy }) => (isHealthy ? 1 : 0)),
    family(["active", "gauge"], "Connections and requests that an upstream has now.", ({ active }) => active),
    family(
      ["requests_total", "counter"],
      "Connections and requests that an upstream has been given.",
      ({ total }) => total,
    ),
    family(
      ["failures_total", "counter"],
      "Times that an upstream could not be reached, or did not answer as it should.",
      ({ failures }) => failures,
    ),
    family(
      ["ejections_total", "counter"],
      "Times that failures have put an upstream out of service for a while.",
      ({ ejections }) => ejections,
    ),
    family(["checks_total", "counter"], "Health checks of an upstream.", ({ checks }) => checks),
    family(
      ["checks_failed_total", "counter"],
      "Health checks of an upstream that failed.",
      ({ checksFailed }) => checksFailed,
    ),
  ];
}

function queueFamilies(routes: readonly RouteView[]): Family[] {
  const labelled = routes.map((route) => ({ route, labels: encodeLabels({ route: route.name }) }));
  const samples = (value: (route: RouteView) => number): Sample[] =>
    labelled.map(({ labels, route }) => ({ labels, value: value(route) }));
  return [
    {
      name: "sluice_proxy_queue_length",
      type: "gauge",
      help: "Requests that wait for a place at an upstream.",
      samples: samples(({ waiting }) => waiting),
    },
    {
      name: "sluice_proxy_queue_timeouts_total",
      type: "counter",
      help: "Requests that waited too long for a place.",
      samples: samples(({ timedOut }) => timedOut),
    },
    {
      name: "sluice_proxy_queue_rejections_total",
      type: "counter",
      help: "Requests that found the queue full.",
      samples: samples(({ turnedAway }) => turnedAway),
    },
  ];
}

function tlsFamily(view: ProxyView): Family {
  return {
    name: "sluice_proxy_tls_failures_total",
    type: "counter",
    help: "TLS handshakes that failed, by listener and reason; clients that left by themselves are none.",
    samples: [...view.tlsFailures()].map(({ listener, reason, count }) => ({
      labels: encodeLabels({ listener, reason }),
      value: count,
    })),
  };
}

/** Named as the client libraries of Prometheus name them. */
function processFamilies(facts: ProcessFacts): Family[] {
  const { rss, heapUsed, external } = facts.memoryUsage();
  const { user, system } = facts.cpuUsage();
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    type: "gauge",
    help,
    samples: [{ value }],
  });
  return [
    gauge("process_resident_memory_bytes", "Resident memory of the process.", rss),
    gauge("nodejs_heap_size_used_bytes", "JavaScript heap in use.", heapUsed),
    gauge("nodejs_external_memory_bytes", "Memory of objects outside the JavaScript heap.", external),
    {
      name: "process_cpu_seconds_total",
      type: "counter",
      help: "Processor time of the process, user and system.",
      samples: [{ value: (user + system) / 1e6 }],
    },
    gauge("process_uptime_seconds", "Seconds since the process began.", facts.uptime()),
  ];
}

function perRoute(
  totals: readonly Labelled<RouteTotals>[],
  value: (totals: RouteTotals) => number,
): Sample[] {
  return totals.map((each) => ({ labels: each.labels, value: value(each) }));
}

function labelledTotals(totals: RouteTotals): Labelled<RouteTotals> {
  const { route = "", mode = "" } = totals;
  return { ...totals, labels: encodeLabels({ route, mode }) };
}
