// One attempt after the other, until a connection opens or the policy says that it is enough. Attempts are counted until a
// connection has proven itself: a server that lets in and closes at once is come back to no more often than one that refuses.

import { setTimeout as delay } from "node:timers/promises";
import type { CloseInfo, Connection } from "../connection/index.js";
import type { Clock } from "../host/index.js";
import { abortedError } from "./opening-deadline.js";
import { delayBefore, type ReconnectPolicy } from "./reconnect-policy.js";

/** One attempt, which the signal ends. */
export type Open<Context> = (signal: AbortSignal) => Promise<Connection<Context>>;

export class Retrier<Context> {
  readonly #open: Open<Context>;
  readonly #policy: ReconnectPolicy;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  /** Since a connection has last proven itself. */
  #attempts = 0;
  #openedAt = 0;

  constructor(open: Open<Context>, policy: ReconnectPolicy, clock: Clock) {
    this.#open = open;
    this.#policy = policy;
    this.#clock = clock;
  }

  /** The first connection. Rejects as `next` does. The signal ends the attempts for it. */
  async first(signal: AbortSignal | undefined): Promise<Connection<Context>> {
    const onAbort = (): void => this.#stop.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    try {
      return await this.#try();
    } catch (error) {
      return await this.#retry(error as Error);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** The next connection after the loss of one. Rejects with the last failure when it is not, or no longer, tried. */
  next(lost: CloseInfo): Promise<Connection<Context>> {
    if (this.#clock.now() - this.#openedAt >= this.#policy.minUptimeMs) this.#attempts = 0;
    return this.#retry(lost);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #retry(lost: CloseInfo | Error): Promise<Connection<Context>> {
    let cause = lost;
    for (;;) {
      const attempt = this.#attempts + 1;
      if (attempt > this.#policy.retries || !this.#policy.shouldRetry(cause, attempt)) throw cause;
      this.#attempts = attempt;
      const delayMs = delayBefore(attempt, this.#policy, Math.random());
      this.#policy.onRetry?.({ attempt, delayMs, cause });
      try {
        await delay(delayMs, undefined, { signal: this.#stop.signal });
      } catch {
        throw abortedError(this.#stop.signal);
      }
      try {
        return await this.#try();
      } catch (error) {
        cause = error as Error;
      }
    }
  }

  async #try(): Promise<Connection<Context>> {
    const connection = await this.#open(this.#stop.signal);
    this.#openedAt = this.#clock.now();
    return connection;
  }
}
