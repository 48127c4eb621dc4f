import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { systemClock } from "#src/host/index.js";
import { projectPath } from "../../support/paths.js";

describe("system clock", () => {
  test("never goes back", () => {
    let last = systemClock.now();
    for (let i = 0; i < 1000; i++) {
      const now = systemClock.now();
      assert.ok(now >= last);
      last = now;
    }
  });

  test("counts whole milliseconds, and fractions where they are asked for", () => {
    const before = systemClock.preciseNow();
    const now = systemClock.now();
    const after = systemClock.preciseNow();
    assert.ok(Number.isInteger(now));
    assert.ok(now > before - 1 && now <= after);
    const moments = Array.from({ length: 100 }, () => systemClock.preciseNow());
    assert.ok(moments.some((moment) => !Number.isInteger(moment)));
  });

  test("calls back once, and not before the delay is over", async () => {
    const start = systemClock.now();
    let calls = 0;
    // The clock's timer keeps no process alive, so something else has to.
    const keepAlive = setInterval(() => {}, 1000);
    await new Promise<void>((resolve) => {
      systemClock.schedule(
        20,
        (step: number) => {
          calls += step;
          resolve();
        },
        1,
      );
    });
    const passed = systemClock.now() - start;
    // A timer of twice the delay, begun now, is over after a second call would have come.
    await new Promise((resolve) => setTimeout(resolve, 40));
    clearInterval(keepAlive);
    // Node's timers count in whole milliseconds of their own, so one may seem missing.
    assert.ok(passed >= 19);
    assert.equal(calls, 1);
  });

  test("does not call back once it was cancelled, and may be cancelled twice", async () => {
    let calls = 0;
    const timer = systemClock.schedule(1, () => calls++, undefined);
    timer.close();
    timer.close();
    const keepAlive = setInterval(() => {}, 1000);
    await new Promise<void>((resolve) => void systemClock.schedule(10, resolve, undefined));
    clearInterval(keepAlive);
    assert.equal(calls, 0);
  });

  test("keeps no process alive", () => {
    const host = pathToFileURL(projectPath("dist/host/index.js")).href;
    const script = `import { systemClock } from ${JSON.stringify(host)}; systemClock.schedule(2 ** 30, () => {}, undefined);`;
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], { timeout: 60_000 });
  });
});
