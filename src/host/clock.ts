// Time as a port, so that a simulation can bring its own.

/** Milliseconds since some fixed moment, and one-shot timers. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back once after at least `delayMs`. Answers a function that cancels it. Never keeps the process alive. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** The process's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
