// Opens the connections of a run, evenly over its ramp.

import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.js";
import type { WebSocketConnection } from "../../connection/index.js";
import { UsageError } from "../command.js";
import { clientFlagNames, type FlagNames } from "../describe.js";
import { describeOpeningFailure, isCallersFault } from "../opening-failure.js";
import { errorClassOf } from "./error-tally.js";
import type { BenchPlan } from "./plan.js";

/** So many openings are under way at the same time: about what servers let wait to be accepted. */
const MAX_PENDING = 500;

const flagNames: FlagNames = { ...clientFlagNames, handshakeTimeoutMs: "--timeout" };

export interface OpenedHooks {
  opened(ws: WebSocketConnection, tookMs: number): void;
  failed(errorClass: string, example: string): void;
}

/** Resolves when each has been opened or has failed. Rejects with `UsageError` when none could ever be opened so. */
export async function openLanes(plan: BenchPlan, signal: AbortSignal, hooks: OpenedHooks): Promise<void> {
  const stepMs = plan.rampMs / plan.connections;
  const startedAt = performance.now();
  const refusal = new AbortController();
  const stop = AbortSignal.any([signal, refusal.signal]);
  // Each opening that is under way listens to it.
  setMaxListeners(0, stop);
  const pending = new Set<Promise<void>>();
  const maxPending = Math.ceil(MAX_PENDING / plan.threads);
  for (let i = 0; i < plan.connections && !stop.aborted; i++) {
    await pause(startedAt + i * stepMs - performance.now(), stop);
    if (pending.size >= maxPending) await Promise.race(pending);
    if (stop.aborted) break;
    const attempt = openLane(plan, stop, hooks, refusal).finally(() => pending.delete(attempt));
    pending.add(attempt);
  }
  await Promise.all(pending);
  refusal.signal.throwIfAborted();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms < 1) return;
  await sleep(ms, undefined, { signal }).catch(() => {});
}

async function openLane(
  { url, connect: options }: BenchPlan,
  signal: AbortSignal,
  hooks: OpenedHooks,
  refusal: AbortController,
): Promise<void> {
  const startedAt = performance.now();
  try {
    const ws = await connect(url, { ...options, signal });
    hooks.opened(ws, performance.now() - startedAt);
  } catch (error) {
    const why = describeOpeningFailure(error, url, flagNames);
    if (isCallersFault(error)) refusal.abort(new UsageError(why, { cause: error }));
    else if (!signal.aborted) hooks.failed(errorClassOf(error), why);
  }
}
