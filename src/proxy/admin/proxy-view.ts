// What can be seen of a proxy from its admin port. Nothing is counted for it: the numbers that the proxy has anyhow are read when
// somebody asks.

import type { ConnectionView } from "../connection-view.js";
import type { ProxyMode } from "../route-options.js";
import type { Latencies } from "../tally/latency-histogram.js";
import type { PassedTotals } from "../tally/route-tally.js";
import type { TlsFailureCount } from "../tally/tls-tally.js";
import type { FrameAudience } from "../tap/frame-audience.js";
import type { UpstreamState } from "../upstream/upstream-state.js";

/** A route as it is configured now. */
export interface RouteView {
  readonly name: string;
  readonly mode: ProxyMode;
  /** Requests that wait for a place at an upstream, those that have waited too long, and those that found the queue full. */
  readonly waiting: number;
  readonly timedOut: number;
  readonly turnedAway: number;
  readonly upstreams: readonly UpstreamState[];
}

/** A route in one mode, since the proxy began. No number goes back, `open` and `answering` aside. */
export interface RouteTotals extends PassedTotals {
  /** Undefined for requests that no route has. */
  readonly route: string | undefined;
  readonly mode: ProxyMode | undefined;
  /** WebSockets that are open, and plain requests that are being answered. */
  readonly open: number;
  readonly answering: number;
  /** Answered requests by kind, and by the first digit of their status; a WebSocket counts from when it opens. */
  readonly statuses: Readonly<Record<"websocket" | "http", readonly number[]>>;
  readonly handshakes: Latencies;
}

export interface ProxyView {
  /** It accepts nothing more: it closes, or has left its listening sockets to another process. */
  readonly isDraining: boolean;
  /** WebSockets that are open or opening. */
  readonly connections: number;
  open(): Iterable<ConnectionView>;
  routes(): readonly RouteView[];
  totals(): readonly RouteTotals[];
  /** Each listener with TLS by each reason. */
  tlsFailures(): Iterable<TlsFailureCount>;
  /** Watches an open connection, in place of whatever was watched before; "blind" where its frames are not told apart. */
  watch(id: number, audience: FrameAudience): "watched" | "gone" | "blind";
  /** Watches the next connection that opens on the route, from its first frame, in place of whatever was watched before. False
   * where no route has the name. */
  arm(route: string, audience: FrameAudience): boolean;
  /** Watches nothing any more. */
  leave(audience: FrameAudience): void;
}
