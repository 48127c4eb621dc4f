#!/usr/bin/env node
import { runProgram } from "./program.js";

const { stdin, stdout, stderr, env, argv } = process;
// Whoever reads the output may have had enough: `sluice … | head`.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await runProgram(argv.slice(2), { stdin, stdout, stderr, env });
