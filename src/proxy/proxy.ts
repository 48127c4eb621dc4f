// A reverse proxy for WebSockets and plain HTTP: listeners in front, routes to upstreams behind.

import { describeValue, invalidArgument, isRecord } from "../protocol/index.js";
import { type ListenTarget, parseListenTarget, type ServerAddress } from "../server/index.js";
import { type ProxyCloseOptions, resolveProxyClose } from "./close-options.js";
import { ProxyError } from "./errors.js";
import { isTrusted, plainAddress } from "./headers/client-identity.js";
import { HttpForwarder } from "./http/http-forwarder.js";
import type { CertificateOptions, ProxyTlsOptions } from "./listening/certificate-options.js";
import type { ListeningDescriptor } from "./listening/hand-over.js";
import { checkProxyProtocol, ListeningPoint } from "./listening/listening-point.js";
import type { ProxyHeaderHost } from "./listening/proxy-header-listener.js";
import type { AdmittedUpgrade } from "./opening-host.js";
import { proxyProtocolProblem } from "./option-problems.js";
import type { ProxyOptions } from "./proxy-options.js";
import { resolveProxyOptions } from "./proxy-settings.js";
import { ProxyState } from "./proxy-state.js";
import { ProxyUpgrades } from "./proxy-upgrades.js";
import { codeWords, type Told, tell } from "./words.js";

/** How one listener of a proxy differs from others. */
export interface ProxyListenOptions {
  /** Serves `wss:` and `https:`. */
  tls?: ProxyTlsOptions | undefined;
  /** Every connection has to begin with a PROXY header (version 1 or 2) within `requestTimeoutMs`, from a peer in
   * `trustedProxies`, which may not be empty then, or on a unix socket from anybody: who it says is there counts as the peer. TLS
   * may follow. Connections of others, and those that begin otherwise, are cut. Default false. */
  proxyProtocol?: boolean | undefined;
}

export interface ReverseProxy {
  /**
   * Listens on a port, a port of one host, a unix socket, or a socket that listens already; may be called again for another.
   * Rejects as that of a server does, and with `StateError` `INVALID_ARGUMENT` where `proxyProtocol` would cut everybody.
   */
  listen(target?: (ListenTarget & object & ProxyListenOptions) | number): Promise<ServerAddress>;
  /** Requests from now on are handled by these options; WebSockets that are open keep what they have, and other connections their
   * `maxHeadBytes`. Throws as `createProxy` does, and where a listener with `proxyProtocol` would cut everybody from now on; then
   * nothing has changed. `transport` stays. */
  reload(options: ProxyOptions): void;
  /** Clients that come from now on are shown these; connections that are open stay, and sessions can be resumed. For every listener
   * with `tls.certificates`, or for the one that listens at `address`, as `listen` answered it. Throws `StateError`
   * `INVALID_ARGUMENT`, and then nothing has changed at that listener. */
  updateCertificates(certificates: readonly CertificateOptions[], address?: ServerAddress): void;
  /** What `handOver` gives to another process, in the order of the calls of `listen`. */
  readonly listeningDescriptors: readonly ListeningDescriptor[];
  /** Accepts nothing more and lets go of the listening sockets, which another process goes on with. Connections stay as they
   * are; resolves when none of them waits for its first request any more. `close` comes afterwards, or `idle` before that. */
  leave(): Promise<void>;
  /** Resolves when no WebSocket is open or opening, however long that takes. */
  idle(): Promise<void>;
  /** WebSockets that are open or opening. */
  readonly connections: number;
  /** Plain requests whose answer has not been passed on. */
  readonly requests: number;
  /** Accepts nothing more, tells every client to go, waits for them, and ends the rest after `timeoutMs`. */
  close(options?: ProxyCloseOptions): Promise<void>;
}

type ProxyTarget = ListenTarget & object & ProxyListenOptions;

class ProxyServer implements ReverseProxy {
  readonly #state: ProxyState;
  readonly #upgrades: ProxyUpgrades;
  readonly #http: HttpForwarder;
  readonly #points: ListeningPoint<AdmittedUpgrade>[] = [];

  /** By the settings of now. */
  readonly #proxyHeaders: ProxyHeaderHost;

  constructor(options: ProxyOptions) {
    this.#state = new ProxyState(resolveProxyOptions(options));
    this.#upgrades = new ProxyUpgrades(this.#state);
    this.#http = new HttpForwarder(this.#state);
    this.#proxyHeaders = proxyHeadersOf(this.#state);
  }

  static stateOf(proxy: object): ProxyState | undefined {
    return #state in proxy ? proxy.#state : undefined;
  }

  get connections(): number {
    return this.#state.tunnels.size;
  }

  get requests(): number {
    return this.#state.plainRequests.size;
  }

