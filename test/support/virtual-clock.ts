// Time and turns that move only when a test says so.

import type { Clock, Timer, TurnScheduler, TurnTask } from "#src/host/index.js";

interface Alarm extends Timer {
  readonly dueAt: number;
  ring(): void;
}

/** A clock that stands still between two calls of `advance`. */
export class VirtualClock implements Clock {
  #now = 0;
  #alarms: Alarm[] = [];

  now(): number {
    return Math.trunc(this.#now);
  }

  preciseNow(): number {
    return this.#now;
  }

  /** Timers that have been scheduled and have neither rung nor been closed. */
  get timerCount(): number {
    return this.#alarms.length;
  }

  schedule<T>(delayMs: number, callback: (argument: T) => void, argument: T): Timer {
    const alarm: Alarm = {
      dueAt: this.#now + delayMs,
      ring: () => callback(argument),
      close: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm);
      },
    };
    this.#alarms.push(alarm);
    return alarm;
  }

  /** Moves on by `durationMs`, and rings what becomes due on the way, in the order of time. */
  advance(durationMs: number, afterEach: () => void = () => {}): void {
    const end = this.#now + durationMs;
    for (;;) {
      const next = this.#alarms.reduce<Alarm | undefined>(
        (first, alarm) => (alarm.dueAt < (first?.dueAt ?? Infinity) ? alarm : first),
        undefined,
      );
      if (next === undefined || next.dueAt > end) break;
      this.#now = Math.max(this.#now, next.dueAt);
      next.close();
      next.ring();
      afterEach();
    }
    this.#now = end;
  }
}

/** Turns of an event loop that turns when told to. */
export class VirtualTurns implements TurnScheduler {
  #tasks: TurnTask[] = [];

  get isIdle(): boolean {
    return this.#tasks.length === 0;
  }

  atTurnEnd(task: TurnTask): void {
    this.#tasks.push(task);
  }

  /** Ends this turn; what is asked for meanwhile waits for the end of the next. */
  step(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task.turnEnded();
  }

  /** Ends this turn, and all those that it asks for. */
  run(): void {
    while (!this.isIdle) this.step();
  }
}
