// What a page shows of a proxy at one moment.

import { latencyBounds } from "../tally/latency-histogram.js";
import { addPassed, type PassedTotals } from "../tally/route-tally.js";
import { type ConnectionList, type ConnectionQuery, listConnections } from "./connection-list.js";
import type { ProcessFacts } from "./metrics.js";
import type { ProxyView, RouteView } from "./proxy-view.js";

export interface Snapshot extends PassedTotals, ConnectionList {
  readonly type: "snapshot";
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly isDraining: boolean;
  readonly opened: number;
  readonly answered: number;
  readonly failed: number;
  /** How long upstreams took to answer upgrade requests: seconds, and counts as in `Latencies`. */
  readonly handshakes: { readonly bounds: readonly number[]; readonly counts: readonly number[] };
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  readonly uptimeSeconds: number;
  readonly routes: readonly RouteView[];
}

/** All routes together, since the proxy began. */
export function takeSnapshot(view: ProxyView, query: ConnectionQuery, facts: ProcessFacts): Snapshot {
  const passed: PassedTotals = { bytesReceived: 0, bytesSent: 0, messagesReceived: 0, messagesSent: 0 };
  const counts = new Array<number>(latencyBounds.length + 1).fill(0);
  let [opened, answered, failed] = [0, 0, 0];
  for (const totals of view.totals()) {
    const { websocket, http } = totals.statuses;
    addPassed(passed, totals);
    totals.handshakes.counts.forEach((count, at) => {
      counts[at] += count;
    });
    opened += websocket[1];
    answered += [...websocket, ...http].reduce((sum, count) => sum + count, 0);
    failed += websocket[5] + http[5];
  }
  const { user, system } = facts.cpuUsage();
  return {
    type: "snapshot",
    at: Date.now(),
    isDraining: view.isDraining,
    ...{ opened, answered, failed },
    ...passed,
    handshakes: { bounds: latencyBounds, counts },
    memoryBytes: facts.memoryUsage().rss,
    cpuSeconds: (user + system) / 1e6,
    uptimeSeconds: facts.uptime(),
    routes: view.routes(),
    ...listConnections(view, query),
  };
}
