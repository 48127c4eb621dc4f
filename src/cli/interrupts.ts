// Ctrl-C and its like: the first one asks a command to end as one should, the second ends it at once.

import { constants } from "node:os";
import { ExitCode, type SignalName, type SignalSource } from "./command.js";

const usual: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Answers whether there is something to wait for; if not, the command ends at once. */
export type Leave = (exitCode: number) => boolean;

export class Interrupts {
  readonly #source: SignalSource;
  readonly #leave: Leave;
  readonly #listeners = new Map<SignalName, () => void>();
  #isLeaving = false;
  #force: (exitCode: number) => void = () => {};
  /** Resolves with an exit code when the command has to end at once. */
  readonly forced: Promise<number>;

  /** A command to which one of them says something else names the others. */
  constructor(source: SignalSource, leave: Leave, signals: readonly SignalName[] = usual) {
    this.#source = source;
    this.#leave = leave;
    this.forced = new Promise((resolve) => {
      this.#force = resolve;
    });
    for (const name of signals) {
      const listener = (): void => this.interrupt(name);
      this.#listeners.set(name, listener);
      source.on(name, listener);
    }
  }

  /** Also for a Ctrl-C that a terminal gives as a key. */
  interrupt(name: SignalName = "SIGINT"): void {
    const exitCode = ExitCode.SIGNAL + constants.signals[name];
    if (this.#isLeaving || !this.#leave(exitCode)) this.#force(exitCode);
    this.#isLeaving = true;
  }

  stop(): void {
    for (const [name, listener] of this.#listeners) this.#source.off(name, listener);
  }
}
