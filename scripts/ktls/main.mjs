// node scripts/ktls/main.mjs [--help] [--deadline SECONDS] [part of a test file's path]...
//
// Runs the compiled tests of build/test/ktls in an emulated machine with a kernel of Debian that has the module `tls`.
// See README.md beside it for how; verdict.mjs says what counts as a success and lists the exit codes.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { provideImages } from "./images.mjs";
import { runMachine } from "./machine.mjs";
import { Missing, providePackages } from "./packages.mjs";
import { exitCodes, judge } from "./verdict.mjs";
import { readWishes, usage } from "./wishes.mjs";

const project = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

// SLUICE_KTLS_GUEST=1 tells the tests that kernel TLS has to be there; CI=true lets the run fail for one that is skipped.
const variables = {
  SLUICE_KTLS_GUEST: "1",
  CI: "true",
  HOME: "/tmp",
  TMPDIR: "/tmp",
  NO_COLOR: "1",
  TERM: "dumb",
  LANG: "C.UTF-8",
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};

/** The compiled tests of the guest, as paths within the project. */
function guestTests() {
  const folder = join(project, "build/test/ktls");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => `build/test/ktls/${name}`);
}

function elapsed(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** What the machine boots; undefined when it cannot be had, and then it is said why. */
function provide() {
  try {
    providePackages();
    return provideImages();
  } catch (error) {
    // A folder that cannot be written to is as much a matter of this machine as a package that is not there.
    if (!(error instanceof Missing) && error.syscall === undefined) throw error;
    console.error(`test:ktls: ${error.message}`);
    return undefined;
  }
}

async function main() {
  const wishes = readWishes(process.argv.slice(2), process.env, guestTests());
  if (wishes.isHelpWanted) {
    console.log(usage);
    return exitCodes.passed;
  }
  if (wishes.complaint !== undefined) {
    console.error(`test:ktls: ${wishes.complaint}`);
    return exitCodes.usage;
  }
  const begun = performance.now();
  const images = provide();
  if (images === undefined) return exitCodes.missing;
  console.log(`test:ktls: booting the guest; its parts took ${elapsed(begun)}`);
  const booted = performance.now();
  const command = [process.execPath, "scripts/test.mjs", ...wishes.filters];
  const job = {
    project,
    command,
    variables: { ...variables, SLUICE_KTLS_CONNECTIONS: String(wishes.connections) },
  };
  const { ending, text } = await runMachine(images, job, wishes.deadlineSeconds);
  const { exitCode, sentence } = judge(ending, text);
  const say = exitCode === exitCodes.passed ? console.log : console.error;
  say(`test:ktls: ${sentence} (${elapsed(booted)} in the guest)`);
  return exitCode;
}

process.exitCode = await main();
