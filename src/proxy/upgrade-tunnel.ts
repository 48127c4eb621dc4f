// A WebSocket through the proxy, from the upgrade request to the end. Until the upstream's 101 has been verified, the client is
// answered by a refusal; from then on the two are one connection.

import { toError } from "../connection/index.js";
import { createRefusal } from "../handshake/index.js";
import { answerAndLeave } from "../server/index.js";
import type { Transport } from "../transport/index.js";
import type { Carriage } from "./carriage.js";
import { isFault, ProxyError, refusedByHook } from "./errors.js";
import { type Exchange, nothingPassed, type Passed } from "./exchange.js";
import type { ProxyRefusal } from "./hooks.js";
import { openInspected } from "./inspect/inspect-opening.js";
import type { OpenTunnel } from "./open-tunnel.js";
import type { OpeningHost, TunnelEnd, UpgradeArrival } from "./opening-host.js";
import { OpeningWatch } from "./opening-watch.js";
import { failureAnswer, passedBy } from "./own-answer.js";
import type { PassageWatcher } from "./passage-watcher.js";
import { askRequest } from "./phases.js";
import type { ProxyState } from "./proxy-state.js";
import { openRelayed } from "./relay/relay-opening.js";
import type { Route } from "./route.js";
import type { Place } from "./upstream/upstream-group.js";
import { reachUpstream } from "./upstream-connection.js";

export class UpgradeTunnel implements OpenTunnel, TunnelEnd {
  readonly exchange: Exchange;
  readonly #state: ProxyState;
  readonly #route: Route;
  /** While it opens. */
  #opening: { readonly client: Transport; readonly gone: AbortController } | undefined;
  #carriage: Carriage | undefined;
  #place: Place | undefined;

  constructor(state: ProxyState, arrival: UpgradeArrival) {
    const { routed, client, early } = arrival;
    this.exchange = routed.exchange;
    this.#state = state;
    this.#route = routed.route;
    state.tunnels.add(this);
    const gone = new AbortController();
    this.#opening = { client, gone };
    const watch = new OpeningWatch(client, early, () => gone.abort(clientGone()));
    const { signal } = gone;
    const asking = { hooks: state.settings.hooks, exchange: this.exchange, gone: signal };
    void this.#open({ arrival, gone: signal, asking, watch, tunnel: this });
  }

  get passed(): Passed {
    return this.#carriage?.passed ?? nothingPassed;
  }

  close(code: number, reason: string): void {
    this.#carriage?.close(code, reason);
    this.#abort();
  }

  destroy(): void {
    this.#carriage?.destroy();
    this.#abort();
    this.#opening?.client.destroy();
  }

  watch(watcher: PassageWatcher | undefined): boolean {
    return this.#carriage?.watch(watcher) ?? false;
  }

  carried(carriage: Carriage): void {
    this.#carriage = carriage;
  }

  opened(): void {
    this.#state.taps.opened(this);
  }

  released(): void {
    this.#place?.release();
  }

  ended(error: Error | undefined, passed: Passed): void {
    this.#place?.release();
    this.#state.tunnels.delete(this);
    this.#state.taps.ended(this);
    this.exchange.end(error, passed);
  }

  #abort(): void {
    this.#opening?.gone.abort(new ProxyError("DRAINING", "the proxy is closing"));
  }

  async #open(host: OpeningHost): Promise<void> {
    try {
      const refusal = await askRequest(host.asking);
      if (refusal !== undefined) {
        this.#refuse(host, refusal, refusedByHook(refusal.status));
        return;
      }
      const reached = await reachUpstream(host.arrival.routed, host.asking);
      this.#place = reached.place;
      const open = this.#route.settings.mode === "inspect" ? openInspected : openRelayed;
      await open(host, reached);
      this.exchange.pack();
    } catch (thrown) {
      this.#fail(host, toError(thrown));
    } finally {
      this.#opening = undefined;
    }
  }

  #fail(host: OpeningHost, error: Error): void {
    if (isFault(error)) this.exchange.report(error);
    this.#refuse(host, failureAnswer(error), error);
  }

  #refuse({ arrival, watch }: OpeningHost, refusal: ProxyRefusal, error: Error | undefined): void {
    const passed = watch.isClosed ? nothingPassed : passedBy(refusal, this.exchange.method);
    this.exchange.status = refusal.status;
    const { closeTimeoutMs } = this.#route.settings;
    answerAndLeave(arrival.client, createRefusal(refusal), closeTimeoutMs, this.#state.answering);
    this.ended(error, passed);
  }
}

function clientGone(): ProxyError {
  return new ProxyError("CLIENT_GONE", "the client ended its connection before it was open");
}
