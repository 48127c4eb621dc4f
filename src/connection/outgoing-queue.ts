// Messages that take time to be sent (streams, Blobs), and those that must not overtake them.

import { type TurnScheduler, turnEnd } from "../host/index.js";

interface Task {
  readonly byteLength: number;
  run(): Promise<void>;
  reject(error: unknown): void;
}

/** What a waiting task costs: closures, promises, its place in the list. */
const TASK_BYTES = 1024;
/** So many wait without being charged for it: nobody sends a crowd by accident. */
const FREE_TASKS = 256;
/** Bytes of tasks, with what they cost beside, that run before others get their turn: about a millisecond if compressed. */
const TURN_BYTES = 131_072;

export class OutgoingQueue {
  readonly #turns: TurnScheduler;
  readonly #onTaskDone: () => void;
  /** The one that is running comes first. */
  #tasks: Task[] = [];
  #bytes = 0;
  #isRunning = false;

  constructor(turns: TurnScheduler, onTaskDone: () => void) {
    this.#turns = turns;
    this.#onTaskDone = onTaskDone;
  }

  get isIdle(): boolean {
    return !this.#isRunning;
  }

  /** Bytes held by tasks that are not done. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Runs the task after all earlier ones. The promise follows the task's outcome. */
  add<T>(byteLength: number, task: () => Promise<T> | T): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      const run = async (): Promise<void> => resolve(await task());
      this.#tasks.push({ byteLength, run, reject });
    });
    this.#bytes += byteLength;
    if (!this.#isRunning) void this.#work();
    return done;
  }

  /** Memory that the tasks take beside their bytes: an estimate, so that empty messages cannot wait without bound. */
  get overheadBytes(): number {
    return Math.max(0, this.#tasks.length - FREE_TASKS) * TASK_BYTES;
  }

  /** Rejects every task that is not done; of the one that is running, nobody waits for the outcome any more. */
  clear(error: Error): void {
    for (const task of this.#tasks.splice(0)) task.reject(error);
    this.#bytes = 0;
  }

  async #work(): Promise<void> {
    this.#isRunning = true;
    let turnBytes = 0;
    for (let task: Task | undefined = this.#tasks[0]; task !== undefined; task = this.#tasks[0]) {
      await task.run().catch(task.reject);
      if (this.#tasks[0] === task) {
        this.#tasks.shift();
        this.#bytes -= task.byteLength;
      }
      const isLast = this.#tasks.length === 0;
      if (isLast) this.#isRunning = false;
      this.#onTaskDone();
      // Whatever that has added is in other hands.
      if (isLast) return;
      turnBytes += task.byteLength + TASK_BYTES;
      if (turnBytes < TURN_BYTES) continue;
      turnBytes = 0;
      await turnEnd(this.#turns);
    }
    // Everything was cleared in the meantime.
    this.#isRunning = false;
  }
}
