// What checks tell of an upstream: some bad ones in a row put it out of service, some good ones in a row bring it back. Until
// then it is believed to be well, or a proxy that starts would refuse everybody.

export interface ActiveHealthSettings {
  /** Undefined: it is enough that a connection can be made. */
  readonly path: string | undefined;
  /** Undefined: 200 to 399. */
  readonly statuses: readonly number[] | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** What an upstream expects before anything else: a PROXY header that speaks for nobody. */
  readonly preamble: Uint8Array | undefined;
  readonly rise: number;
  readonly fall: number;
}

export class ActiveHealth {
  #isUp = true;
  /** Checks in a row that speak against what is believed. */
  #contrary = 0;
  /** Checks that there have been, and those that failed. */
  checks = 0;
  checksFailed = 0;

  get isUp(): boolean {
    return this.#isUp;
  }

  /** A check has ended. Answers whether that changes what is believed. */
  note(isGood: boolean, { rise, fall }: Pick<ActiveHealthSettings, "rise" | "fall">): boolean {
    this.checks++;
    if (!isGood) this.checksFailed++;
    this.#contrary = isGood === this.#isUp ? 0 : this.#contrary + 1;
    if (this.#contrary < (this.#isUp ? fall : rise)) return false;
    this.#isUp = isGood;
    this.#contrary = 0;
    return true;
  }

  /** Nobody checks any more. */
  reset(): void {
    this.#isUp = true;
    this.#contrary = 0;
  }
}