  async listen(target: Parameters<ReverseProxy["listen"]>[0] = 0): Promise<ServerAddress> {
    const { tls, proxyProtocol, ...where } = (isRecord(target) ? target : { port: target }) as ProxyTarget;
    const hasProxyHeaders = checkProxyProtocol(proxyProtocol);
    const address = parseListenTarget(where as ListenTarget);
    // What a descriptor is of is known once it listens.
    if (hasProxyHeaders && !("fd" in address))
      refuseCutting(proxyProtocolProblem("path" in address, this.#state.settings.trustedProxies));
    const point = new ListeningPoint<AdmittedUpgrade>({
      upgrader: this.#upgrades,
      handlers: { request: this.#http.answer },
      transport: this.#state.settings.transport,
      tls,
      proxyHeaders: hasProxyHeaders ? this.#proxyHeaders : undefined,
      owner: "proxy",
      opened: () => {
        this.#state.isDraining = false;
        this.#state.hasLeft = false;
        this.#state.upstreams.start();
      },
      secured: (listener) => this.#state.tlsTally.begin(listener),
      tlsFailed: (failure) => this.#state.tlsFailed(failure),
    });
    this.#points.push(point);
    try {
      const bound = await point.listen(address);
      refuseCutting(point.trustProblem(this.#state.settings.trustedProxies));
      return bound;
    } catch (error) {
      const index = this.#points.indexOf(point);
      if (index >= 0) this.#points.splice(index, 1);
      if (point.address !== undefined) await point.close(0);
      throw error;
    }
  }

  updateCertificates(certificates: readonly CertificateOptions[], address?: ServerAddress): void {
    const points = this.#points.filter((point) => address === undefined || point.address === address);
    const concerned = points.filter((point) => point.hasCertificates);
    if (concerned.length === 0) throw invalidArgument(noCertificates(address, points.length > 0));
    for (const point of concerned) point.updateCertificates(certificates);
  }

  get listeningDescriptors(): readonly ListeningDescriptor[] {
    return this.#points.flatMap((point) => point.descriptor ?? []);
  }

  async leave(): Promise<void> {
    this.#state.hasLeft = true;
    await Promise.all(this.#points.map((point) => point.leave()));
  }

  async idle(): Promise<void> {
    await this.#state.tunnels.drained(Infinity, () => {});
  }

  reload(options: ProxyOptions): void {
    const settings = resolveProxyOptions(options);
    for (const point of this.#points) {
      const which = `proxyProtocol of the listener at ${point.address?.url}`;
      refuseCutting(point.trustProblem(settings.trustedProxies), which);
    }
    this.#state.reload(settings);
    for (const point of this.#points) point.reconfigure();
  }

  async close(options?: ProxyCloseOptions): Promise<void> {
    const { code, reason, timeoutMs } = resolveProxyClose(options);
    const state = this.#state;
    state.isDraining = true;
    state.upstreams.stop(new ProxyError("DRAINING", "the proxy is closing"));
    const points = this.#points.splice(0);
    for (const tunnel of state.tunnels) tunnel.close(code, reason);
    await Promise.all([
      // They end before their connections do: it is said why.
      state.plainRequests.drained(timeoutMs, (request) => request.destroy()),
      ...points.map((point) => point.close(timeoutMs)),
      state.tunnels.drained(timeoutMs, (tunnel) => tunnel.destroy()),
      state.answering.drained(timeoutMs, (late) => late.destroy()),
    ]);
  }
}

/** Why there is nothing to update. */
function noCertificates(address: ServerAddress | undefined, isListening: boolean): string {
  const advice = "give them to listen({ tls: { certificates } }) first";
  if (address === undefined) return `no listener has certificates to update; ${advice}`;
  if (isListening) return `the listener at ${address.url} has no certificates to update; ${advice}`;
  return "no listener has this address; give what listen answered, and not a copy, or none for all listeners";
}

/** A listener that serves nobody is a mistake: throws `StateError` `INVALID_ARGUMENT`. */
function refuseCutting(problem: Told | undefined, which = "proxyProtocol"): void {
  if (problem !== undefined) throw invalidArgument(`${which} ${tell(problem, codeWords)}`);
}

function proxyHeadersOf(state: ProxyState): ProxyHeaderHost {
  return {
    isTrusted: (address) => isTrusted(plainAddress(address), state.settings.trustedProxies),
    get headerTimeoutMs() {
      return state.settings.front.handshakeTimeoutMs;
    },
    report: (error) => state.report(error),
  };
}

/**
 * A reverse proxy. Give it the URL of an upstream, or routes. Throws `StateError` `INVALID_ARGUMENT` for an option that cannot be
 * used, an upstream's URL among them, or that is not known, and `TransportError` `UNSUPPORTED_TRANSPORT`.
 */
export function createProxy(options: ProxyOptions): ReverseProxy {
  return new ProxyServer(options);
}

/** What whoever looks at a proxy reads. Throws `StateError` for a proxy of another make. */
export function stateOf(proxy: ReverseProxy): ProxyState {
  const state = isRecord(proxy) ? ProxyServer.stateOf(proxy) : undefined;
  if (state === undefined) throw invalidArgument(`${describeValue(proxy)} is no proxy of createProxy`);
  return state;
}
