// `sluice bench`: puts a server under load.

import { writeFileSync } from "node:fs";
import { describeValue } from "../../protocol/index.js";
import { type Command, type Console, ExitCode, type Invocation, UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";
import { packageVersion } from "../version.js";
import { benchFlags, planOf } from "./bench-flags.js";
import { benchHelp } from "./bench-help.js";
import { BenchRun } from "./bench-run.js";
import { htmlReport } from "./html-report.js";
import { onInterrupt } from "./interruption.js";
import type { BenchPlan } from "./plan.js";
import { ProgressLine } from "./progress-line.js";
import { type BenchResult, hasMeasured, resultOf } from "./result.js";
import { resultTable } from "./result-table.js";

export const benchCommand: Command = {
  name: "bench",
  summary: "put a server under load, and say how it did",
  help: benchHelp,
  flags: benchFlags,
  positionals: ["URL"],
  run: runBench,
};

async function runBench({ values, positionals: [url], console }: Invocation): Promise<number> {
  const plan = planOf(url, values);
  const report = new FlagReader(values).text("html");
  // A path that cannot be written is better known before the run than after it.
  if (report !== undefined) writeReport(report, "", "a");
  const isWatched = console.stderr.isTTY === true || values.progress === true;
  const result = await measure(plan, isWatched ? new ProgressLine(console.stderr) : undefined);
  tell(result, values.json === true, console);
  if (report !== undefined) writeReport(report, htmlReport(result), "w");
  if (result.isInterrupted) return ExitCode.INTERRUPTED;
  const isFailure = !hasMeasured(result) || (values["fail-on-error"] === true && result.errorCount > 0);
  return isFailure ? ExitCode.FAILED : ExitCode.OK;
}

async function measure(plan: BenchPlan, progress: ProgressLine | undefined): Promise<BenchResult> {
  const startedAt = new Date();
  const run = new BenchRun(plan, progress?.watch);
  const release = onInterrupt(() => run.interrupt());
  try {
    await run.run();
  } finally {
    release();
    progress?.end();
  }
  return resultOf(plan, run, { startedAt, versions: { sluice: packageVersion(), node: process.version } });
}

function tell(result: BenchResult, isJson: boolean, { stdout, stderr }: Console): void {
  stdout.write(isJson ? `${JSON.stringify(result)}\n` : resultTable(result));
  for (const warning of result.warnings) stderr.write(`sluice: warning: ${warning}\n`);
}

/** Throws `UsageError`. */
function writeReport(path: string, text: string, flag: "a" | "w"): void {
  try {
    writeFileSync(path, text, { flag });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--html is ${describeValue(path)}: it cannot be written (${code})`, {
      cause: error,
    });
  }
}
