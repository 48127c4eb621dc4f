// What carries an open connection, or the answer of an upstream that did not open one.

import type { Passed } from "./exchange.js";
import type { PassageWatcher } from "./passage-watcher.js";

export interface Carriage {
  /** What has passed so far. */
  readonly passed: Passed;
  /** Shows this watcher what passes, and nobody else. Answers false where nothing can be shown. */
  watch(watcher: PassageWatcher | undefined): boolean;
  /** Tells both sides that it ends. */
  close(code: number, reason: string): void;
  /** The time to end is over: cuts both sides off. */
  destroy(): void;
}
