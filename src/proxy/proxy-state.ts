// What all listeners of a proxy share: the routes of now, the numbers, and what is under way.

import { resolveDialOptions } from "../client/index.js";
import { ignoreRejection, toError } from "../connection/index.js";
import { HandshakeError, quote, refusalOf } from "../handshake/index.js";
import { systemClock } from "../host/index.js";
import { type Answerable, DrainingSet } from "../server/index.js";
import { ProxyError } from "./errors.js";
import { Exchange } from "./exchange.js";
import { identifyClient } from "./headers/client-identity.js";
import { LoopGuard } from "./headers/loop-guard.js";
import type { ProxyHooks, ProxyRefusal } from "./hooks.js";
import type { TlsFailure } from "./listening/tls-failure.js";
import type { OpenTunnel } from "./open-tunnel.js";
import { passedBy, statusAnswer } from "./own-answer.js";
import { hookFailed } from "./phases.js";
import { preambleFor } from "./preamble.js";
import type { ProxySettings } from "./proxy-settings.js";
import { Route } from "./route.js";
import type { AnsweredRequest, RequestFacts, RoutedRequest } from "./routed-request.js";
import { type HttpsRedirect, httpsLocation } from "./routing/https-redirect.js";
import { comparableHost, comparablePath } from "./routing/request-path.js";
import { RouteTable } from "./routing/route-table.js";
import { RouteTallies } from "./tally/route-tally.js";
import { TlsTally } from "./tally/tls-tally.js";
import { TapBoard } from "./tap/tap-board.js";
import { probeUpstream } from "./upstream/health/upstream-probe.js";
import { UpstreamRegistry } from "./upstream/upstream-registry.js";

export class ProxyState {
  settings: ProxySettings;
  table: RouteTable<Route>;
  isDraining = false;
  /** Nothing new is accepted, and what has been is served as before. */
  hasLeft = false;
  /** Requests that have come. */
  requests = 0;
  /** What has been, for whoever asks. */
  readonly tallies = new RouteTallies();
  /** TLS handshakes at the listeners that failed. */
  readonly tlsTally = new TlsTally();
  /** Who watches frames. */
  readonly taps = new TapBoard();
  readonly tunnels = new DrainingSet<OpenTunnel>();
  /** Plain requests whose answer has not been passed on. */
  readonly plainRequests = new DrainingSet<Answerable>();
  /** What requests came over whose refusal is being read. */
  readonly answering = new DrainingSet<Answerable>();
  /** What all routes have behind them. */
  readonly upstreams: UpstreamRegistry;
  readonly #loopGuard = new LoopGuard();

  constructor(settings: ProxySettings) {
    this.settings = settings;
    this.upstreams = new UpstreamRegistry({
      clock: systemClock,
      dial: resolveDialOptions({ transport: settings.transport }),
      probe: probeUpstream,
      random: Math.random,
      healthChanged: (change) =>
        void this.#tell("upstreamHealth", () => this.settings.hooks.upstreamHealth?.(change)),
    });
    this.table = this.#tableOf(settings);
    // Of what no route has.
    this.tallies.of(undefined, undefined);
  }

  /** Requests from now on are routed by these. Those under way keep what they have. */
  reload(settings: ProxySettings): void {
    this.settings = settings;
    this.table = this.#tableOf(settings);
  }

