// `sluice bench`: puts a server under load.

import { writeFileSync } from "node:fs";
import { type Command, type Console, ExitCode, type Invocation, UsageError } from "../command.js";
import { FlagReader } from "../flag-value.js";
import { Interrupts } from "../interrupts.js";
import { packageVersion } from "../version.js";
import { benchFlags, planOf } from "./bench-flags.js";
import { benchHelp } from "./bench-help.js";
import { BenchRun, type Watch } from "./bench-run.js";
import { htmlReport } from "./html-report.js";
import type { Generator } from "./measurement.js";
import type { BenchPlan } from "./plan.js";
import { ProgressLine } from "./progress-line.js";
import { type BenchResult, hasMeasured, resultOf } from "./result.js";
import { resultTable } from "./result-table.js";
import { ThreadCrew } from "./thread-crew.js";

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
  const flags = new FlagReader(values);
  const report = flags.text("html");
  // A path that cannot be written is better known before the run than after it.
  if (report !== undefined) writeReport(report, "", "a");
  const isWatched = console.stderr.isTTY === true || flags.isSet("progress");
  const progress = isWatched ? new ProgressLine(console.stderr) : undefined;
  const run = createGenerator(plan, progress?.watch);
  let signalled: number | undefined;
  const interrupts = new Interrupts(console.signals, (exitCode) => {
    signalled = exitCode;
    run.interrupt();
    return true;
  });
  const startedAt = new Date();
  try {
    const forced = await Promise.race([run.run(), interrupts.forced]);
    if (forced !== undefined) return forced;
  } finally {
    interrupts.stop();
    progress?.end();
  }
  const result = resultOf(plan, run, {
    startedAt,
    versions: { sluice: packageVersion(), node: process.version },
  });
  tell(result, flags.isSet("json"), console);
  if (report !== undefined) writeReport(report, htmlReport(result), "w");
  return signalled ?? exitCodeOf(result, flags.isSet("fail-on-error"));
}

function createGenerator(plan: BenchPlan, watch: Watch | undefined): Generator {
  return plan.threads > 1 ? new ThreadCrew(plan, watch) : new BenchRun(plan, { watch });
}

function exitCodeOf(result: BenchResult, isErrorFailure: boolean): number {
  const isFailure = !hasMeasured(result) || (isErrorFailure && result.errorCount > 0);
  return isFailure ? ExitCode.FAILED : ExitCode.OK;
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
    throw new UsageError(`--html ${JSON.stringify(path)} cannot be written (${code})`, { cause: error });
  }
}
