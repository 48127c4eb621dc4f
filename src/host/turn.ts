// Work that is to happen once at the end of the current turn of the event loop, however often it was asked for.
// Everything sent from any callback of the turn leaves together.

/** What is to be done. An object, not a function: connections wait by the thousand, and need no closure for it. */
export interface TurnTask {
  turnEnded(): void;
}

/** Runs the tasks after the I/O callbacks of this turn, in the order in which they came. */
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
    if (this.#tasks.push(task) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task.turnEnded();
  };
}

export const systemTurns: TurnScheduler = new ImmediateTurns();
