// A proxy that is not there, for what looks at one.

import type { ProxyView, RouteTotals, RouteView } from "#src/proxy/admin/proxy-view.js";
import type { ConnectionView } from "#src/proxy/connection-view.js";
import type { TlsFailureCount } from "#src/proxy/tally/tls-tally.js";

export function connection(id: number, more: Partial<ConnectionView> = {}): ConnectionView {
  return {
    id,
    route: "chat",
    mode: "relay",
    upstream: "ws://10.0.0.1:3000",
    client: "192.0.2.1",
    peer: "192.0.2.1",
    isSecure: false,
    host: "chat.test",
    url: "/",
    since: "2026-01-01T00:00:00.000Z",
    bytesReceived: 0,
    bytesSent: 0,
    messagesReceived: 0,
    messagesSent: 0,
    ...more,
  };
}

export function viewWith(parts: {
  connections?: readonly ConnectionView[];
  routes?: readonly RouteView[];
  totals?: readonly RouteTotals[];
  tlsFailures?: readonly TlsFailureCount[];
  isDraining?: boolean;
  watch?: ProxyView["watch"];
  arm?: (route: string) => boolean;
  leave?: () => unknown;
}): ProxyView {
  const { connections = [], routes = [], totals = [], isDraining = false, watch, arm, leave } = parts;
  const { tlsFailures = [] } = parts;
  return {
    isDraining,
    connections: connections.length,
    open: () => connections,
    routes: () => routes,
    totals: () => totals,
    tlsFailures: () => tlsFailures,
    watch: watch ?? (() => "gone"),
    arm: (route) => arm?.(route) ?? true,
    leave: () => void leave?.(),
  };
}
