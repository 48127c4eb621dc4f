// The thread of a beat: sleeps until the next moment of a rhythm and tells the thread that started it.

import { parentPort, workerData } from "node:worker_threads";
import { type BeatData, clockMs } from "./beat-clock.js";

const { shared, stepMs } = workerData as BeatData;
const isTold = new Int32Array(shared, 0, 1);
const isStopped = new Int32Array(shared, 4, 1);
const startedAt = clockMs();
parentPort?.postMessage(startedAt);

while (Atomics.load(isStopped, 0) === 0) {
  const now = clockMs();
  const next = startedAt + (Math.floor((now - startedAt) / stepMs) + 1) * stepMs;
  Atomics.wait(isStopped, 0, 0, next - now);
  // While the other thread has not heard of the last one, another would only wait in line.
  if (Atomics.exchange(isTold, 0, 1) === 0) parentPort?.postMessage(0);
}
