// What the generator itself takes: when it is busy all the time, it measures itself and not the server.

import { type EventLoopUtilization, performance } from "node:perf_hooks";

/** Above this share of its time the event loop is taken for the bottleneck. */
const BUSY_SHARE = 0.9;

export interface GeneratorUse {
  /** Of one processor, all threads together: may be above 100. */
  readonly cpuPercent: number;
  /** Share of the time in which the event loop was at work, 0 to 1. */
  readonly eventLoopUtilization: number;
  readonly isBottleneck: boolean;
}

export class GeneratorLoad {
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #startedAt = performance.now();
  #hasBegun = false;
  #use: GeneratorUse | undefined;

  begin(): void {
    this.#hasBegun = true;
    this.#loop = performance.eventLoopUtilization();
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  end(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedMs = Math.max(1, performance.now() - this.#startedAt);
    const { utilization } = performance.eventLoopUtilization(this.#loop);
    this.#use = {
      cpuPercent: Math.round((user + system) / 10 / elapsedMs),
      eventLoopUtilization: Math.round(utilization * 1000) / 1000,
      isBottleneck: this.#hasBegun && utilization > BUSY_SHARE,
    };
  }

  /** Between `begin` and `end`. Of a run in which nothing was measured: since it was made. */
  get use(): GeneratorUse {
    if (this.#use === undefined) this.end();
    return this.#use as GeneratorUse;
  }
}
