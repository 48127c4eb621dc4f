// Finds out that a peer is gone: one timer per connection, looked at only when it fires. Bytes of any kind count as a
// sign of life; a ping is sent only into silence.

import type { Clock, Timer } from "../host/index.js";

export interface HeartbeatHost {
  readonly clock: Clock;
  readonly heartbeatSettings: { readonly intervalMs: number; readonly timeoutMs: number };
  /** When the last bytes came, by the clock. */
  readonly lastReceivedAt: number;
  /** Whether the connection is reading; when it is not, silence says nothing about the peer. */
  readonly isReading: boolean;
  pingPeer(): void;
  die(silentMs: number): void;
}

export class Heartbeat {
  readonly #host: HeartbeatHost;
  #pingedAt: number | undefined;
  #timer: Timer;

  constructor(host: HeartbeatHost) {
    this.#host = host;
    this.#timer = host.clock.schedule(host.heartbeatSettings.intervalMs, look, this);
  }

  stop(): void {
    this.#timer.close();
  }

  look(): void {
    const { clock, lastReceivedAt, isReading } = this.#host;
    const { intervalMs, timeoutMs } = this.#host.heartbeatSettings;
    const now = clock.now();
    const silentMs = now - lastReceivedAt;
    if (!isReading) this.#wait(intervalMs);
    else if (this.#pingedAt !== undefined && lastReceivedAt < this.#pingedAt) {
      const waitedMs = now - this.#pingedAt;
      if (waitedMs >= timeoutMs) this.#host.die(silentMs);
      else this.#wait(timeoutMs - waitedMs, this.#pingedAt);
    } else if (silentMs < intervalMs) this.#wait(intervalMs - silentMs);
    else {
      this.#wait(timeoutMs, now);
      this.#host.pingPeer();
    }
  }

  #wait(delayMs: number, pingedAt?: number): void {
    this.#pingedAt = pingedAt;
    this.#timer = this.#host.clock.schedule(delayMs, look, this);
  }
}

function look(heartbeat: Heartbeat): void {
  heartbeat.look();
}
