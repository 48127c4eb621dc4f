// Time as a port, so that a simulation can bring its own.

/** A timer that can be called off. */
export interface Timer {
  close(): void;
}

/** Milliseconds since some fixed moment, and one-shot timers. */
export interface Clock {
  /** Monotonic milliseconds, whole ones: thousands of connections each keep some, and a fraction would take an object. */
  now(): number;
  /** The same with the fraction, for what is measured. */
  preciseNow(): number;
  /** Calls back once after at least `delayMs`, with the argument, so that one function can serve every connection. Never
   * keeps the process alive. */
  schedule<T>(delayMs: number, callback: (argument: T) => void, argument: T): Timer;
}

/** The process's clock. */
export const systemClock: Clock = {
  now: () => Math.trunc(performance.now()),
  preciseNow: () => performance.now(),
  schedule: (delayMs, callback, argument) => setTimeout(callback, delayMs, argument).unref(),
};
