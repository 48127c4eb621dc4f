import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { projectPath } from "../../support/paths.js";

interface Ending {
  readonly code?: number | null;
  readonly signal?: string | null;
  readonly isLate?: boolean;
  readonly deadlineSeconds?: number;
  readonly error?: string;
}

interface VerdictModule {
  judge(ending: Ending, text: string): { exitCode: number; sentence: string };
}

const { judge }: VerdictModule = await import(projectPath("scripts/ktls/verdict.mjs"));

const passed = { code: 85 };
const failed = { code: 87 };

/** The end of what the runner prints, with some of its counts changed. */
function summary(changes: Record<string, number> = {}): string {
  const counts = { tests: 3, suites: 1, pass: 3, fail: 0, cancelled: 0, skipped: 0, todo: 0, ...changes };
  const lines = Object.entries(counts).map(([name, count]) => `ℹ ${name} ${count}`);
  return [
    "✔ the guest (1425.6ms)",
    ...lines,
    "ℹ duration_ms 7739.5",
    "guest: the tests ended with 0",
    "",
  ].join("\n");
}

function assertVerdict(ending: Ending, text: string, exitCode: number, sentence: string): void {
  assert.deepEqual(judge(ending, text), { exitCode, sentence });
}

describe("the verdict on a run in the guest", () => {
  test("is a success only for the one exit code, with a count in which every test passed", () => {
    assertVerdict(passed, summary(), 0, "all 3 tests passed");
    for (const code of [0, 1, 3, 42, 43, 86, 87, 89, 124, 137]) {
      assert.notEqual(judge({ code }, summary()).exitCode, 0, String(code));
    }
  });

  test("reads a count through a terminal's colors and line ends", () => {
    const colored = summary().replaceAll(/^(ℹ .*)$/gm, "\u001b[34m$1\u001b[39m");
    assertVerdict(passed, colored.replaceAll("\n", "\r\n"), 0, "all 3 tests passed");
  });

  test("goes by the last count, which is the runner's own", () => {
    const text = summary() + summary({ pass: 2, fail: 1 });
    assert.equal(judge(passed, text).exitCode, 1);
    assert.equal(judge(passed, summary() + summary().replace("ℹ fail 0\n", "")).exitCode, 1);
    assertVerdict(passed, summary({ tests: 9 }) + summary(), 0, "all 3 tests passed");
  });

  test("is a failure with the count when a test failed, was cancelled, skipped or left to do", () => {
    for (const [name, sentence] of [
      ["fail", "of 3 tests 2 passed, 1 failed, 0 were cancelled, 0 skipped, 0 left to do"],
      ["cancelled", "of 3 tests 2 passed, 0 failed, 1 were cancelled, 0 skipped, 0 left to do"],
      ["skipped", "of 3 tests 2 passed, 0 failed, 0 were cancelled, 1 skipped, 0 left to do"],
      ["todo", "of 3 tests 2 passed, 0 failed, 0 were cancelled, 0 skipped, 1 left to do"],
    ] as const) {
      for (const ending of [passed, failed]) {
        assertVerdict(ending, summary({ pass: 2, [name]: 1 }), 1, sentence);
      }
    }
  });

  test("is a failure when the counts do not add up", () => {
    assert.equal(judge(passed, summary({ pass: 2 })).exitCode, 1);
  });

  test("is a failure when no test ran", () => {
    assertVerdict(passed, summary({ tests: 0, pass: 0 }), 1, "no test ran");
  });

  test("is a failure when the runner's count is not there or not whole", () => {
    const sentence = "the tests ended without the runner's count";
    assertVerdict(passed, "guest: the tests ended with 0\n", 1, sentence);
    assertVerdict(passed, summary().replace("ℹ fail 0\n", ""), 1, sentence);
    assertVerdict(passed, summary().replace("ℹ fail 0", "[    9.1] clocksource: ℹ fail 0"), 1, sentence);
    assertVerdict(failed, "test: no compiled test file matches nothing\n", 1, sentence);
  });

  test("is a failure when every test passed and the runner failed all the same", () => {
    const sentence =
      "of 3 tests 3 passed, 0 failed, 0 were cancelled, 0 skipped, 0 left to do, and yet the runner failed";
    assertVerdict(failed, summary(), 1, sentence);
  });

  test("quotes a panic of the kernel, whatever else there is", () => {
    const text = `${summary()}[    2.1] Kernel panic - not syncing: Attempted to kill init!\r\nmore\r\n`;
    const sentence = "the guest's kernel gave up: Kernel panic - not syncing: Attempted to kill init!";
    for (const ending of [passed, { code: 0 }, { code: null, signal: "SIGKILL", isLate: true }]) {
      assertVerdict(ending, text, 4, sentence);
    }
  });

  test("is a failure when the guest powers off without a verdict", () => {
    assertVerdict({ code: 0 }, summary(), 4, "the guest ended without saying how the tests went");
  });

  test("repeats why the guest could not begin", () => {
    const text = "guest: Linux 6.1 is up\nguest: error: the kernel module tls cannot be loaded\n";
    assertVerdict({ code: 89 }, text, 4, "the guest could not begin: the kernel module tls cannot be loaded");
    assertVerdict({ code: 89 }, "", 4, "the guest could not begin: it did not say why");
  });

  test("says when the time was over, also if every test had passed by then", () => {
    const late = { code: null, signal: "SIGKILL", isLate: true, deadlineSeconds: 600 };
    assertVerdict(late, summary(), 5, "the guest was not done after 600 s, and qemu was killed");
  });

  test("says how qemu failed: not there, used wrongly, ended from outside", () => {
    assertVerdict({ error: "spawn ENOENT" }, "", 4, "qemu could not be started: spawn ENOENT");
    assertVerdict({ code: 1 }, "qemu-system-x86_64: -x: invalid option\n", 4, "qemu failed with exit code 1");
    assertVerdict({ code: null, signal: "SIGTERM" }, summary(), 4, "qemu was ended by SIGTERM");
  });
});
