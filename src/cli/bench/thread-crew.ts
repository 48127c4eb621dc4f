// Several threads that send one load. Each has connections and histograms of its own; they begin together, and what they
// measured becomes one result.

import { Worker } from "node:worker_threads";
import { UsageError } from "../command.js";
import { clockMs } from "./beat-clock.js";
import { type Phase, phases, type Watch } from "./bench-run.js";
import { type Generator, type Measurement, mergeMeasurements } from "./measurement.js";
import type { BenchPlan } from "./plan.js";
import { SharedTimeline } from "./shared-timeline.js";
import type { Order, Report, ThreadData } from "./thread-messages.js";
import { shareOut } from "./thread-share.js";
import type { TimeSeries } from "./time-series.js";

interface Member {
  readonly worker: Worker;
  phase: Phase;
  errors: number;
  isReady: boolean;
  measurement: Measurement | undefined;
}

export class ThreadCrew implements Generator {
  readonly #shares: readonly BenchPlan[];
  readonly #watch: Watch;
  readonly #timeline: SharedTimeline;
  #members: Member[] = [];
  #isInterrupted = false;

  constructor(plan: BenchPlan, watch: Watch = () => {}) {
    this.#shares = shareOut(plan);
    this.#watch = watch;
    this.#timeline = new SharedTimeline(this.#shares.length);
  }

  get series(): TimeSeries {
    return this.#timeline.series;
  }

  get measurement(): Measurement {
    return mergeMeasurements(this.#members.flatMap(({ measurement }) => measurement ?? []));
  }

  async run(): Promise<void> {
    const beganAtMs = clockMs();
    this.#members = this.#shares.map((plan) => {
      const workerData: ThreadData = { plan, beganAtMs };
      const worker = new Worker(new URL("./bench-thread.js", import.meta.url), { workerData });
      return { worker, phase: "opening", errors: 0, isReady: false, measurement: undefined };
    });
    if (this.#isInterrupted) this.#order("interrupt");
    try {
      await Promise.all(this.#members.map((member, thread) => this.#ending(member, thread)));
    } finally {
      // Where one has failed, the others have nothing to go on for.
      await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
    }
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#order("interrupt");
  }

  /** Resolves when the thread has told what it measured, and rejects when it ends without. */
  #ending(member: Member, thread: number): Promise<void> {
    return new Promise((resolve, reject) => {
      member.worker.on("message", (report: Report) => {
        if (report.kind === "refused") reject(new UsageError(report.message));
        else this.#hear(member, thread, report);
        if (report.kind === "done") resolve();
      });
      member.worker.on("error", reject);
      member.worker.on("exit", (code) => {
        reject(new Error(`a thread of the generator ended by itself, with exit code ${code}`));
      });
    });
  }

  #hear(member: Member, thread: number, report: Exclude<Report, { kind: "refused" }>): void {
    if (report.kind === "ready") {
      member.isReady = true;
      if (this.#members.every(({ isReady }) => isReady)) this.#order("start");
    } else if (report.kind === "point") {
      member.phase = report.phase;
      member.errors = report.errors;
      this.#tell(this.#timeline.add(thread, report.point));
    } else {
      member.measurement = report.measurement;
      this.#tell(this.#timeline.leave(thread));
    }
  }

  #order(order: Order): void {
    for (const { worker } of this.#members) worker.postMessage(order);
  }

  #tell(point: ReturnType<SharedTimeline["add"]>): void {
    if (point === undefined) return;
    // The crew is as far as the last of its threads.
    const phase = phases[Math.min(...this.#members.map((member) => phases.indexOf(member.phase)))];
    const errors = this.#members.reduce((sum, member) => sum + member.errors, 0);
    this.#watch(phase, point, errors);
  }
}
