// `sluice bench` as a user runs it: a process of its own, whose JSON is read.

import assert from "node:assert/strict";
import {
  type OutsideProcess,
  type ProcessResult,
  startProcess,
  type TestContext,
} from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";

const main = projectPath("dist/cli/main.js");

export interface BenchJson {
  readonly url: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly isInterrupted: boolean;
  readonly measuredSeconds: number;
  readonly connections: {
    readonly requested: number;
    readonly opened: number;
    readonly failed: number;
    readonly lost: number;
    readonly transport: string | null;
    readonly connectMs: { readonly count: number } | null;
  };
  readonly messages: {
    readonly due: number | null;
    readonly sent: number;
    readonly answered: number;
    readonly unanswered: number;
    readonly received: number;
  };
  readonly throughput: Readonly<Record<string, number>>;
  readonly latencyMs: { readonly count: number; readonly p50: number; readonly max: number } | null;
  readonly sendDelayMs: { readonly count: number } | null;
  readonly errorCount: number;
  readonly errors: readonly { readonly class: string; readonly count: number; readonly example: string }[];
  readonly warnings: readonly string[];
  readonly latencyDistribution: { readonly percentile: number[]; readonly ms: number[] };
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface BenchOutcome extends ProcessResult {
  readonly result: BenchJson;
}

export function startBench(t: TestContext, args: readonly string[]): OutsideProcess {
  return startProcess(t, process.execPath, [main, "bench", ...args]);
}

/** Runs it with --json to its end. */
export async function bench(t: TestContext, ...args: readonly string[]): Promise<BenchOutcome> {
  const outcome = await startBench(t, [...args, "--json"]).result;
  assert.match(
    outcome.stdout,
    /^\{.*\}\n$/,
    `no JSON on standard output; on standard error: ${outcome.stderr}`,
  );
  return { ...outcome, result: JSON.parse(outcome.stdout) };
}

/** Errors as "CLASS count". */
export function errorsOf({ errors }: BenchJson): string[] {
  return errors.map(({ class: name, count }) => `${name} ${count}`);
}

/** What else was said: a closed loop is as busy as its processor lets it, which beside other work is worth a warning. */
export function withoutBusyWarning(stderr: string): string {
  return stderr.replace(/^sluice: warning: the generator was busy .*\n/, "");
}
