// Follows the health of a group's upstreams: by what becomes of requests, and by checks.

import { isDeepStrictEqual } from "node:util";
import { toError } from "../../../connection/index.js";
import type { Clock, Timer } from "../../../host/index.js";
import type { Upstream } from "../upstream.js";
import type { HealthChange } from "../upstream-state.js";
import { HealthChecker } from "./health-checker.js";
import type { HealthSettings } from "./health-settings.js";
import type { Trial } from "./passive-health.js";
import type { Probe } from "./upstream-probe.js";

/** What has changed, as far as the watch knows. */
export type UpstreamChange = Pick<HealthChange, "isHealthy" | "source" | "reason">;

export interface WatchHost {
  readonly clock: Clock;
  readonly probe: Probe;
  /** From 0 up to 1. */
  random(): number;
  /** An upstream is in service again, or no more. */
  changed(upstream: Upstream, change: UpstreamChange): void;
  /** Who waits may be served by another than before. */
  serveQueue(): void;
}

export class HealthWatch {
  readonly #host: WatchHost;
  readonly #checkers = new Map<Upstream, HealthChecker>();
  /** Rings when an upstream may be tried again. */
  readonly #wakers = new Map<Upstream, Timer>();
  #upstreams: readonly Upstream[];
  #settings: HealthSettings;
  #isStarted = false;

  constructor(upstreams: readonly Upstream[], settings: HealthSettings, host: WatchHost) {
    this.#upstreams = upstreams;
    this.#settings = settings;
    this.#host = host;
  }

  /** Begins to check, where that is wanted. */
  start(): void {
    this.#isStarted = true;
    for (const upstream of this.#upstreams) this.#startChecks(upstream);
  }

  stop(): void {
    this.#isStarted = false;
    for (const upstream of this.#upstreams) this.#forget(upstream);
  }

  /** Upstreams that stay keep what is known of them, unless nobody watches for it any more. */
  configure(upstreams: readonly Upstream[], settings: HealthSettings): void {
    const isSame = isDeepStrictEqual(this.#settings, settings);
    const before = this.#upstreams;
    this.#upstreams = upstreams;
    this.#settings = settings;
    for (const upstream of before) {
      const isKept = upstreams.includes(upstream);
      if (!isKept || !isSame) this.#forget(upstream);
      if (isKept && !isSame) this.#judgeAnew(upstream);
    }
    if (this.#isStarted) this.start();
  }

  /** A request was answered. */
  succeeded(upstream: Upstream): void {
    if (!upstream.passive.isEjected) {
      upstream.passive.reset();
      return;
    }
    this.#follow(upstream, "passive", () => {
      upstream.passive.reset();
      this.#stopWaking(upstream);
      return "a request was answered";
    });
  }

  /** A request was not. */
  failed(upstream: Upstream, trial: Trial, cause: unknown): void {
    upstream.failures++;
    if (cause !== undefined) upstream.lastFailure = toError(cause).message;
    this.#follow(upstream, "passive", () => {
      const { passive, lastFailure = "unknown" } = upstream;
      if (!passive.failed(this.#host.clock.now(), trial)) return undefined;
      this.#wakeAfterEjection(upstream);
      return `${passive.failuresInARow} requests in a row failed, the last: ${lastFailure}`;
    });
  }

  /** Does something that may change the health; without a reason nothing has been done. */
  #follow(upstream: Upstream, source: UpstreamChange["source"], act: () => string | undefined): void {
    const wasHealthy = upstream.isHealthy;
    const reason = act();
    if (reason === undefined || !this.#upstreams.includes(upstream)) return;
    const { isHealthy } = upstream;
    if (isHealthy !== wasHealthy) this.#host.changed(upstream, { isHealthy, source, reason });
    this.#host.serveQueue();
  }

  /** The settings have changed. An ejection has the end that it had. */
  #judgeAnew(upstream: Upstream): void {
    const { active, passive } = this.#settings;
    const source = upstream.passive.isEjected ? "passive" : "active";
    this.#follow(upstream, source, () => {
      upstream.passive.configure(passive);
      if (active === undefined) upstream.checked.reset();
      return "it is not watched any more";
    });
    if (upstream.passive.isEjected) this.#wakeAfterEjection(upstream);
  }

  /** Who waits tries it when its time is over, though nobody comes and nobody leaves. */
  #wakeAfterEjection(upstream: Upstream): void {
    this.#stopWaking(upstream);
    const { passive } = this.#settings;
    if (passive === undefined || !this.#upstreams.includes(upstream)) return;
    const wake = (): void => {
      this.#wakers.delete(upstream);
      this.#host.serveQueue();
    };
    // By the clock that says when, a timer may ring a fraction early.
    this.#wakers.set(upstream, this.#host.clock.schedule(passive.ejectMs + 1, wake, undefined));
  }

  #startChecks(upstream: Upstream): void {
    const { active: settings } = this.#settings;
    if (settings === undefined || this.#checkers.has(upstream)) return;
    const { clock, random, probe } = this.#host;
    const checker = new HealthChecker(settings, {
      clock,
      random,
      probe: (signal) => probe(upstream, settings, signal),
      checked: (failure) => this.#checked(upstream, failure),
    });
    this.#checkers.set(upstream, checker);
    checker.start();
  }

  #checked(upstream: Upstream, failure: Error | undefined): void {
    const { active: settings } = this.#settings;
    if (settings === undefined) return;
    if (failure !== undefined) upstream.lastFailure = failure.message;
    this.#follow(upstream, "active", () => {
      if (!upstream.checked.note(failure === undefined, settings)) return undefined;
      if (failure !== undefined)
        return `${settings.fall} checks in a row failed, the last: ${failure.message}`;
      // It was away: what requests found before says nothing of how it is now.
      upstream.passive.reset();
      this.#stopWaking(upstream);
      return `${settings.rise} checks in a row were good`;
    });
  }

  #forget(upstream: Upstream): void {
    this.#checkers.get(upstream)?.stop();
    this.#checkers.delete(upstream);
    this.#stopWaking(upstream);
  }

  #stopWaking(upstream: Upstream): void {
    this.#wakers.get(upstream)?.close();
    this.#wakers.delete(upstream);
  }
}
