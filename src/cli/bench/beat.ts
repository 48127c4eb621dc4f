// A rhythm finer than timers have. These are late by up to two milliseconds, which is more than a message takes on a local
// network and would be counted as the server's. A thread that sleeps is late by about a tenth of one.

import { Worker } from "node:worker_threads";
import { type BeatData, clockMs } from "./beat-clock.js";

export class Beat {
  readonly #startedAt: number;
  readonly #stepMs: number;
  readonly #worker: Worker;
  readonly #isStopped: Int32Array;

  private constructor(worker: Worker, shared: SharedArrayBuffer, startedAt: number, stepMs: number) {
    this.#startedAt = startedAt;
    this.#stepMs = stepMs;
    this.#worker = worker;
    this.#isStopped = new Int32Array(shared, 4, 1);
  }

  /** Calls `onBeat` once after each step, but less often when this thread is busy. */
  static async start(stepMs: number, onBeat: () => void): Promise<Beat> {
    const shared = new SharedArrayBuffer(8);
    const isTold = new Int32Array(shared, 0, 1);
    const data: BeatData = { shared, stepMs };
    const worker = new Worker(new URL("./beat-thread.js", import.meta.url), { workerData: data });
    const startedAt = await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
    });
    worker.on("message", () => {
      Atomics.store(isTold, 0, 0);
      onBeat();
    });
    return new Beat(worker, shared, startedAt - clockMs() + performance.now(), stepMs);
  }

  /** The first beat from `now` on. Both are times of performance.now(). */
  nextAfter(now: number): number {
    return this.#startedAt + Math.ceil((now - this.#startedAt) / this.#stepMs) * this.#stepMs;
  }

  async stop(): Promise<void> {
    Atomics.store(this.#isStopped, 0, 1);
    Atomics.notify(this.#isStopped, 0);
    this.#worker.removeAllListeners("message");
    await this.#worker.terminate();
  }
}
