// Latencies counted in buckets, as Prometheus has them.

/** Upper bounds in seconds: from an upstream on the same machine to one that is nearly given up. */
export const latencyBounds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export interface Latencies {
  /** For each bound, how many took at most so long and longer than the bound before; one more for the rest. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

export class LatencyHistogram implements Latencies {
  readonly counts: number[] = new Array<number>(latencyBounds.length + 1).fill(0);
  sumSeconds = 0;

  observe(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    const at = latencyBounds.findIndex((bound) => seconds <= bound);
    this.counts[at < 0 ? latencyBounds.length : at]++;
    this.sumSeconds += seconds;
  }
}
