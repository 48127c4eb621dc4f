// Messages by the clock. Each has the moment at which it is due, whatever became of those before it, and its latency counts from
// then: a server that stalls is charged for all the messages that had to wait, and not only for the one it stalled on.

import { Beat } from "./beat.js";
import type { Driver, DriverParts } from "./driver.js";

/** Beats are not closer together; what is due in between leaves with the next one. */
const MIN_STEP_MS = 0.2;
/** So that what comes in is read between two beats, however much is due. */
const MAX_PER_BEAT = 4096;

export class OpenLoop implements Driver {
  readonly #parts: DriverParts;
  readonly #perMs: number;
  #beat: Beat | undefined;
  #startedAt = Number.POSITIVE_INFINITY;
  #count = 0;

  constructor(parts: DriverParts, rate: number) {
    this.#parts = parts;
    this.#perMs = rate / 1000;
  }

  async prepare(): Promise<void> {
    // Beats fall on moments at which a message is due.
    const messagesPerStep = Math.max(1, Math.ceil(MIN_STEP_MS * this.#perMs));
    this.#beat = await Beat.start(messagesPerStep / this.#perMs, () => this.#sendDue(performance.now()));
  }

  start(): void {
    if (this.#beat !== undefined) this.#startedAt = this.#beat.nextAfter(performance.now());
  }

  answered(): void {}

  writable(): void {}

  async stop(now: number): Promise<void> {
    // What became due since the last beat belongs to the time that ends now.
    this.#sendDue(now);
    this.#startedAt = Number.POSITIVE_INFINITY;
    await this.#beat?.stop();
    this.#beat = undefined;
  }

  #sendDue(now: number): void {
    const { pool, budget, recorder } = this.#parts;
    for (let sent = 0; sent < MAX_PER_BEAT; sent++) {
      const dueAt = this.#startedAt + this.#count / this.#perMs;
      if (dueAt > now) return;
      const lane = pool.next();
      if (lane === undefined || !budget.take()) return;
      this.#count++;
      lane.send(dueAt, now);
      recorder.sentLate(dueAt, now);
    }
  }
}
