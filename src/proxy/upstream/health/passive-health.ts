// What requests tell of an upstream. After some failures in a row it is ejected; when its time is over, one request tries it, and
// the others follow when that one was answered.

export interface PassiveHealthSettings {
  readonly maxFailures: number;
  readonly ejectMs: number;
}

/** Which trial a request is; 0 for one that is none. */
export type Trial = number;

export class PassiveHealth {
  /** Undefined where requests are not asked. */
  #settings: PassiveHealthSettings | undefined;
  #failuresInARow = 0;
  #ejectedUntil: number | undefined;
  /** The one that is under way. */
  #trial: Trial = 0;
  #trials = 0;
  /** How often it has been ejected. */
  ejections = 0;

  constructor(settings: PassiveHealthSettings | undefined) {
    this.#settings = settings;
  }

  get isEjected(): boolean {
    return this.#ejectedUntil !== undefined;
  }

  get failuresInARow(): number {
    return this.#failuresInARow;
  }

  configure(settings: PassiveHealthSettings | undefined): void {
    this.#settings = settings;
    if (settings === undefined) this.reset();
  }

  /** Whether it may have a request, be it to try. */
  isReady(now: number): boolean {
    return this.#ejectedUntil === undefined || (now >= this.#ejectedUntil && this.#trial === 0);
  }

  /** It gets a request, which may be the one that tries it. */
  begin(now: number): Trial {
    if (!this.isEjected || !this.isReady(now)) return 0;
    this.#trial = ++this.#trials;
    return this.#trial;
  }

  /** A request is over. If it was the trial and said nothing, another may try. */
  end(trial: Trial): void {
    if (trial === this.#trial) this.#trial = 0;
  }

  /** Answers whether it has been ejected by this, for the first time or again. */
  failed(now: number, trial: Trial): boolean {
    this.#failuresInARow++;
    if (this.#settings === undefined) return false;
    const isTrial = trial !== 0 && trial === this.#trial;
    // What had begun before does not prolong it.
    const isOut = this.#ejectedUntil !== undefined && now < this.#ejectedUntil;
    if (isOut || (!isTrial && this.#failuresInARow < this.#settings.maxFailures)) return false;
    this.#ejectedUntil = now + this.#settings.ejectMs;
    this.ejections++;
    return true;
  }

  /** It answers, whoever has asked. */
  reset(): void {
    this.#failuresInARow = 0;
    this.#ejectedUntil = undefined;
    this.#trial = 0;
  }
}
