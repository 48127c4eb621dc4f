// `sluice proxy --access-log` where nobody reads what it writes.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { startSluice } from "../support/command-line.js";
import { FifoReader, makeFifo, noFifos } from "../support/fifo.js";
import { makeConfigFolder, type RunningProxy, startProxyProgram } from "../support/proxy-program.js";
import { ask, serve } from "./plain-request.js";

const unread = /^! the access log cannot be written, .*: nobody reads the FIFO .*access\.fifo$/m;

interface Logging extends RunningProxy {
  readonly port: number;
  readonly fifo: string;
}

async function startLogging(t: TestContext, makeReader: (fifo: string) => void): Promise<Logging> {
  const { url: to } = await serve(t, () => ({ body: "answer" }));
  const folder = makeConfigFolder(t, {});
  const fifo = folder.path("access.fifo");
  makeFifo(fifo);
  makeReader(fifo);
  const args = ["--listen", "127.0.0.1:0", "--to", to, "--access-log", fifo];
  const running = await startProxyProgram(t, ...args);
  return { ...running, port: Number(new URL(running.url).port), fifo };
}

const large = `/${"x".repeat(8000)}`;
const lost = /^! \d+ lines of the access log left out: nobody took them within 2 s$/m;

async function answers(port: number, path = "/"): Promise<void> {
  assert.equal((await ask(port, { path })).body, "answer");
}

describe("sluice proxy with an access log on a FIFO", { skip: noFifos }, () => {
  test("starts, reloads and ends while nobody reads it", async (t) => {
    const { program, port } = await startLogging(t, () => {});
    await program.complained(unread);
    await answers(port);
    program.signal("SIGHUP");
    await program.complained(/^reloaded/m);
    await answers(port);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.equal(program.stderr.match(new RegExp(unread, "gm"))?.length, 1);
  });

  test("goes on when the reader has gone, and tells a new one", async (t) => {
    let reader: FifoReader | undefined;
    const { program, port, fifo } = await startLogging(t, (path) => {
      reader = new FifoReader(path);
    });
    await answers(port, "/first");
    reader?.leave();
    await answers(port, "/lost");
    await program.complained(/^! the access log cannot be written, .*EPIPE/m);
    const retried = Date.now() + 1100;
    while (Date.now() < retried) await answers(port, "/lost");
    const second = new FifoReader(fifo);
    t.after(() => second.leave());
    const again = /^! \d+ lines of the access log left out: it could not be written, and can be again$/m;
    while (!again.test(program.stderr)) await answers(port, "/again");
    assert.match(JSON.parse(second.read().split("\n")[0]).url, /^\/(lost|again)$/);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
  });

  test("ends while somebody holds it open and reads nothing", async (t) => {
    const { program, port } = await startLogging(t, (fifo) => {
      const reader = new FifoReader(fifo);
      t.after(() => reader.leave());
    });
    for (let i = 0; i < 12; i++) await answers(port, large);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.match(program.stderr, lost);
  });
});

describe("sluice proxy with an access log on standard output", () => {
  test("says where it listens on standard error, quiet or not", async (t) => {
    const { url: to } = await serve(t, () => ({ body: "answer" }));
    const args = ["proxy", "--listen", "127.0.0.1:0", "--to", to, "--access-log", "-", "--quiet"];
    const program = startSluice(t, args);
    const [, url] = await program.complained(/^listening on (ws:.*)\n$/);
    await answers(Number(new URL(url).port));
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.deepEqual(
      program.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).status),
      [200],
    );
  });

  test("ends while nobody reads that", async (t) => {
    const { url: to } = await serve(t, () => ({ body: "answer" }));
    const args = ["--listen", "127.0.0.1:0", "--to", to, "--access-log", "-"];
    const { program, url } = await startProxyProgram(t, ...args);
    const { stdout } = program.child;
    stdout?.pause();
    // Its end is seen when its output is.
    t.after(() => stdout?.resume());
    for (let i = 0; i < 80; i++) await answers(Number(new URL(url).port), large);
    const exited = once(program.child, "exit");
    program.signal("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    assert.match(program.stderr, lost);
    stdout?.resume();
  });
});
