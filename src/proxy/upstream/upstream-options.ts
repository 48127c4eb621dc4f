// The servers behind a route, and how one of them is chosen and kept an eye on.

import type { ConnectionOptions } from "node:tls";

/** One server. */
export interface UpstreamOptions {
  /** `ws:`, `wss:`, `http:` or `https:`, or `ws+unix:PATH`. A path here is put before that of the request. */
  url: string;
  /** Its share beside the others: an integer from 1 to 1000. Default 1. */
  weight?: number | undefined;
  /** Connections that it may have at once, from this proxy. Default `Infinity`. */
  maxConnections?: number | undefined;
  /** Used only while none of the others is in service, or left to be tried for the same request; not because they are full.
   * Default false. */
  isBackup?: boolean | undefined;
  /** Node's options for `tls.connect`: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`. */
  tls?: ConnectionOptions | undefined;
}

/** An upstream, or only its URL. */
export type UpstreamTarget = string | UpstreamOptions;

/**
 * "round-robin": one after the other. "least-connections": whoever has the fewest for its weight. A hash: the same upstream
 * for the same client address, header or cookie, with as few moves as possible when upstreams come and go, in all routes to the same
 * hosts and ports with the same weights: schemes and paths do not matter. A request without that header or cookie goes round.
 */
export type Balance =
  | "round-robin"
  | "least-connections"
  | { readonly hash: "address" | { readonly header: string } | { readonly cookie: string } };

/**
 * Takes an upstream out of service for a while when requests find it unreachable. When that has happened to all of them, requests
 * are sent to them all the same: refusing everybody would help nobody.
 */
export interface PassiveHealthOptions {
  /** Failures to connect or to answer in a row. Default 3. */
  maxFailures?: number | undefined;
  /** Milliseconds out of service, after which one request tries again. Default 10 000. */
  ejectMs?: number | undefined;
}

/**
 * Asks every upstream from time to time. What checks take out of service gets nothing until they bring it back, not even when all
 * are out: then requests are refused with 503.
 */
export interface ActiveHealthOptions {
  /** A path to GET, as it is: no path of the upstream's URL is put before it. Without it, it is enough that a connection can be
   * made, TLS included. */
  path?: string | undefined;
  /** Statuses that are good. Default: 200 to 399. */
  statuses?: readonly number[] | undefined;
  /** Milliseconds between two checks. Default 5000. */
  intervalMs?: number | undefined;
  /** Milliseconds for one check. Default 2000. */
  timeoutMs?: number | undefined;
  /** Good checks in a row after which it is in service again. Default 2. */
  rise?: number | undefined;
  /** Bad checks in a row after which it is out of service. Default 3. */
  fall?: number | undefined;
}

export interface HealthOptions {
  /** Default on; false turns it off. */
  passive?: PassiveHealthOptions | false | undefined;
  /** Default off. */
  active?: ActiveHealthOptions | boolean | undefined;
}

/** Where requests wait while every upstream in service, or the route, has as many connections as it may (`maxConnections`). */
export interface QueueOptions {
  /** Requests that may wait at once. Default 1024. */
  maxWaiting?: number | undefined;
  /** Milliseconds that one waits. Default 5000. Breach: 503. */
  timeoutMs?: number | undefined;
}
