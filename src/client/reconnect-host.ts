// What reconnecting asks of the machine it runs on, so that a simulation can bring its own.

import { type LinkHost, systemHost } from "../connection/index.js";
import type { Timer } from "../host/index.js";

export interface ReconnectHost extends LinkHost {
  /** Calls back once after at least `delayMs`. Unlike a timer of the clock it keeps the process alive: a program that has
   * nothing left but to wait for its next connection has not come to its end. */
  schedule(delayMs: number, callback: () => void): Timer;
  /** A number of at least 0 and below 1. It spreads clients over time, so it need not be hard to guess. */
  random(): number;
}

/** The process's own. */
export const systemReconnectHost: ReconnectHost = {
  ...systemHost,
  schedule: (delayMs, callback) => setTimeout(callback, delayMs),
  random: Math.random,
};
