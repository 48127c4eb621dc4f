import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { handOver, inheritedListeners, type ProxyError } from "#src/proxy/index.js";

function failure(attempt: Promise<unknown>): Promise<ProxyError> {
  return attempt.then(
    () => assert.fail("nothing failed"),
    (error) => error,
  );
}

const run = (script: string, timeoutMs = 20_000) => handOver(process.execPath, ["-e", script], [], timeoutMs);

describe("a hand-over", () => {
  test("is over when the successor is ready, which it says on a descriptor that it finds named", async () => {
    const script = `
      const { listeners, readyFd } = JSON.parse(process.env.SLUICE_LISTEN_FDS);
      if (listeners.length === 0) require("node:fs").writeSync(readyFd, "ready");
    `;
    const { pid } = await run(script);
    assert.ok(pid > 0);
  });

  test("fails when the program cannot be started", async () => {
    const error = await failure(handOver("/nowhere/at/all", [], [], 20_000));
    assert.equal(error.code, "HAND_OVER_FAILED");
    assert.match(error.message, /^the successor \/nowhere\/at\/all did not take over: .*ENOENT/);
  });

  test("fails when there is no such descriptor", async () => {
    const error = await failure(
      handOver(process.execPath, ["-e", ""], [{ fd: 100_000, name: "127.0.0.1:1" }], 20_000),
    );
    assert.equal(error.code, "HAND_OVER_FAILED");
  });

  test("fails when the program ends before it is ready, however it ends", async () => {
    assert.match((await failure(run("process.exitCode = 7"))).message, /before it was ready, with status 7$/);
    const killed = await failure(run("process.kill(process.pid, 'SIGKILL')"));
    assert.match(killed.message, /before it was ready, with SIGKILL$/);
  });

  test("fails when the program takes too long, which is ended then", async () => {
    const error = await failure(run("setInterval(() => {}, 1000)", 50));
    assert.match(error.message, /it was not ready within 50 ms \(readyTimeoutMs\)$/);
  });
});

describe("a hand-over that is given up", () => {
  test("fails when the program has ended, which is asked to end first", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-hand-over-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [here, asked] = [join(folder, "here"), join(folder, "asked")];
    const script = `
      const { writeFileSync } = require("node:fs");
      process.on("SIGTERM", () => {
        writeFileSync(${JSON.stringify(asked)}, "");
        process.exit(0);
      });
      setInterval(() => {}, 1000);
      writeFileSync(${JSON.stringify(here)}, "");
    `;
    const giveUp = new AbortController();
    const attempt = failure(handOver(process.execPath, ["-e", script], [], 20_000, giveUp.signal));
    while (!existsSync(here)) await turn();
    giveUp.abort(new Error("it is too late for that"));
    const error = await attempt;
    assert.equal(error.code, "HAND_OVER_FAILED");
    assert.match(error.message, /did not take over: it is too late for that$/);
    assert.ok(existsSync(asked));
  });

  test("before it began starts no program", async () => {
    const signal = AbortSignal.abort(new Error("never mind"));
    const error = await failure(handOver("/nowhere/at/all", [], [], 20_000, signal));
    assert.match(error.message, /did not take over: never mind$/);
  });
});

describe("what a process has been handed", () => {
  test("is nothing when it was started otherwise", () => {
    assert.equal(inheritedListeners({}), undefined);
  });

  test("is what the variable names, which it takes out of the environment", () => {
    const listeners = [{ fd: 3, name: "127.0.0.1:80" }];
    const env = { SLUICE_LISTEN_FDS: JSON.stringify({ listeners, readyFd: 4 }) };
    assert.deepEqual(inheritedListeners(env)?.listeners, listeners);
    assert.deepEqual(env, {});
  });

  test("is refused where nobody handed it over", () => {
    for (const text of [
      "",
      "3",
      "null",
      "{}",
      '{"listeners":[],"readyFd":"3"}',
      '{"listeners":[],"readyFd":1}',
      '{"listeners":[{"fd":2,"name":""}],"readyFd":4}',
      '{"listeners":[null],"readyFd":4}',
    ])
      assert.throws(() => inheritedListeners({ SLUICE_LISTEN_FDS: text }), {
        code: "HAND_OVER_FAILED",
        message: /^SLUICE_LISTEN_FDS is not what handOver makes of it/,
      });
  });
});
