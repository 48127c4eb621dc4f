// What the thread of a command and those that it has sending tell each other.

import type { Phase } from "./bench-run.js";
import type { Measurement } from "./measurement.js";
import type { BenchPlan } from "./plan.js";
import type { Point } from "./time-series.js";

export interface ThreadData {
  readonly plan: BenchPlan;
  /** When the run began, by the clock that threads have in common. */
  readonly beganAtMs: number;
}

/** To a thread: the others are ready too; or the user wants to end. */
export type Order = "start" | "interrupt";

/** From a thread. */
export type Report =
  | { readonly kind: "ready" }
  | { readonly kind: "point"; readonly phase: Phase; readonly point: Point; readonly errors: number }
  | { readonly kind: "done"; readonly measurement: Measurement }
  /** The options themselves were refused, with a `UsageError`. */
  | { readonly kind: "refused"; readonly message: string };
