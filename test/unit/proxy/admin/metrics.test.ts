import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeFamilies } from "#src/proxy/admin/exposition.js";
import { metricFamilies } from "#src/proxy/admin/metrics.js";
import { LatencyHistogram } from "#src/proxy/tally/latency-histogram.js";
import { viewWith } from "./fake-view.js";

const facts = {
  memoryUsage: () => ({ rss: 1000, heapUsed: 500, external: 20 }),
  cpuUsage: () => ({ user: 1_500_000, system: 500_000 }),
  uptime: () => 60,
};

describe("the metrics of a proxy", () => {
  test("count by route, mode, kind, status and who sent", () => {
    const handshakes = new LatencyHistogram();
    for (const milliseconds of [0.4, 3, 3, 60_000]) handshakes.observe(milliseconds);
    const totals = {
      ...({ route: "chat", mode: "relay", open: 2, answering: 1, handshakes } as const),
      statuses: { websocket: [0, 7, 0, 0, 1, 0], http: [0, 0, 5, 0, 0, 2] },
      ...{ bytesReceived: 10, bytesSent: 20, messagesReceived: 3, messagesSent: 4 },
    };
    const upstream = {
      ...{ url: "ws://a:1", isHealthy: false, isEjected: true, isDown: false, isBackup: false, weight: 1 },
      ...{ active: 2, total: 9, failures: 3, ejections: 1, checks: 5, checksFailed: 4 },
      ...{ maxConnections: Infinity, lastFailure: undefined },
    };
    const routes = [
      { name: "chat", mode: "relay", waiting: 6, timedOut: 7, turnedAway: 8, upstreams: [upstream] },
    ] as const;
    const tlsFailures = [{ listener: "[::]:443", reason: "http", count: 5 }] as const;
    const view = viewWith({ totals: [totals], routes, tlsFailures });
    const text = encodeFamilies(metricFamilies(view, facts));
    for (const line of [
      "sluice_proxy_draining 0",
      'sluice_proxy_connections_open{route="chat",mode="relay"} 2',
      'sluice_proxy_connections_total{route="chat",mode="relay"} 7',
      'sluice_proxy_requests_active{route="chat",mode="relay"} 1',
      'sluice_proxy_requests_total{route="chat",mode="relay",kind="websocket",code="4xx"} 1',
      'sluice_proxy_requests_total{route="chat",mode="relay",kind="http",code="5xx"} 2',
      'sluice_proxy_bytes_total{route="chat",mode="relay",from="client"} 10',
      'sluice_proxy_messages_total{route="chat",mode="relay",from="upstream"} 4',
      'sluice_proxy_upstream_handshake_seconds_bucket{route="chat",mode="relay",le="0.0005"} 1',
      'sluice_proxy_upstream_handshake_seconds_bucket{route="chat",mode="relay",le="0.005"} 3',
      'sluice_proxy_upstream_handshake_seconds_bucket{route="chat",mode="relay",le="10"} 3',
      'sluice_proxy_upstream_handshake_seconds_bucket{route="chat",mode="relay",le="+Inf"} 4',
      'sluice_proxy_upstream_handshake_seconds_count{route="chat",mode="relay"} 4',
      'sluice_proxy_upstream_up{route="chat",upstream="ws://a:1"} 0',
      'sluice_proxy_upstream_active{route="chat",upstream="ws://a:1"} 2',
      'sluice_proxy_upstream_requests_total{route="chat",upstream="ws://a:1"} 9',
      'sluice_proxy_upstream_failures_total{route="chat",upstream="ws://a:1"} 3',
      'sluice_proxy_upstream_ejections_total{route="chat",upstream="ws://a:1"} 1',
      'sluice_proxy_upstream_checks_total{route="chat",upstream="ws://a:1"} 5',
      'sluice_proxy_upstream_checks_failed_total{route="chat",upstream="ws://a:1"} 4',
      'sluice_proxy_queue_length{route="chat"} 6',
      'sluice_proxy_queue_timeouts_total{route="chat"} 7',
      'sluice_proxy_queue_rejections_total{route="chat"} 8',
      'sluice_proxy_tls_failures_total{listener="[::]:443",reason="http"} 5',
      "process_resident_memory_bytes 1000",
      "process_cpu_seconds_total 2",
    ])
      assert.ok(text.split("\n").includes(line), `${line}\nin\n${text}`);
  });
});
