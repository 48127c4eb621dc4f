// Who watches which connection, and who waits for the next one of a route.

import { connectionView } from "../connection-view.js";
import type { OpenTunnel } from "../open-tunnel.js";
import type { FrameAudience } from "./frame-audience.js";
import { TunnelTap } from "./tunnel-tap.js";

export class TapBoard {
  readonly #taps = new Map<OpenTunnel, { readonly tap: TunnelTap; readonly watchers: Set<FrameAudience> }>();
  readonly #armed = new Map<FrameAudience, string>();

  /** Answers false where frames are not told apart. */
  watch(tunnel: OpenTunnel, watcher: FrameAudience): boolean {
    this.leave(watcher);
    let place = this.#taps.get(tunnel);
    if (place === undefined) {
      const tap = new TunnelTap(tunnel.exchange.extensions, tunnel.passed);
      if (!tunnel.watch(tap)) return false;
      place = { tap, watchers: new Set() };
      this.#taps.set(tunnel, place);
    }
    place.watchers.add(watcher);
    place.tap.add(watcher);
    watcher.started(connectionView(tunnel));
    return true;
  }

  /** Watches the next connection that opens on the route, from its first frame. */
  arm(route: string, watcher: FrameAudience): void {
    this.leave(watcher);
    this.#armed.set(watcher, route);
  }

  leave(watcher: FrameAudience): void {
    this.#armed.delete(watcher);
    for (const [tunnel, { tap, watchers }] of this.#taps) {
      if (!watchers.delete(watcher) || tap.delete(watcher)) continue;
      this.#remove(tunnel, tap);
      tunnel.watch(undefined);
    }
  }

  /** A connection is open, and nothing has passed yet. */
  opened(tunnel: OpenTunnel): void {
    for (const [watcher, route] of [...this.#armed])
      if (route === tunnel.exchange.route && !this.watch(tunnel, watcher)) watcher.blind(tunnel.exchange.id);
  }

  ended(tunnel: OpenTunnel): void {
    const place = this.#taps.get(tunnel);
    if (place === undefined) return;
    this.#remove(tunnel, place.tap);
    for (const watcher of place.watchers) watcher.ended();
  }

  #remove(tunnel: OpenTunnel, tap: TunnelTap): void {
    this.#taps.delete(tunnel);
    tap.dispose();
  }
}
