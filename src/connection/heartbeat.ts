// Finds out that a peer is gone: one timer per connection, looked at only when it fires. Bytes of any kind count as a
// sign of life; a ping is sent only into silence.

import type { Clock } from "../host/index.js";

export interface HeartbeatHost {
  /** When the last bytes came, by the clock. */
  readonly lastReceivedAt: number;
  /** Whether the connection is not reading, so that silence says nothing about the peer. */
  readonly isReading: boolean;
  pingPeer(): void;
  die(silentMs: number): void;
}

export class Heartbeat {
  readonly #clock: Clock;
  readonly #host: HeartbeatHost;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #pingedAt: number | undefined;
  #cancel: () => void;

  constructor(clock: Clock, host: HeartbeatHost, settings: { intervalMs: number; timeoutMs: number }) {
    this.#clock = clock;
    this.#host = host;
    this.#intervalMs = settings.intervalMs;
    this.#timeoutMs = settings.timeoutMs;
    this.#cancel = clock.schedule(settings.intervalMs, this.#look);
  }

  stop(): void {
    this.#cancel();
  }

  readonly #look = (): void => {
    const now = this.#clock.now();
    if (!this.#host.isReading) this.#pingedAt = undefined;
    const { lastReceivedAt, isReading } = this.#host;
    if (this.#pingedAt !== undefined && lastReceivedAt < this.#pingedAt) {
      const waitedMs = now - this.#pingedAt;
      if (waitedMs >= this.#timeoutMs) this.#host.die(now - lastReceivedAt);
      else this.#cancel = this.#clock.schedule(this.#timeoutMs - waitedMs, this.#look);
      return;
    }
    const silentMs = now - lastReceivedAt;
    this.#pingedAt = undefined;
    if (silentMs < this.#intervalMs || !isReading) {
      this.#cancel = this.#clock.schedule(isReading ? this.#intervalMs - silentMs : this.#intervalMs, this.#look);
      return;
    }
    this.#pingedAt = now;
    this.#cancel = this.#clock.schedule(this.#timeoutMs, this.#look);
    this.#host.pingPeer();
  };
}
