// What signals tell a proxy that runs: to read its config again, to hand over, to end.

import type { SignalSource } from "../command.js";
import { Interrupts } from "../interrupts.js";
import { ConfigError } from "./config/config-file.js";
import { describeChanges, needsRestart } from "./plan-changes.js";
import { describeFailure } from "./proxy-failure.js";
import type { ProxyLog } from "./proxy-log.js";
import type { ProxyPlan } from "./proxy-plan.js";
import type { ProxyRun } from "./proxy-run.js";

export interface Signalled {
  readonly proxy: ProxyRun;
  /** Settles when it listens, or cannot. */
  readonly started: Promise<void>;
  readonly read: () => ProxyPlan;
  readonly log: ProxyLog;
}

export class ProxySignals {
  readonly #source: SignalSource;
  readonly #proxy: ProxyRun;
  readonly #read: () => ProxyPlan;
  readonly #log: ProxyLog;
  readonly #interrupts: Interrupts;
  readonly #onReload = (): void => this.#next(() => this.#reload());
  readonly #onHandOver = (): void => this.#next(() => this.#proxy.handOver());
  /** What signals ask for is done one after the other. */
  #work: Promise<void>;

  constructor(source: SignalSource, { proxy, started, read, log }: Signalled) {
    this.#source = source;
    this.#proxy = proxy;
    this.#read = read;
    this.#log = log;
    this.#work = started.catch(() => {});
    this.#interrupts = new Interrupts(source, () => this.#drain(), ["SIGINT", "SIGTERM"]);
    source.on("SIGHUP", this.#onReload);
    source.on("SIGUSR2", this.#onHandOver);
  }

  /** Resolves with an exit code when the command has to end at once. */
  get forced(): Promise<number> {
    return this.#interrupts.forced;
  }

  stop(): void {
    this.#interrupts.stop();
    this.#source.off("SIGHUP", this.#onReload);
    this.#source.off("SIGUSR2", this.#onHandOver);
  }

  #next(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => this.#log.always(`! ${describeFailure(error)}`));
  }

  #drain(): boolean {
    const { underWay } = this.#proxy;
    this.#log.note(
      underWay === "" ? "closing" : `closing ${underWay}; Ctrl-C once more does not wait for that`,
    );
    void this.#proxy.drain();
    return true;
  }

  async #reload(): Promise<void> {
    const proxy = this.#proxy;
    if (proxy.isLeaving) {
      this.#log.always("! not reloaded: this process does not listen any more");
      return;
    }
    try {
      const asked = this.#read();
      for (const line of asked.warnings) this.#log.always(line);
      const before = proxy.inForce;
      await proxy.reload(asked);
      const later = needsRestart(proxy.inForce, asked, proxy.startedWith);
      const take = later.length === 1 ? "takes" : "take";
      if (later.length > 0) this.#log.always(`! ${later.join(" and ")} ${take} a restart, as by SIGUSR2`);
      const changes = describeChanges(before, proxy.inForce);
      this.#log.note(`reloaded: ${changes.length === 0 ? "nothing has changed" : changes.join("; ")}`);
    } catch (error) {
      if (error instanceof ConfigError) for (const line of error.lines) this.#log.always(line);
      else this.#log.always(`! ${describeFailure(error)}`);
      this.#log.always(
        "! not reloaded: what the lines above say stands in the way, and everything goes on as before",
      );
    }
  }
}
