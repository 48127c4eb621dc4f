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
    this.#settings = settingsAlone(settings);
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
    const { active } = this.#settings;
    const before = this.#upstreams;
    this.#upstreams = upstreams;
    this.#settings = settingsAlone(settings);
    const isCheckedAsBefore = isDeepStrictEqual(active, settings.active);
    for (const upstream of before) {
      if (!upstreams.includes(upstream)) this.#forget(upstream);
      else {
        if (!isCheckedAsBefore) this.#stopChecks(upstream);
        this.#judgeAnew(upstream);
      }
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

  /** What nobody watches any more holds no longer. An ejection that goes on ends when it would have ended. */
  #judgeAnew(upstream: Upstream): void {
    const { active, passive } = this.#settings;
    this.#follow(upstream, upstream.passive.isEjected ? "passive" : "active", () => {
      upstream.passive.configure(passive);
      if (active === undefined) upstream.checked.reset();
      return "nobody watches it any more";
    });
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
    this.#stopChecks(upstream);
    this.#stopWaking(upstream);
  }

  #stopChecks(upstream: Upstream): void {
    this.#checkers.get(upstream)?.stop();
    this.#checkers.delete(upstream);
  }

  #stopWaking(upstream: Upstream): void {
    this.#wakers.get(upstream)?.close();
    this.#wakers.delete(upstream);
  }
}

function settingsAlone({ active, passive }: HealthSettings): HealthSettings {
  return { active, passive };
}
