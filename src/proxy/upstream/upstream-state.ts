// What is known of upstreams, for metrics, the log and who looks at them. Snapshots: they do not change any more.

/** One upstream of a route. */
export interface UpstreamState {
  /** As configured. */
  readonly url: string;
  readonly weight: number;
  readonly isBackup: boolean;
  /** `Infinity` for no limit. */
  readonly maxConnections: number;
  /** Whether it is in service: neither ejected nor down. */
  readonly isHealthy: boolean;
  /** Out of service for a while, by the failures of requests. */
  readonly isEjected: boolean;
  /** Out of service, by the failures of checks. */
  readonly isDown: boolean;
  /** Connections and requests under way. */
  readonly active: number;
  /** Those that there have been, the active ones included. */
  readonly total: number;
  /** Those that could not connect or were not answered. */
  readonly failures: number;
  /** How often it has been ejected. */
  readonly ejections: number;
  /** Checks that there have been, and those that failed. */
  readonly checks: number;
  readonly checksFailed: number;
  /** What the last request or check that failed ran into. */
  readonly lastFailure: string | undefined;
}

/** The upstreams of one route, and its queue. */
export interface RouteUpstreamsState {
  /** The name of the route. */
  readonly route: string;
  /** Connections and requests under way. */
  readonly active: number;
  readonly maxConnections: number;
  /** Requests in the queue, and how many it takes. */
  readonly waiting: number;
  readonly maxWaiting: number;
  /** Requests that waited too long, and those that found the queue full. */
  readonly timedOut: number;
  readonly turnedAway: number;
  readonly upstreams: readonly UpstreamState[];
}

/** An upstream has gone out of service, or come back. */
export interface HealthChange {
  /** The name of the route. */
  readonly route: string;
  /** The URL of the upstream. */
  readonly upstream: string;
  readonly isHealthy: boolean;
  /** What by: requests, or checks. */
  readonly source: "passive" | "active";
  /** In words, for the log. */
  readonly reason: string;
}
