// What Linux tells of a running process.

import { readdirSync, readFileSync } from "node:fs";

/** How many descriptors it has open. That of the look itself, in our own process, is always among them. */
export function openDescriptors(pid: number | "self" = "self"): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** How often its main thread has gone to sleep, and woken up again. */
export function timesAsleep(pid: number): number {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, "latin1");
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

/** Ticks of the processor that it has used, a hundred to the second. */
export function ticksUsed(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
