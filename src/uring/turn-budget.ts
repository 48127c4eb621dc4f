// How long a ring may go on before the rest of the program has its turn. The kernel brings whatever has come, and
// handlers take as long as they take, so only the clock can tell; it is asked once in a while.

/** A few milliseconds: others hardly notice, and the way to the next turn costs a few microseconds. */
const TURN_MS = 4;
/** Bytes received, with what a completion costs beside them, after which the clock is asked. */
const LOOK_BYTES = 65_536;
const COMPLETION_BYTES = 4096;

export class TurnBudget {
  readonly #now: () => number;
  #endsAt = 0;
  #bytes = 0;
  #isSpent = false;

  /** `now` is a clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** A turn begins. */
  begin(): void {
    this.#endsAt = this.#now() + TURN_MS;
    this.#bytes = 0;
    this.#isSpent = false;
  }

  /** A completion is dealt with, that has brought so many bytes. */
  spend(byteLength: number): void {
    this.#bytes += COMPLETION_BYTES + byteLength;
    if (this.#bytes < LOOK_BYTES) return;
    this.#bytes = 0;
    this.#isSpent = this.#now() >= this.#endsAt;
  }
}
