// Finds out that an open connection has been silent for too long, by looking from time to time: what passes costs nothing more.

import type { Clock, Timer } from "../host/index.js";

/** How often silence is looked for within the time that it may last. */
const CHECKS = 4;

export interface SilenceHost {
  /** A number that changes with whatever is no silence. */
  readonly activity: number;
  /** Silence has lasted as long as it may. Nobody looks any more. */
  silent(): void;
}

export class SilenceWatch {
  readonly #clock: Clock;
  readonly #host: SilenceHost;
  #timeoutMs = Infinity;
  #timer: Timer | undefined;
  #activitySeen = -1;
  #quietChecks = 0;

  constructor(clock: Clock, host: SilenceHost) {
    this.#clock = clock;
    this.#host = host;
  }

  /** From now on silence may last so long, and no longer than it might before. `Infinity` for no limit. */
  limit(timeoutMs: number): void {
    this.stop();
    this.#timeoutMs = Math.min(timeoutMs, this.#timeoutMs);
    this.#quietChecks = 0;
    if (this.#timeoutMs !== Infinity) this.#checkLater();
  }

  stop(): void {
    this.#timer?.close();
  }

  #checkLater(): void {
    this.#timer = this.#clock.schedule(
      this.#timeoutMs / CHECKS,
      (watch: SilenceWatch) => watch.#check(),
      this,
    );
  }

  #check(): void {
    const { activity } = this.#host;
    this.#quietChecks = activity === this.#activitySeen ? this.#quietChecks + 1 : 0;
    this.#activitySeen = activity;
    if (this.#quietChecks < CHECKS) this.#checkLater();
    else this.#host.silent();
  }
}
