// A proxy's state, for the admin port to look at.

import { type ConnectionView, connectionView } from "../connection-view.js";
import type { OpenTunnel } from "../open-tunnel.js";
import type { ProxyState } from "../proxy-state.js";
import type { Route } from "../route.js";
import { addPassed, type RouteTally } from "../tally/route-tally.js";
import type { TlsFailureCount } from "../tally/tls-tally.js";
import type { FrameAudience } from "../tap/frame-audience.js";
import type { ProxyView, RouteTotals, RouteView } from "./proxy-view.js";

const SWITCHING_PROTOCOLS = 101;

export class StateView implements ProxyView {
  readonly #state: ProxyState;

  constructor(state: ProxyState) {
    this.#state = state;
  }

  get isDraining(): boolean {
    return this.#state.isDraining || this.#state.hasLeft;
  }

  get connections(): number {
    return this.#state.tunnels.size;
  }

  *open(): Generator<ConnectionView> {
    for (const tunnel of this.#state.tunnels) if (isOpen(tunnel)) yield connectionView(tunnel);
  }

  routes(): RouteView[] {
    return this.#state.table.routes.map(routeView);
  }

  totals(): RouteTotals[] {
    const open = new Map<RouteTally | undefined, OpenTunnel[]>();
    for (const tunnel of this.#state.tunnels) {
      if (!isOpen(tunnel)) continue;
      const { tally } = tunnel.exchange;
      const others = open.get(tally);
      if (others === undefined) open.set(tally, [tunnel]);
      else others.push(tunnel);
    }
    return [...this.#state.tallies].map((tally) => totalsOf(tally, open.get(tally) ?? []));
  }

  tlsFailures(): Iterable<TlsFailureCount> {
    return this.#state.tlsTally;
  }

  watch(id: number, audience: FrameAudience): "watched" | "gone" | "blind" {
    const { tunnels, taps } = this.#state;
    for (const tunnel of tunnels)
      if (tunnel.exchange.id === id && isOpen(tunnel))
        return taps.watch(tunnel, audience) ? "watched" : "blind";
    return "gone";
  }

  arm(route: string, audience: FrameAudience): boolean {
    const isThere = this.#state.table.routes.some(({ name }) => name === route);
    if (isThere) this.#state.taps.arm(route, audience);
    return isThere;
  }

  leave(audience: FrameAudience): void {
    this.#state.taps.leave(audience);
  }
}

function isOpen({ exchange }: OpenTunnel): boolean {
  return exchange.status === SWITCHING_PROTOCOLS;
}

function totalsOf(tally: RouteTally, open: readonly OpenTunnel[]): RouteTotals {
  const passed = { ...tally.passed };
  for (const tunnel of open) addPassed(passed, tunnel.passed);
  const { websocket, http } = tally.ended;
  const statuses = { websocket: [...websocket], http: [...http] };
  statuses.websocket[1] += open.length;
  const { route, mode, handshakes } = tally;
  const answering = tally.begun.http - http.reduce((sum, count) => sum + count, 0);
  return { route, mode, open: open.length, answering, statuses, handshakes, ...passed };
}

function routeView({ name, group, settings }: Route): RouteView {
  const { waiting, timedOut, turnedAway, upstreams } = group.state;
  return { name, mode: settings.mode, waiting, timedOut, turnedAway, upstreams };
}
