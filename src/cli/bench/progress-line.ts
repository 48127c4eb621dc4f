// What goes on while it goes on: one line each second, for people.

import type { Console } from "../command.js";
import type { Phase, Watch } from "./bench-run.js";
import { createDurations, percentileMs } from "./histogram.js";
import { durationText, shortText, wholeText } from "./number-text.js";
import type { Point } from "./time-series.js";

const INTERVAL_MS = 1000;
const ERASE_LINE = "\r\u001b[2K";

export class ProgressLine {
  readonly #stderr: Console["stderr"];
  readonly #isTerminal: boolean;
  #latencies = createDurations(2);
  #messages = 0;
  #fromMs = 0;

  constructor(stderr: Console["stderr"]) {
    this.#stderr = stderr;
    this.#isTerminal = stderr.isTTY === true;
  }

  readonly watch: Watch = (phase, point, errors) => {
    this.#messages += Math.max(point.sent, point.received);
    this.#latencies.add(point.latencies);
    if (point.toMs - this.#fromMs < INTERVAL_MS) return;
    this.#write(this.#text(phase, point, errors));
    this.#fromMs = point.toMs;
    this.#messages = 0;
    this.#latencies = createDurations(2);
  };

  /** Leaves the terminal as it was. */
  end(): void {
    if (this.#isTerminal) this.#stderr.write(ERASE_LINE);
  }

  #text(phase: Phase, { toMs, open }: Point, errors: number): string {
    const rate = (this.#messages * 1000) / (toMs - this.#fromMs);
    const latencies = this.#latencies;
    const p99 = latencies.count === 0 ? "" : `  p99 ${durationText(percentileMs(latencies, 99))}`;
    const traffic = phase === "opening" ? "" : `  ${shortText(rate)} messages/s${p99}`;
    return `${Math.round(toMs / 1000)} s  ${phase}  ${wholeText(open)} open${traffic}  ${wholeText(errors)} errors`;
  }

  #write(text: string): void {
    if (!this.#isTerminal) {
      this.#stderr.write(`${text}\n`);
      return;
    }
    // A line that wraps could not be erased. A terminal that does not know how wide it is says 0.
    const width = Math.max(20, (this.#stderr.columns || 80) - 1);
    this.#stderr.write(ERASE_LINE + text.slice(0, width));
  }
}
