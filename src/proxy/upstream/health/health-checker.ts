// Checks one thing from time to time: the next check is set when one has ended, so that there are never two at once. The waits
// differ a little, or all proxies that were started together would ask together.

import { toError } from "../../../connection/index.js";
import type { Clock, Timer } from "../../../host/index.js";
import type { ActiveHealthSettings } from "./active-health.js";

/** The part of the wait by which it may be shorter or longer. */
const JITTER = 0.1;

export interface CheckerHost {
  readonly clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  /** Rejects for what is not well, and when the signal says so. */
  probe(signal: AbortSignal): Promise<void>;
  /** A check has ended; without a failure it was good. */
  checked(failure: Error | undefined): void;
}

export class HealthChecker {
  readonly #settings: ActiveHealthSettings;
  readonly #host: CheckerHost;
  #timer: Timer | undefined;
  #running: AbortController | undefined;

  constructor(settings: ActiveHealthSettings, host: CheckerHost) {
    this.#settings = settings;
    this.#host = host;
  }

  get isStarted(): boolean {
    return this.#timer !== undefined || this.#running !== undefined;
  }

  /** The first check comes soon. */
  start(): void {
    if (!this.isStarted) this.#wait(this.#settings.intervalMs * JITTER * this.#host.random());
  }

  /** Nothing is told from now on, and a check under way ends. */
  stop(): void {
    this.#timer?.close();
    this.#timer = undefined;
    const running = this.#running;
    this.#running = undefined;
    running?.abort(new Error("checks have stopped"));
  }

  #wait(delayMs: number): void {
    this.#timer = this.#host.clock.schedule(delayMs, () => void this.#check(), undefined);
  }

  async #check(): Promise<void> {
    const { timeoutMs, intervalMs } = this.#settings;
    const { clock, random } = this.#host;
    const running = new AbortController();
    this.#running = running;
    this.#timer = undefined;
    const text = `no answer within ${timeoutMs} ms (health.active.timeoutMs)`;
    const deadline = clock.schedule(timeoutMs, () => running.abort(new Error(text)), undefined);
    let failure: Error | undefined;
    try {
      await this.#host.probe(running.signal);
    } catch (thrown) {
      failure = toError(thrown);
    }
    deadline.close();
    if (this.#running !== running) return;
    this.#running = undefined;
    // Set before it is told: whoever hears of it may stop this.
    this.#wait(intervalMs * (1 - JITTER + 2 * JITTER * random()));
    this.#host.checked(failure);
  }
}
