// Work that is to happen once at the end of the current turn of the event loop, however often it was asked for.
// Everything sent from any callback of the turn leaves together.

import { nobody } from "./async-scope.js";

/** What is to be done. An object, not a function: connections wait by the thousand, and need no closure for it. */
export interface TurnTask {
  turnEnded(): void;
}

/** Runs the tasks after the I/O callbacks of this turn, in the order in which they came, in nobody's async context. */
export interface TurnScheduler {
  atTurnEnd(task: TurnTask): void;
}

/** Resolves at the end of the current turn. */
export function turnEnd(turns: TurnScheduler): Promise<void> {
  return new Promise((resolve) => turns.atTurnEnd({ turnEnded: resolve }));
}

class ImmediateTurns implements TurnScheduler {
  #tasks: TurnTask[] = [];

  atTurnEnd(task: TurnTask): void {
    if (this.#tasks.push(task) === 1) this.#await();
  }

  /** Whoever asks first would else lend their AsyncLocalStorage to the tasks of all others. Only the asking happens within
   * nobody's: what a task enters stays with the turn that it was called in, and would stay there for ever. */
  #await(): void {
    nobody.runInAsyncScope(setImmediate, undefined, this.#run);
  }

  readonly #run = (): void => {
    const tasks = this.#tasks;
    this.#tasks = [];
    let begun = 0;
    try {
      for (const task of tasks) {
        begun++;
        task.turnEnded();
      }
    } finally {
      if (begun < tasks.length) this.#goOnBehind(tasks.slice(begun));
    }
  };

  /** A task threw. Whether that ends the process is not for us to say; the others have done nothing. */
  #goOnBehind(rest: TurnTask[]): void {
    if (this.#tasks.length === 0) this.#await();
    this.#tasks = [...rest, ...this.#tasks];
  }
}

export const systemTurns: TurnScheduler = new ImmediateTurns();