  /** The request with its route, or with the answer to one that goes nowhere, which has been logged then. */
  route(facts: RequestFacts): RoutedRequest | AnsweredRequest {
    const path = comparablePath(facts.url.split("?", 1)[0]);
    const hostname = comparableHost(facts.host);
    const route = path === undefined || hostname === undefined ? undefined : this.table.find(hostname, path);
    const exchange = this.#begin(facts, route);
    if (this.isDraining) return refused(exchange, new ProxyError("DRAINING", "the proxy is closing"));
    if (route === undefined || path === undefined || hostname === undefined)
      return refused(exchange, new ProxyError("NO_ROUTE", "no route has the host and path of the request"));
    const redirect = route.settings.redirectToHttps;
    if (redirect !== undefined && !exchange.isSecure) return redirected(exchange, redirect, hostname);
    if (this.#loopGuard.hasPassedOn(facts.headers)) {
      const text = `an upstream of route ${route.name} leads back to this proxy, which has passed the request on before`;
      const error = new ProxyError("LOOP_DETECTED", text);
      // Whoever runs the proxy has to mend it, and no client can.
      exchange.report(error);
      return refused(exchange, error);
    }
    const clients = this.tunnels.size + this.plainRequests.size;
    if (clients >= this.settings.maxClients) {
      const text = `${clients} clients are being served (maxClients)`;
      return refused(exchange, new ProxyError("TOO_MANY_CONNECTIONS", text));
    }
    return { exchange, route, path, preamble: preambleFor(route, exchange.identity, facts.peer) };
  }

  /** One line for the log of a request that is answered before anybody asks where it goes. */
  logRefused(facts: RequestFacts, error: HandshakeError): void {
    answered(this.#begin(facts, undefined), refusalOf(error), error);
  }

  #begin(facts: RequestFacts, route: Route | undefined): Exchange {
    const { trustedProxies, hooks } = this.settings;
    const identity = identifyClient(facts.peer, facts.headers, trustedProxies);
    const tally = this.tallies.of(route?.name, route?.settings.mode);
    return new Exchange({ ...facts, id: ++this.requests, identity, route: route?.name }, hooks, tally);
  }

  /** Counted, and told: whoever knocks at a public port costs no more. */
  tlsFailed(failure: TlsFailure): void {
    this.tlsTally.add(failure);
    if (this.settings.hooks.tlsFailed !== undefined)
      void this.#tell("tlsFailed", () => this.settings.hooks.tlsFailed?.(failure));
  }

  report(error: unknown): void {
    try {
      ignoreRejection(this.settings.hooks.error?.(toError(error), undefined, undefined));
    } catch {
      // Nobody is left to tell.
    }
  }

  /** Of what belongs to no exchange. */
  async #tell(name: keyof ProxyHooks, tell: () => unknown): Promise<void> {
    try {
      await tell();
    } catch (cause) {
      this.report(hookFailed(name, cause));
    }
  }

  #tableOf({ routes, forwarded, sendRealIp }: ProxySettings): RouteTable<Route> {
    const groups = this.upstreams.configure(
      routes.map(({ name, maxConnections, upstreams }) => ({ ...upstreams, route: name, maxConnections })),
    );
    // Whoever asks for a rate finds none in a series that begins with its first event.
    for (const { name, mode } of routes) this.tallies.of(name, mode);
    const telling = { forwarded, sendRealIp };
    return new RouteTable(
      routes.map((settings, index) => new Route(settings, groups[index], telling, this.#loopGuard)),
    );
  }
}

/** What the error is answered with, of which the log and the hooks have been told. */
function refused(exchange: Exchange, error: ProxyError): AnsweredRequest {
  return answered(exchange, statusAnswer(error.status), error);
}

/** `hostname` is "" where the request names none. */
function redirected(exchange: Exchange, redirect: HttpsRedirect, hostname: string): AnsweredRequest {
  const location = httpsLocation(redirect, hostname, exchange.url);
  if (hostname !== "" && URL.canParse(location))
    return answered(exchange, { ...statusAnswer(redirect.status), headers: { Location: location } });
  const text = `host ${quote(exchange.host)} is none that a client could be redirected to (redirectToHttps)`;
  const error = new HandshakeError("HOST_INVALID", text);
  return answered(exchange, refusalOf(error), error);
}

function answered(exchange: Exchange, answer: ProxyRefusal, error?: Error): AnsweredRequest {
  exchange.status = answer.status;
  exchange.end(error, passedBy(answer, exchange.method));
  return { answer, error };
}
