// The start of the process that is to go on where this one listens. Until it is ready, it can be given up.

import { handOver, type ListeningDescriptor } from "../../proxy/index.js";
import { describeFailure } from "./proxy-failure.js";
import type { ProxyLog } from "./proxy-log.js";

/** How long a successor has to read its config and to listen. */
const READY_TIMEOUT_MS = 30_000;

export class Succession {
  readonly #log: ProxyLog;
  readonly #givingUp = new AbortController();
  #attempt: Promise<number | undefined> | undefined;

  constructor(log: ProxyLog) {
    this.#log = log;
  }

  /** Starts this command line again, and answers which process goes on; undefined when none does, which is said. */
  async begin(descriptors: readonly ListeningDescriptor[]): Promise<number | undefined> {
    this.#attempt = this.#start(descriptors);
    try {
      return await this.#attempt;
    } finally {
      this.#attempt = undefined;
    }
  }

  /** From now on nobody goes on: a process that is not ready yet is ended. Resolves when it has. */
  async giveUp(): Promise<void> {
    this.#givingUp.abort(new Error("this process was told to end"));
    await this.#attempt;
  }

  async #start(descriptors: readonly ListeningDescriptor[]): Promise<number | undefined> {
    const args = [...process.execArgv, ...process.argv.slice(1)];
    const { signal } = this.#givingUp;
    try {
      return (await handOver(process.execPath, args, descriptors, READY_TIMEOUT_MS, signal)).pid;
    } catch (error) {
      if (signal.aborted)
        this.#log.always(
          "the hand-over is given up, and the successor has ended: this process was told to end",
        );
      else this.#log.always(`! ${describeFailure(error)}; this process goes on`);
      return undefined;
    }
  }
}
