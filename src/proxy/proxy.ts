// A reverse proxy for WebSockets and plain HTTP: listeners in front, routes to upstreams behind.

import type { TlsOptions } from "node:tls";
import { isRecord } from "../protocol/index.js";
import {
  checkTlsOptions,
  describeAddress,
  Front,
  type ListenTarget,
  parseListenTarget,
  type ServerAddress,
} from "../server/index.js";
import { type ProxyCloseOptions, resolveProxyClose } from "./close-options.js";
import { HttpForwarder } from "./http/http-forwarder.js";
import type { ProxyOptions } from "./proxy-options.js";
import { resolveProxyOptions } from "./proxy-settings.js";
import { ProxyState } from "./proxy-state.js";
import { type AdmittedUpgrade, ProxyUpgrades } from "./proxy-upgrades.js";

/** How one listener of a proxy differs from others. */
export interface ProxyListenOptions {
  /** Serves `wss:` and `https:`. Node's options for `tls.createServer`. */
  tls?: TlsOptions | undefined;
}

export interface ReverseProxy {
  /**
   * Listens on a port, a port of one host, or a unix socket; may be called again for another. Rejects as that of a server does.
   */
  listen(target?: (ListenTarget & object & ProxyListenOptions) | number): Promise<ServerAddress>;
  /** Requests from now on are handled by these options; connections that are open keep what they have. Throws as `createProxy`
   * does, and then nothing has changed. `transport` stays. */
  reload(options: ProxyOptions): void;
  /** Connections that are open or opening. */
  readonly connections: number;
  /** Accepts nothing more and leaves what is open to its sides, however long they take. Resolves when all of it is over: for a
   * process whose listening sockets another has taken over. */
  retire(): Promise<void>;
  /** Accepts nothing more, tells every client to go, waits for them, and ends the rest after `timeoutMs`. */
  close(options?: ProxyCloseOptions): Promise<void>;
}

class ProxyServer implements ReverseProxy {
  readonly #state: ProxyState;
  readonly #upgrades: ProxyUpgrades;
  readonly #http: HttpForwarder;
  readonly #fronts: Front<AdmittedUpgrade>[] = [];

  constructor(options: ProxyOptions) {
    this.#state = new ProxyState(resolveProxyOptions(options));
    this.#upgrades = new ProxyUpgrades(this.#state);
    this.#http = new HttpForwarder(this.#state);
  }

  get connections(): number {
    return this.#state.tunnels.size;
  }

  async listen(target: Parameters<ReverseProxy["listen"]>[0] = 0): Promise<ServerAddress> {
    const { tls, ...where } = isRecord(target) ? target : { tls: undefined, port: target };
    checkTlsOptions(tls);
    const address = parseListenTarget(where as ListenTarget);
    const front = new Front<AdmittedUpgrade>({
      upgrader: this.#upgrades,
      handlers: { request: this.#http.answer },
      transport: this.#state.settings.transport,
      tls,
      owner: "proxy",
      opened: () => {
        this.#state.isDraining = false;
      },
      refused: () => {},
    });
    const bound = await front.listen(address);
    this.#fronts.push(front);
    return describeAddress(bound, front.isSecure);
  }

  reload(options: ProxyOptions): void {
    this.#state.reload(resolveProxyOptions(options));
  }

  async retire(): Promise<void> {
    const fronts = this.#fronts.splice(0);
    const { tunnels, answering } = this.#state;
    await Promise.all([
      ...fronts.map((front) => front.close(Infinity)),
      tunnels.drained(Infinity, () => {}),
      answering.drained(Infinity, () => {}),
    ]);
  }

  async close(options?: ProxyCloseOptions): Promise<void> {
    const { code, reason, timeoutMs } = resolveProxyClose(options);
    const state = this.#state;
    state.isDraining = true;
    const fronts = this.#fronts.splice(0);
    for (const tunnel of state.tunnels) tunnel.close(code, reason);
    await Promise.all([
      ...fronts.map((front) => front.close(timeoutMs)),
      state.tunnels.drained(timeoutMs, (tunnel) => tunnel.destroy()),
      state.answering.drained(timeoutMs, (late) => late.destroy()),
    ]);
  }
}

/**
 * A reverse proxy. Give it the URL of an upstream, or routes. Throws `StateError` `INVALID_ARGUMENT` for an option that is out of
 * range or not known, `HandshakeError` `URL_INVALID` for an upstream's URL, `TransportError` `UNSUPPORTED_TRANSPORT`.
 */
export function createProxy(options: ProxyOptions): ReverseProxy {
  return new ProxyServer(options);
}
