#!/usr/bin/env node
import { ExitCode } from "./command.js";
import { runProgram } from "./program.js";
import { openStandardInput } from "./standard-input.js";

const { stdout, stderr, env, argv } = process;
stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A command that has somebody to say goodbye to listens itself, and ends when it has.
  if (stdout.listenerCount("error") > 1) return;
  // Whoever reads the output may have had enough: `sluice … | head`.
  if (error.code === "EPIPE") process.exit(ExitCode.OK);
  stderr.write(`sluice: cannot write the output: ${error.message}\n`);
  process.exit(ExitCode.FAILED);
});
// There is nowhere left to say so.
stderr.on("error", () => {});

let isOutputLeft = false;
const exitCode = await runProgram(argv.slice(2), {
  stdin: openStandardInput(),
  stdout,
  stderr,
  env,
  signals: process,
  leaveOutput: () => {
    isOutputLeft = true;
  },
});
// A pipe that nobody closes, or a name that is still looked up, would keep the process; what was printed is waited for, but
// not by somebody who wants to be out at once.
if (exitCode > ExitCode.SIGNAL || isOutputLeft) process.exit(exitCode);
stdout.write("", () => process.exit(exitCode));
