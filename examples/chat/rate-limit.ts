// A bucket of tokens that refills with time; each message takes one. Refused messages take one too: who goes on
// hammering waits longer, and in the end is put out.

/** Milliseconds to wait, 0 when the message is let through; "flood" when this has gone too far. */
export type Verdict = number | "flood";

export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #maxDebt: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(nowMs: number, { burst = 10, perSecond = 2, maxDebt = 40 } = {}) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#maxDebt = maxDebt;
    this.#tokens = burst;
    this.#filledAtMs = nowMs;
  }

  take(nowMs: number): Verdict {
    const earned = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned) - 1;
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 0) return 0;
    if (this.#tokens < -this.#maxDebt) return "flood";
    return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
  }
}
