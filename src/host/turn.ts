// Work that is to happen once at the end of the current turn of the event loop, however often it was asked for.
// Everything sent from any callback of the turn leaves together.

/** Runs the callbacks after the I/O callbacks of this turn, in the order of their first request. */
export interface TurnScheduler {
  atTurnEnd(callback: () => void): void;
}

class ImmediateTurns implements TurnScheduler {
  #callbacks: (() => void)[] = [];

  atTurnEnd(callback: () => void): void {
    if (this.#callbacks.push(callback) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
  };
}

export const systemTurns: TurnScheduler = new ImmediateTurns();
