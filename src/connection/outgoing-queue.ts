// Messages that take time to be sent (streams, Blobs), and those that must not overtake them.

interface Task {
  readonly byteLength: number;
  run(): Promise<void> | void;
  resolve(): void;
  reject(error: unknown): void;
}

export class OutgoingQueue {
  #tasks: Task[] = [];
  #bytes = 0;
  #isRunning = false;

  get isIdle(): boolean {
    return !this.#isRunning;
  }

  /** Bytes held by tasks that have not run. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Runs the task after all earlier ones. The promise follows the task's outcome. */
  add(byteLength: number, run: () => Promise<void> | void): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#tasks.push({ byteLength, run, resolve, reject });
    });
    this.#bytes += byteLength;
    if (!this.#isRunning) void this.#work();
    return done;
  }

  /** Rejects every task that has not begun. */
  clear(error: Error): void {
    for (const task of this.#tasks.splice(0)) task.reject(error);
    this.#bytes = 0;
  }

  async #work(): Promise<void> {
    this.#isRunning = true;
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      this.#bytes -= task.byteLength;
      try {
        await task.run();
        task.resolve();
      } catch (error) {
        task.reject(error);
      }
    }
    this.#isRunning = false;
  }
}
