// `sluice proxy --pid-file`: which process is the proxy, for whoever supervises it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { connect } from "sluice";
import { runSluice, startSluice } from "../support/command-line.js";
import {
  type ConfigFolder,
  expectSuccessor,
  makeConfigFolder,
  type RunningProxy,
  startProxyProgram,
} from "../support/proxy-program.js";
import { echo, startServer } from "../support/sluice-server.js";

const listen = "127.0.0.1:0";
const name = "proxy.pid";

interface Supervised extends RunningProxy {
  readonly folder: ConfigFolder;
  /** What the file says. */
  pid(): number;
}

async function startSupervised(t: TestContext): Promise<Supervised> {
  const { url: to } = await startServer(t, echo);
  const folder = makeConfigFolder(t, { listen, to });
  const args = ["--config", folder.file, "--pid-file", folder.path(name)];
  return {
    ...(await startProxyProgram(t, ...args)),
    folder,
    pid: () => Number(folder.readFile(name)),
  };
}

describe("sluice proxy --pid-file", () => {
  for (const [how, signals, status] of [
    ["drained", ["SIGTERM"], 0],
    ["cut", ["SIGTERM", "SIGTERM"], 143],
  ] as const) {
    test(`names the process while it listens, and is gone once it is ${how}`, async (t) => {
      const { program, url, folder, pid } = await startSupervised(t);
      assert.equal(pid(), program.child.pid);
      assert.deepEqual(readdirSync(dirname(folder.file)).sort(), ["proxy.json", name]);
      const ws = await connect(url);
      if (how === "cut") ws.pause();
      for (const signal of signals) {
        program.signal(signal);
        await program.complained(/^closing/m);
      }
      assert.equal(await program.ended, status);
      assert.equal(existsSync(folder.path(name)), false);
      ws.terminate();
    });
  }

  test("names whoever takes over, before the old process ends, and whose file it is then", async (t) => {
    const successorOf = expectSuccessor(t);
    const { program, url, folder, pid } = await startSupervised(t);
    const ended = once(program.child, "exit");
    const old = await connect(url);
    program.signal("SIGUSR2");
    const successor = await successorOf(program);
    assert.equal(pid(), successor);
    await old.close();
    assert.deepEqual(await ended, [0, null]);
    assert.equal(pid(), successor);
    process.kill(successor, "SIGTERM");
    await program.ended;
    assert.equal(existsSync(folder.path(name)), false);
  });

  test("goes on to name a process whose successor did not take over", async (t) => {
    const { program, folder, pid } = await startSupervised(t);
    folder.write({ listen, to: 1 });
    program.signal("SIGUSR2");
    await program.complained(/this process goes on$/m);
    assert.equal(pid(), program.child.pid);
  });

  test("leaves a file that names another process", async (t) => {
    const { program, folder } = await startSupervised(t);
    folder.writeFile(name, "1\n");
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.equal(folder.readFile(name), "1\n");
  });

  test("is not taken from a process that runs, and stays when the second one has ended", async (t) => {
    const { program, folder, pid } = await startSupervised(t);
    const file = folder.path(name);
    const args = ["proxy", "--listen", listen, "--to", "ws://127.0.0.1:1", "--pid-file", file];
    const { exitCode, stdout, stderr } = await runSluice(t, args);
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.equal(
      stderr,
      `sluice: cannot start: the pid file ${file} names process ${program.child.pid}, which runs: end that first, or take another file; if it is no proxy, remove the file\n`,
    );
    assert.equal(pid(), program.child.pid);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.equal(existsSync(file), false);
  });

  for (const [what, text] of [
    ["names a process that has ended", () => `${spawnSync(process.execPath, ["-e", ""]).pid}\n`],
    ["names no process", () => "0\n"],
    ["is empty", () => ""],
  ] as const)
    test(`is taken where it ${what}`, async (t) => {
      const { url: to } = await startServer(t, echo);
      const folder = makeConfigFolder(t, { listen, to });
      folder.writeFile(name, text());
      const flags = ["--config", folder.file, "--pid-file", folder.path(name)];
      const { program } = await startProxyProgram(t, ...flags);
      assert.equal(Number(folder.readFile(name)), program.child.pid);
    });

  test("that cannot be written is a reason not to start", async (t) => {
    const folder = makeConfigFolder(t, { listen, to: "ws://127.0.0.1:1" });
    const args = ["proxy", "--config", folder.file, "--pid-file", folder.path("no/such/file")];
    const { exitCode, stdout, stderr } = await runSluice(t, args);
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(stderr, /^sluice: cannot start: the pid file .*ENOENT.*\n$/);
  });
});

describe("sluice proxy --quiet", () => {
  test("says which process takes over all the same", async (t) => {
    const successorOf = expectSuccessor(t);
    const { url: to } = await startServer(t, echo);
    const program = startSluice(t, ["proxy", "--listen", listen, "--to", to, "--quiet"]);
    await program.printed(/^ws:/m);
    program.signal("SIGUSR2");
    process.kill(await successorOf(program), "SIGTERM");
    assert.equal(await program.ended, 0);
    assert.match(program.stderr, /^process \d+ goes on here; this one ends now\n$/);
  });
});
