// The upstreams of one route: which of them has the next request, and who has to wait. It outlives a reload that names its route
// again, with what is known of the upstreams, and with those who wait.
//
// Who may have a request: those in service; if there are none, backups in service; if there are none, those that only requests
// have found to fail, as one of them may be well again and refusing everybody helps nobody. What checks have found to be down
// gets nothing. Upstreams that were tried for the same request do not count.

import { isDeepStrictEqual } from "node:util";
import type { DialSettings } from "../../client/index.js";
import type { Clock } from "../../host/index.js";
import { ProxyError } from "../errors.js";
import { type Balancer, createBalancer } from "./balance/balancer.js";
import type { KeyFacts } from "./balance/hash-key.js";
import { HealthWatch } from "./health/health-watch.js";
import type { Probe } from "./health/upstream-probe.js";
import { Place, type PlaceKeeper } from "./place.js";
import { PlaceQueue } from "./place-queue.js";
import { Upstream } from "./upstream.js";
import { isSameUpstream, type UpstreamsSettings } from "./upstream-settings.js";
import type { HealthChange, RouteUpstreamsState } from "./upstream-state.js";

export type { Place } from "./place.js";

/** By what an upstream is chosen. */
export interface Selection extends KeyFacts {
  /** Those that have been tried for this request. */
  readonly tried: ReadonlySet<Upstream>;
}

export interface GroupSettings extends UpstreamsSettings {
  /** The name of the route. */
  readonly route: string;
  /** Of the route. */
  readonly maxConnections: number;
}

/** What a group works with. */
export interface GroupHost {
  readonly clock: Clock;
  readonly dial: DialSettings;
  readonly probe: Probe;
  /** From 0 up to 1. */
  random(): number;
  healthChanged(change: HealthChange): void;
}

export class UpstreamGroup implements PlaceKeeper {
  readonly #host: GroupHost;
  readonly #queue: PlaceQueue<Selection>;
  readonly #watch: HealthWatch;
  #settings: GroupSettings;
  #upstreams: readonly Upstream[];
  #balancer: Balancer;
  /** What those are refused with who would have to wait. */
  #refusal: Error | undefined;
  #timedOut = 0;
  #turnedAway = 0;
  /** Connections and requests under way. */
  active = 0;

