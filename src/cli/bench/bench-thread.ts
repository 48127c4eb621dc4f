// A thread that sends its share of a load, when it is told to.

import { parentPort, workerData } from "node:worker_threads";
import { UsageError } from "../command.js";
import { clockMs } from "./beat-clock.js";
import { BenchRun } from "./bench-run.js";
import type { Order, Report, ThreadData } from "./thread-messages.js";

const { plan, beganAtMs } = workerData as ThreadData;
const tell = (report: Report): void => parentPort?.postMessage(report);

let start = (): void => {};
const started = new Promise<void>((resolve) => {
  start = resolve;
});
const run = new BenchRun(plan, {
  beganAt: beganAtMs - clockMs() + performance.now(),
  watch: (phase, point, errors) => tell({ kind: "point", phase, point, errors }),
  othersReady() {
    tell({ kind: "ready" });
    return started;
  },
});
parentPort?.on("message", (order: Order) => (order === "start" ? start() : run.interrupt()));
try {
  await run.run();
  tell({ kind: "done", measurement: run.measurement });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  tell({ kind: "refused", message: error.message });
}
