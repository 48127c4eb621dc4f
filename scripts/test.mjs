// node scripts/test.mjs [--transport node|uring] [part of a file's path]...
//
// Runs the compiled tests of build/test with Node's own runner, the binary that runs this script. Each argument
// selects the files whose path contains it; without one, every file runs. With CI=true a test that was skipped
// or is still to do fails the run, because there nobody reads the reason. The files of build/test/ktls are for the guest
// of `npm run test:ktls` and no others; elsewhere they are not run, whatever is selected.
//
// A transport is what carries every client and server that does not ask for one itself: Node's sockets, unless it
// or SLUICE_TRANSPORT says otherwise. Where io_uring cannot be had the whole run is skipped, with one line that says
// why, and so fails with CI=true.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// Newer runners do not apply the timeout of a test to a file that left a handle open. Asked to stop, they name it.
const runTimeoutMs = 1_200_000;

const root = fileURLToPath(new URL("..", import.meta.url));
const compiled = join(root, "build/test");
const transports = ["node", "uring"];
// The tests of kernel TLS belong to the guest that `npm run test:ktls` boots, where they may not be skipped: it sets
// SLUICE_KTLS_GUEST=1 and runs them alone. Every other run leaves them out.
const guestTests = "build/test/ktls/";
const isGuest = process.env.SLUICE_KTLS_GUEST === "1";
// Two files at a time keep two processors busy; more only makes each of them slower and timings noisier. In the guest, what
// the kernel counts has to be the doing of one.
const concurrency = isGuest ? 1 : 2;
// No test needs minutes, but for an emulated machine. A test that hangs must end the run, not the patience of whoever waits
// for it.
const testTimeoutMs = isGuest ? 900_000 : 300_000;

function testFiles(filters) {
  if (!existsSync(compiled)) return [];
  return readdirSync(compiled, { recursive: true })
    .filter((path) => path.endsWith(".test.js"))
    .map((path) => relative(root, join(compiled, path)).replaceAll("\\", "/"))
    .filter((path) => path.startsWith(guestTests) === isGuest)
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
    .sort();
}

/** Splits what was given into the transport and the parts of paths. */
function readArguments(given) {
  const at = given.indexOf("--transport");
  if (at < 0) return { transport: process.env.SLUICE_TRANSPORT || "node", filters: given };
  return { transport: given[at + 1] ?? "", filters: given.toSpliced(at, 2) };
}

/** Why the transport cannot carry the tests; undefined when it can. */
async function missingTransport(transport) {
  if (transport !== "uring") return undefined;
  const { probe } = await import(pathToFileURL(join(root, "dist/uring.js")).href);
  return probe().uring.reason;
}

function runTests(files, listing) {
  const options = [
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${testTimeoutMs}`,
    `--test-reporter=${pathToFileURL(join(root, "scripts/test-listing.mjs")).href}`,
    `--test-reporter-destination=${listing}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
  ];
  // A runner started by a test of another runner would otherwise report to it instead of to the terminal.
  const { NODE_TEST_CONTEXT: _outerRunner, ...env } = process.env;
  const result = spawnSync(process.execPath, [...options, ...files], {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "inherit"],
    timeout: runTimeoutMs,
    killSignal: "SIGTERM",
  });
  if (result.error?.code === "ETIMEDOUT") {
    console.error(
      `\ntest: stopped after ${runTimeoutMs / 60_000} minutes; a file that was cancelled left something open`,
    );
    return 1;
  }
  if (result.error) throw result.error;
  return result.status ?? 1;
}

function readListing(listing) {
  const lines = readFileSync(listing, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}

function describeUnfinished({ kind, name, file, reason }) {
  const place = file === "" ? "" : ` (${relative(root, file)})`;
  return `  ${kind}: ${name}${place}${reason === "" ? "" : `: ${reason}`}`;
}

async function main() {
  const { transport, filters } = readArguments(process.argv.slice(2));
  if (!transports.includes(transport)) {
    console.error(`test: the transport is ${transports.join(" or ")}, not ${JSON.stringify(transport)}`);
    return 2;
  }
  const missing = await missingTransport(transport);
  if (missing !== undefined) {
    console.error(`test: skipped with io_uring, which cannot be had here: ${missing}`);
    return process.env.CI === "true" ? 1 : 0;
  }
  process.env.SLUICE_TRANSPORT = transport;
  console.log(`test: connections are carried by ${isGuest ? "what each test asks for" : transport}`);
  const files = testFiles(filters);
  if (files.length === 0) {
    console.error(`test: no compiled test file matches ${filters.join(", ") || "build/test/**/*.test.js"}`);
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  try {
    const listing = join(folder, "unfinished.jsonl");
    const status = runTests(files, listing);
    const unfinished = readListing(listing);
    if (process.env.CI !== "true" || unfinished.length === 0) return status;
    console.error(`\ntest: CI=true allows no unfinished test, and there are ${unfinished.length}:`);
    for (const test of unfinished) console.error(describeUnfinished(test));
    return status === 0 ? 1 : status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
