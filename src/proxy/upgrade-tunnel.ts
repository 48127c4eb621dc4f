// A WebSocket through the proxy, from the upgrade request to the end. Until the upstream's 101 has been verified, the client is
// answered by a refusal; from then on the two are one connection.

import { toError } from "../connection/index.js";
import { createRefusal, type RequestHead, reasonOf, type UpgradeOffer } from "../handshake/index.js";
import { answerAndLeave } from "../server/index.js";
import type { Transport } from "../transport/index.js";
import { ProxyError } from "./errors.js";
import type { Exchange, Passed } from "./exchange.js";
import type { ProxyRefusal } from "./hooks.js";
import { openInspected } from "./inspect/inspect-opening.js";
import type { OpenTunnel, ProxyState, RoutedRequest } from "./proxy-state.js";
import { openRelayed } from "./relay/relay-opening.js";
import { hookFailed, reachUpstream } from "./upstream-connection.js";

/** What an open connection is carried by. */
export interface Carriage {
  close(code: number, reason: string): void;
  destroy(): void;
}

/** What is known when an upgrade request has been let in. */
export interface UpgradeArrival {
  readonly routed: RoutedRequest;
  readonly offer: UpgradeOffer;
  readonly head: RequestHead;
  readonly client: Transport;
  /** What came behind the head. */
  readonly early: Uint8Array | undefined;
}

/** What opens a tunnel works with. */
export interface OpeningHost {
  readonly state: ProxyState;
  readonly arrival: UpgradeArrival;
  /** Aborted when nobody waits for the tunnel any more. */
  readonly gone: AbortSignal;
  /** The connection is over. */
  ended(error: Error | undefined, passed: Passed): void;
}

export class UpgradeTunnel implements OpenTunnel, OpeningHost {
  readonly state: ProxyState;
  readonly arrival: UpgradeArrival;
  readonly #gone = new AbortController();
  #carriage: Carriage | undefined;
  #release: (() => void) | undefined;

  constructor(state: ProxyState, arrival: UpgradeArrival) {
    this.state = state;
    this.arrival = arrival;
    state.tunnels.add(this);
    arrival.routed.route.active++;
    void this.#open();
  }

  get exchange(): Exchange {
    return this.arrival.routed.exchange;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  close(code: number, reason: string): void {
    if (this.#carriage !== undefined) this.#carriage.close(code, reason);
    else this.#gone.abort(new ProxyError("DRAINING", "the proxy is closing"));
  }

  destroy(): void {
    if (this.#carriage !== undefined) this.#carriage.destroy();
    else {
      this.#gone.abort(new ProxyError("DRAINING", "the proxy is closing"));
      this.arrival.client.destroy();
    }
  }

  ended(error: Error | undefined, passed: Passed): void {
    this.#release?.();
    this.arrival.routed.route.active--;
    this.state.tunnels.delete(this);
    this.exchange.end(error, passed);
  }

  async #open(): Promise<void> {
    const { routed, client } = this.arrival;
    const { hooks } = this.state.settings;
    client.pause();
    try {
      const refusal = await this.#ask();
      if (refusal !== undefined) {
        this.#refuse(refusal, new ProxyError("REFUSED", "the hook request refused it", refusal));
        return;
      }
      const reached = await reachUpstream(routed, hooks, this.gone);
      this.#release = () => reached.place.release();
      const open = routed.route.settings.mode === "inspect" ? openInspected : openRelayed;
      this.#carriage = await open(this, reached);
    } catch (thrown) {
      this.#fail(toError(thrown));
    }
  }

  async #ask(): Promise<ProxyRefusal | undefined> {
    try {
      return (await this.state.settings.hooks.request?.(this.exchange)) ?? undefined;
    } catch (cause) {
      throw hookFailed("request", cause);
    }
  }

  #fail(error: Error): void {
    const status = error instanceof ProxyError ? error.status : 502;
    const isNews = !(error instanceof ProxyError) || (error.code !== "DRAINING" && error.code !== "REFUSED");
    if (isNews) this.exchange.report(error);
    this.#refuse({ status, body: `${reasonOf(status)}\n` }, error);
  }

  #refuse(refusal: ProxyRefusal, error: Error): void {
    const { client } = this.arrival;
    const bytes = refusalBytes(refusal) ?? refusalBytes({ status: 500, body: "Internal Server Error\n" });
    this.exchange.status = refusal.status;
    if (bytes !== undefined)
      answerAndLeave(
        client,
        bytes,
        this.state.settings.front.connection.closeTimeoutMs,
        this.state.answering,
      );
    this.ended(error, { bytesReceived: 0, bytesSent: 0 });
  }
}

function refusalBytes(refusal: ProxyRefusal): Uint8Array | undefined {
  try {
    return createRefusal(refusal);
  } catch {
    return undefined;
  }
}
