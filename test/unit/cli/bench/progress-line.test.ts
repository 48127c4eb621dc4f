import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { createDurations, recordMs } from "#src/cli/bench/histogram.js";
import { ProgressLine } from "#src/cli/bench/progress-line.js";
import type { Point } from "#src/cli/bench/time-series.js";

function point(fromMs: number, numbers: Partial<Point> = {}): Point {
  const latencies = createDurations(2);
  recordMs(latencies, 1);
  return { fromMs, toMs: fromMs + 500, open: 5, sent: 0, received: 0, errors: 0, latencies, ...numbers };
}

function printed(isTTY: boolean, columns: number, use: (line: ProgressLine) => void): string {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns });
  use(new ProgressLine(stderr));
  let text = "";
  for (let chunk = stderr.read(); chunk !== null; chunk = stderr.read()) text += chunk;
  return text;
}

describe("the progress line", () => {
  test("says once per second how it goes", () => {
    const text = printed(false, 80, (line) => {
      line.watch("measuring", point(0, { sent: 100, received: 90 }), 0);
      line.watch("measuring", point(500, { sent: 200, received: 400 }), 2);
      line.watch("finishing", point(1000), 2);
      line.end();
    });
    assert.match(text, /^1 s {2}measuring {2}5 open {2}500 messages\/s {2}p99 1\.\d\d ms {2}2 errors\n$/);
  });
});

describe("the progress line on a terminal", () => {
  test("is one line that is written over, no wider than the terminal, and gone in the end", () => {
    const text = printed(true, 30, (line) => {
      line.watch("opening", point(0, { toMs: 1000 }), 0);
      line.watch("measuring", point(1000, { toMs: 2000, sent: 1 }), 0);
      line.end();
    });
    const lines = text.split("\r\u001b[2K");
    assert.deepEqual(lines, [
      "",
      "1 s  opening  5 open  0 errors".slice(0, 29),
      "2 s  measuring  5 open  1.00 ",
      "",
    ]);
  });
});
