// `sluice proxy` that is told to end while it hands over.

import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, constants, existsSync, openSync, rmSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { connect } from "sluice";
import { makeFifo, noFifos } from "../support/fifo.js";
import {
  type ConfigFolder,
  expectSuccessor,
  makeConfigFolder,
  type RunningProxy,
  startProxyProgram,
} from "../support/proxy-program.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

interface Supervised extends RunningProxy {
  readonly folder: ConfigFolder;
}

/** "unix" listens on a socket in its folder. */
async function startSupervised(t: TestContext, place: "port" | "unix"): Promise<Supervised> {
  const { url: to } = await startServer(t, echo);
  const folder = makeConfigFolder(t, {});
  const listen = place === "port" ? "127.0.0.1:0" : `unix:${folder.path("proxy.sock")}`;
  folder.write({ listen, to });
  const args = ["--config", folder.file, "--pid-file", folder.path("proxy.pid")];
  const program = startProxyProgram(t, ...args);
  return { ...(await program), folder };
}

/** Opens the FIFO for writing; undefined while nobody has it open for reading. */
function openRead(fifo: string): number | undefined {
  try {
    return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENXIO");
    return undefined;
  }
}

describe("sluice proxy at SIGTERM while it hands over", { skip: noFifos }, () => {
  for (const place of ["port", "unix"] as const)
    test(`ends with its successor, and leaves no ${place === "port" ? "process" : "file of its socket"} behind`, async (t) => {
      const { program, url, folder } = await startSupervised(t, place);
      const ws = await connect(url);
      const closed = ws.closed;
      rmSync(folder.file);
      makeFifo(folder.file);
      // What holds it open for writing keeps the successor where it is, at the reading of its config.
      program.signal("SIGUSR2");
      let writer = openRead(folder.file);
      for (; writer === undefined; writer = openRead(folder.file)) await turn();
      program.signal("SIGTERM");
      assert.equal((await closed).code, 1012);
      assert.equal(await program.ended, 0);
      closeSync(writer);
      assert.equal(openRead(folder.file), undefined, "the successor has ended");
      assert.match(program.stderr, /^the hand-over is given up, and the successor has ended: /m);
      assert.doesNotMatch(program.stderr, /goes on/);
      assert.equal(existsSync(folder.path("proxy.pid")), false);
      assert.equal(existsSync(folder.path("proxy.sock")), false);
    });

  test("leaves the place to a successor that the pid file names already, and says so", async (t) => {
    const successorOf = expectSuccessor(t);
    const { program, url, folder } = await startSupervised(t, "port");
    const { port, hostname } = new URL(url);
    const silent = connectTcp(Number(port), hostname);
    t.after(() => silent.destroy());
    await once(silent, "connect");
    // It has been accepted when one that came later was answered.
    await (await connect(url)).close();
    const exited = once(program.child, "exit");
    program.signal("SIGUSR2");
    while (Number(folder.readFile("proxy.pid")) === program.child.pid) await turn();
    program.signal("SIGTERM");
    const successor = await successorOf(program);
    assert.deepEqual(await exited, [0, null]);
    assert.equal(Number(folder.readFile("proxy.pid")), successor);
    const ws = await connect(url);
    ws.send("here");
    assert.equal(await nextMessage(ws), "here");
    process.kill(successor, "SIGTERM");
    assert.equal((await ws.closed).code, 1012);
    await program.ended;
  });
});
