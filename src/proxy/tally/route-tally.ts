// What has been on one route in one mode since the proxy began. It outlives the route's own object, which a reload replaces,
// so that no number ever goes back.

import type { AccessLogEntry } from "../hooks.js";
import type { ProxyMode } from "../route-options.js";
import { LatencyHistogram } from "./latency-histogram.js";

type Kind = AccessLogEntry["kind"];

export interface PassedTotals {
  /** From clients, and to them. */
  bytesReceived: number;
  bytesSent: number;
  messagesReceived: number;
  messagesSent: number;
}

/** Adds what is known of one connection. */
export function addPassed(
  to: PassedTotals,
  passed: { readonly [name in keyof PassedTotals]?: number | undefined },
): void {
  to.bytesReceived += passed.bytesReceived ?? 0;
  to.bytesSent += passed.bytesSent ?? 0;
  to.messagesReceived += passed.messagesReceived ?? 0;
  to.messagesSent += passed.messagesSent ?? 0;
}

export class RouteTally {
  /** Undefined for requests that no route has. */
  readonly route: string | undefined;
  readonly mode: ProxyMode | undefined;
  /** Requests that have come, and those that are over, by the first digit of their status. */
  readonly begun: Record<Kind, number> = { websocket: 0, http: 0 };
  readonly ended: Record<Kind, number[]> = { websocket: [0, 0, 0, 0, 0, 0], http: [0, 0, 0, 0, 0, 0] };
  /** Of what is over. */
  readonly passed: PassedTotals = { bytesReceived: 0, bytesSent: 0, messagesReceived: 0, messagesSent: 0 };
  /** From an upgrade request to the head of the upstream's answer. */
  readonly handshakes = new LatencyHistogram();

  constructor(route: string | undefined, mode: ProxyMode | undefined) {
    this.route = route;
    this.mode = mode;
  }

  begin(kind: Kind): void {
    this.begun[kind]++;
  }

  end(entry: AccessLogEntry): void {
    const statusClass = Math.trunc(entry.status / 100);
    this.ended[entry.kind][statusClass in this.ended[entry.kind] ? statusClass : 0]++;
    addPassed(this.passed, entry);
  }
}

/** One for each route and mode that has been asked for. */
export class RouteTallies {
  readonly #tallies = new Map<string, RouteTally>();

  of(route: string | undefined, mode: ProxyMode | undefined): RouteTally {
    const key = JSON.stringify([route, mode]);
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = new RouteTally(route, mode);
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  [Symbol.iterator](): IterableIterator<RouteTally> {
    return this.#tallies.values();
  }
}