  constructor(settings: GroupSettings, host: GroupHost) {
    this.#host = host;
    this.#settings = settings;
    this.#queue = new PlaceQueue(host.clock);
    this.#balancer = createBalancer(settings.balance);
    this.#upstreams = settings.upstreams.map((one) => new Upstream(one, settings.passive, host.dial));
    this.#watch = new HealthWatch(this.#upstreams, settings, {
      clock: host.clock,
      probe: host.probe,
      random: () => host.random(),
      changed: ({ url }, change) => host.healthChanged({ route: this.route, upstream: url, ...change }),
      serveQueue: () => this.#serveQueue(),
    });
  }

  get route(): string {
    return this.#settings.route;
  }

  get upstreams(): readonly Upstream[] {
    return this.#upstreams;
  }

  get state(): RouteUpstreamsState {
    const { route, maxConnections, queue } = this.#settings;
    return {
      route,
      active: this.active,
      maxConnections,
      waiting: this.#queue.size,
      maxWaiting: queue.maxWaiting,
      timedOut: this.#timedOut,
      turnedAway: this.#turnedAway,
      upstreams: this.#upstreams.map((upstream) => upstream.state),
    };
  }

  /** Begins to check, where that is wanted. */
  start(): void {
    this.#refusal = undefined;
    this.#watch.start();
  }

  /** Checks no more. Who has a place keeps it, and who waits goes on to wait. */
  stop(): void {
    this.#watch.stop();
  }

  /** Nobody that waits will be served, until it starts again. */
  refuseWaiting(error: Error): void {
    this.#refusal = error;
    this.#queue.refuseAll(error);
  }

  /** Requests from now on, and those that wait, are served by these. Upstreams that stay keep what is known of them. */
  configure(settings: GroupSettings): void {
    const { balance } = this.#settings;
    const before = this.#upstreams;
    this.#settings = settings;
    if (!isDeepStrictEqual(balance, settings.balance)) this.#balancer = createBalancer(settings.balance);
    this.#upstreams = settings.upstreams.map((one) => {
      const same = before.find((upstream) => isSameUpstream(upstream.settings, one));
      same?.configure(one);
      return same ?? new Upstream(one, settings.passive, this.#host.dial);
    });
    this.#watch.configure(this.#upstreams, settings);
    this.#serveQueue();
  }

  /** Whether there is another that may be tried. */
  hasOther(tried: ReadonlySet<Upstream>): boolean {
    return this.#upstreams.some((upstream) => upstream.checked.isUp && !tried.has(upstream));
  }

  /** Rejects with `ProxyError`, or with the signal's reason. */
  async acquire(selection: Selection, signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    if (this.#queue.size > 0) this.#serveQueue();
    const place = this.#give(selection);
    if (place !== undefined) return place;
    if (this.#refusal !== undefined) throw this.#refusal;
    const { queue, route } = this.#settings;
    if (this.#queue.size >= queue.maxWaiting) {
      this.#turnedAway++;
      const text = `route ${route} is full: ${this.#describeFull()}, and ${this.#queue.size} requests wait already (queue.maxWaiting)`;
      throw new ProxyError("TOO_MANY_CONNECTIONS", text);
    }
    const isReturning = selection.tried.size > 0;
    const { timeoutMs } = queue;
    const timedOut = (): ProxyError => this.#timeOut(timeoutMs);
    return this.#queue.wait(selection, { isReturning, timeoutMs, timedOut, signal });
  }

  succeeded({ upstream }: Place): void {
    this.#watch.succeeded(upstream);
  }

  failed({ upstream, trial }: Place, cause: unknown): void {
    this.#watch.failed(upstream, trial, cause);
  }

  released({ upstream, trial }: Place): void {
    this.active--;
    upstream.active--;
    upstream.passive.end(trial);
    this.#serveQueue();
  }

  /** Undefined while everybody who may have the request is full. Throws `ProxyError` when nobody may. */
  #give(selection: Selection): Place | undefined {
    const candidates = this.#candidates(selection.tried);
    if (candidates.length === 0) {
      const { route } = this.#settings;
      const rest = selection.tried.size > 0 ? " beside those that were tried" : "";
      throw new ProxyError("UPSTREAM_UNAVAILABLE", `no upstream of route ${route} is in service${rest}`);
    }
    if (this.active >= this.#settings.maxConnections) return undefined;
    const free = candidates.filter(({ hasRoom }) => hasRoom);
    if (free.length === 0) return undefined;
    const upstream = this.#balancer.choose(free, selection);
    this.active++;
    upstream.active++;
    upstream.total++;
    return new Place(upstream, upstream.passive.begin(this.#host.clock.now()), this);
  }

  #candidates(tried: ReadonlySet<Upstream>): readonly Upstream[] {
    const now = this.#host.clock.now();
    const left = this.#upstreams.filter((upstream) => upstream.checked.isUp && !tried.has(upstream));
    const ready = left.filter(({ passive }) => passive.isReady(now));
    const some = ready.length > 0 ? ready : left;
    const own = some.filter(({ isBackup }) => !isBackup);
    return own.length > 0 ? own : some;
  }

  #serveQueue(): void {
    if (this.#queue.size === 0) return;
    const hasRoom = (): boolean => {
      const up = this.#upstreams.filter(({ checked }) => checked.isUp);
      // Where nobody is up, those who wait are told so.
      if (up.length === 0) return true;
      return this.active < this.#settings.maxConnections && up.some((upstream) => upstream.hasRoom);
    };
    this.#queue.serve((selection) => this.#give(selection), hasRoom);
  }

  #describeFull(): string {
    const { maxConnections } = this.#settings;
    if (this.active >= maxConnections) return `it has ${this.active} connections (maxConnections)`;
    return "each upstream in service has as many connections as it may (to: { maxConnections })";
  }

  #timeOut(timeoutMs: number): ProxyError {
    this.#timedOut++;
    const text = `no place at route ${this.route} became free within ${timeoutMs} ms (queue.timeoutMs): ${this.#describeFull()}`;
    return new ProxyError("QUEUE_TIMED_OUT", text);
  }
}
