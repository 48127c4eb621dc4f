// The addon under AddressSanitizer and UndefinedBehaviorSanitizer: what it does to memory, and what C leaves undefined, in
// processes of their own. See the fixtures.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { probe } from "sluice/uring";
import { hasTool, type ProcessResult } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";

const { uring } = probe();

/** The compiler's library, or undefined where the test cannot be; where it has to be, that fails. */
function sanitizerLibrary(t: TestContext): string | undefined {
  if (!hasTool(t, "gcc")) return undefined;
  const { stdout } = spawnSync("gcc", ["-print-file-name=libasan.so"], { encoding: "utf8" });
  const path = stdout.trim();
  if (existsSync(path)) return path;
  const reason = "the compiler has no libasan.so";
  if (process.env.CI) throw new Error(reason);
  t.skip(reason);
  return undefined;
}

/** Runs a fixture over a watched addon. Undefined where that cannot be. */
function run(t: TestContext, fixture: string, ...args: string[]): ProcessResult | undefined {
  if (!uring.isAvailable) {
    t.skip(`without a ring there is no memory to watch over: ${uring.reason}`);
    return undefined;
  }
  const library = sanitizerLibrary(t);
  if (library === undefined) return undefined;
  const build = spawnSync(process.execPath, [projectPath("scripts/build-native.mjs"), "--sanitize"], {
    encoding: "utf8",
  });
  assert.equal(build.status, 0, build.stderr);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [projectPath("test/fixtures", fixture), ...args],
    {
      encoding: "utf8",
      env: {
        ...process.env,
        SLUICE_ADDON: projectPath("native/build/sanitized/sluice.node"),
        LD_PRELOAD: library,
        // What Node.js has not freed when it exits is not ours.
        ASAN_OPTIONS: "detect_leaks=0:detect_stack_use_after_return=1",
      },
    },
  );
  assert.doesNotMatch(stdout + stderr, /AddressSanitizer|LeakSanitizer|runtime error/);
  return { status, stdout, stderr };
}

function succeeds(t: TestContext, fixture: string, ...args: string[]): void {
  const result = run(t, fixture, ...args);
  if (result !== undefined)
    assert.deepEqual([result.status, result.stderr], [0, ""], `${fixture} ${args.join(" ")}`);
}

test("the sanitizer finds nothing in a session of messages, resets and ends", (t) => {
  succeeds(t, "uring-session.mjs");
  succeeds(t, "uring-choices.mjs");
});

test("the sanitizer finds nothing when the addon is called with whatever there is", (t) => {
  succeeds(t, "uring-arguments.mjs");
});

test("the sanitizer finds nothing when a program ends, with nothing open, or in the middle of traffic", (t) => {
  for (const program of ["nothing", "closed", "throw and go on"]) succeeds(t, "uring-manners.mjs", program);
  const exited = run(t, "uring-manners.mjs", "exit");
  if (exited !== undefined) assert.deepEqual([exited.status, exited.stderr], [7, ""]);
  const thrown = run(t, "uring-manners.mjs", "throw");
  if (thrown === undefined) return;
  assert.equal(thrown.status, 1);
  assert.match(thrown.stderr, /Error: in the middle of traffic/);
});

test("the sanitizer finds nothing when threads end in the middle of traffic", (t) => {
  for (const how of ["terminate", "exit", "throw"]) succeeds(t, "uring-workers.mjs", how, "3");
  succeeds(t, "uring-workers.mjs", "burst");
});
