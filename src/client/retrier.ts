// One attempt after the other, until a connection opens or the policy says that it is enough. Attempts are counted until a
// connection has proven itself: a server that lets in and closes at once is come back to no more often than one that refuses.

import { type CloseInfo, type Connection, isThenable, toError } from "../connection/index.js";
import { abortedError } from "./opening-deadline.js";
import type { ReconnectHost } from "./reconnect-host.js";
import { delayBefore, type ReconnectPolicy } from "./reconnect-policy.js";

/** One attempt, which the signal ends. */
export type Open<Context> = (signal: AbortSignal) => Promise<Connection<Context>>;

export class Retrier<Context> {
  readonly #open: Open<Context>;
  readonly #policy: ReconnectPolicy;
  readonly #host: ReconnectHost;
  readonly #stop = new AbortController();
  /** Since a connection has last proven itself. */
  #attempts = 0;
  #openedAt = 0;
  /** What the `onRetry` of an attempt for the first connection rejected with. */
  #fault: Error | undefined;
  #tellFault = (fault: Error): void => {
    this.#fault = fault;
    this.stop();
  };

  constructor(open: Open<Context>, policy: ReconnectPolicy, host: ReconnectHost) {
    this.#open = open;
    this.#policy = policy;
    this.#host = host;
  }

  /** The first connection. Rejects with the last failure when it is not, or no longer, tried. The signal ends the attempts
   * for it. */
  async first(signal: AbortSignal | undefined): Promise<Connection<Context>> {
    const onAbort = (): void => this.#stop.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    try {
      const connection = await this.#persist();
      if (!this.#stop.signal.aborted) return connection;
      // It has opened in the same moment; kept, it would be the only one, for the attempts are stopped.
      connection.start();
      connection.terminate();
      throw abortedError(signal);
    } catch (error) {
      throw this.#fault ?? error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** The next connection after the loss of one; undefined when no attempt is made after this loss. Rejects as `first` does. */
  async next(lost: CloseInfo): Promise<Connection<Context> | undefined> {
    if (this.#host.clock.now() - this.#openedAt >= this.#policy.minUptimeMs) this.#attempts = 0;
    if (!this.#isToBeTried(lost)) return undefined;
    await this.#wait(lost);
    return this.#persist();
  }

  /** Who is told from now on when `onRetry` rejects. Until then that ends the attempts for the first connection. */
  tellFaults(tell: (fault: Error) => void): void {
    this.#tellFault = tell;
    if (this.#fault !== undefined) tell(this.#fault);
  }

  /** Ends the attempt under way or the wait for it, and lets no other begin. */
  stop(): void {
    this.#stop.abort();
  }

  async #persist(): Promise<Connection<Context>> {
    for (;;) {
      try {
        const connection = await this.#open(this.#stop.signal);
        this.#openedAt = this.#host.clock.now();
        return connection;
      } catch (error) {
        const failure = error as Error;
        if (this.#stop.signal.aborted || !this.#isToBeTried(failure)) throw failure;
        await this.#wait(failure);
      }
    }
  }

  #isToBeTried(cause: CloseInfo | Error): boolean {
    const attempt = this.#attempts + 1;
    return attempt <= this.#policy.retries && this.#policy.shouldRetry(cause, attempt);
  }

  /** The wait before the next attempt, which counts from now on. */
  #wait(cause: CloseInfo | Error): Promise<void> {
    const attempt = ++this.#attempts;
    const delayMs = delayBefore(attempt, this.#policy, this.#host.random());
    const answer: unknown = this.#policy.onRetry?.({ attempt, delayMs, cause });
    if (isThenable(answer)) Promise.resolve(answer).catch((error) => this.#tellFault(toError(error)));
    const { signal } = this.#stop;
    return new Promise((resolve, reject) => {
      const timer = this.#host.schedule(delayMs, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = (): void => {
        timer.close();
        reject(abortedError(signal));
      };
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }
}
