import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { probe } from "sluice/uring";
import { projectPath } from "../../support/paths.js";

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the test command on one small file, without what this run has in its environment. */
function runTests(environment: Record<string, string>, ...args: string[]): Outcome {
  const { SLUICE_TRANSPORT: _transport, SLUICE_ADDON: _addon, CI: _ci, ...env } = process.env;
  return spawnSync(
    process.execPath,
    [projectPath("scripts/test.mjs"), ...args, "unit/server/listen-target"],
    { encoding: "utf8", env: { ...env, ...environment } },
  );
}

const withoutAddon = { SLUICE_ADDON: projectPath("native/build/nothing.node") };

describe("the test command", () => {
  test("says what carries the connections: Node's sockets unless it is told otherwise", () => {
    const runs = [runTests({}), runTests({ SLUICE_TRANSPORT: "uring" }, "--transport", "node")];
    for (const { status, stdout, stderr } of runs) {
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.match(stdout, /^test: connections are carried by node\n/);
      assert.match(stdout, /✔ a path is a unix socket/);
    }
  });

  test("carries them by io_uring where there is one, and is skipped in one line where there is none", () => {
    const { uring } = probe();
    const runs = [runTests({}, "--transport", "uring"), runTests({ SLUICE_TRANSPORT: "uring" })];
    for (const { status, stdout, stderr } of runs) {
      assert.equal(status, 0);
      if (uring.isAvailable) assert.match(stdout, /^test: connections are carried by uring\n/);
      else assert.ok(stderr.includes(uring.reason ?? ""), stderr);
    }
    const { status, stdout, stderr } = runTests(withoutAddon, "--transport", "uring");
    assert.deepEqual({ status, stdout }, { status: 0, stdout: "" });
    assert.match(stderr, /^test: skipped with io_uring, which cannot be had here: .+\n$/);
  });

  test("fails in CI where it would be skipped", () => {
    const { status, stderr } = runTests({ ...withoutAddon, CI: "true" }, "--transport", "uring");
    assert.equal(status, 1);
    assert.match(stderr, /^test: skipped with io_uring/);
  });

  test("leaves the guest's tests of kernel TLS out, and runs them alone in the guest", () => {
    const { SLUICE_TRANSPORT: _transport, CI: _ci, ...env } = process.env;
    for (const [guest, filter] of [
      ["", "test/ktls/guest"],
      ["1", "unit/server/listen-target"],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [projectPath("scripts/test.mjs"), filter], {
        encoding: "utf8",
        env: { ...env, SLUICE_KTLS_GUEST: guest },
      });
      assert.equal(status, 1);
      assert.equal(stderr, `test: no compiled test file matches ${filter}\n`);
    }
  });

  test("refuses a transport that there is none of", () => {
    for (const [environment, args, shown] of [
      [{}, ["--transport", "pigeon"], '"pigeon"'],
      [{ SLUICE_TRANSPORT: "auto" }, [], '"auto"'],
    ] as const) {
      const { status, stdout, stderr } = runTests(environment, ...args);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
      assert.equal(stderr, `test: the transport is node or uring, not ${shown}\n`);
    }
  });
});
