// How programs over a ring end, sleep and share their turns. Each runs in a process of its own: see the fixtures.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect, type WebSocketConnection } from "sluice";
import { probe } from "sluice/uring";
import { type OutsideProcess, startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { ticksUsed, timesAsleep } from "../support/process-state.js";
import { openRaw } from "../support/raw-client.js";
import { firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { opcodes, upgradeHead, wireFrame } from "../support/wire.js";

const { uring } = probe();

function start(t: TestContext, fixture: string, ...args: string[]): OutsideProcess {
  return startProcess(t, process.execPath, [projectPath("test/fixtures", fixture), ...args]);
}

/** Without a ring, a program that wants one has to end and say why; that is then what is tested. */
function ringTest(name: string, run: (t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    if (uring.isAvailable) {
      await run(t);
      return;
    }
    const { status, stderr } = await start(t, "uring-manners.mjs", "listening").result;
    assert.equal(status, 1);
    assert.ok(stderr.includes(uring.reason ?? ""), stderr);
  });
}

describe("a program with a ring", () => {
  ringTest("and nothing open ends by itself", async (t) => {
    for (const [program, said] of [
      ["nothing", "open\n"],
      ["closed", "closed\n"],
    ]) {
      const { status, stdout, stderr } = await start(t, "uring-manners.mjs", program).result;
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: said, stderr: "" });
    }
  });

  ringTest("that listens goes on until its server is closed", async (t) => {
    const program = start(t, "uring-manners.mjs", "listening");
    const url = `ws://127.0.0.1:${await program.readLine()}`;
    for (let i = 0; i < 3; i++) {
      const ws = await connect(url, { transport: "node" });
      await ws.close();
    }
    const last = await connect(url, { transport: "node" });
    last.send("close");
    assert.equal((await last.closed).code, 1001);
    const { status, stderr } = await program.result;
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });

  ringTest("that is connected goes on until the connection is closed", async (t) => {
    const opened = firstCall<[WebSocketConnection]>();
    const { url } = await startServer(t, { open: opened.handler });
    const program = start(t, "uring-manners.mjs", "connected", url);
    const [ws] = await opened.called;
    for (const word of ["one", "two"]) {
      ws.send(word);
      assert.equal(await program.readLine(), word);
    }
    await ws.close();
    const { status, stderr } = await program.result;
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });

  ringTest("and only a connection that may be left ends by itself", async (t) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on("error", () => {}))).listen(
      0,
      "127.0.0.1",
    );
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { status, stdout, stderr } = await start(t, "uring-manners.mjs", "let go", String(port)).result;
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "connected\n", stderr: "" });
    assert.equal(sockets.length, 1);
  });

  ringTest("exits from the middle of traffic", async (t) => {
    const { status, stderr } = await start(t, "uring-manners.mjs", "exit").result;
    assert.deepEqual({ status, stderr }, { status: 7, stderr: "" });
  });

  ringTest("dies of an error that nobody catches in the middle of traffic, and says which", async (t) => {
    const { status, stderr } = await start(t, "uring-manners.mjs", "throw").result;
    assert.equal(status, 1);
    assert.match(stderr, /Error: in the middle of traffic/);
  });

  ringTest("that catches what is thrown from within the ring's callback goes on", async (t) => {
    const { status, stdout, stderr } = await start(t, "uring-manners.mjs", "throw and go on").result;
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "thrown 40\n", stderr: "" });
  });
});

/** Two rounds that ended in the same way. What Node.js opens for itself, it has opened in the first. */
function assertRounds(stdout: string, ended: unknown): void {
  const rounds: { ended: unknown; descriptors: number }[] = JSON.parse(stdout);
  const [{ descriptors }] = rounds;
  assert.deepEqual(rounds, Array(2).fill({ ended, descriptors }));
}

describe("threads with a ring each", () => {
  for (const [how, code] of [
    ["terminate", 1],
    ["exit", 3],
    ["throw", 1],
  ] as const) {
    ringTest(`end in the middle of traffic by ${how}, and leave no descriptor open`, async (t) => {
      const { status, stdout, stderr } = await start(t, "uring-workers.mjs", how).result;
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assertRounds(stdout, Array(20).fill(code));
    });
  }

  ringTest("close what the kernel has accepted for them and they were not told of", async (t) => {
    const { status, stdout, stderr } = await start(t, "uring-workers.mjs", "burst").result;
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assertRounds(stdout, 50);
  });
});

describe("a ring's server", () => {
  ringTest("sleeps while nothing happens", async (t) => {
    const program = start(t, "uring-manners.mjs", "idle");
    const url = `ws://127.0.0.1:${await program.readLine()}`;
    const all = await Promise.all(
      Array.from({ length: 10 }, () => connect(url, { transport: "node", heartbeat: false })),
    );
    for (const ws of all) {
      ws.send("hello");
      assert.equal(await nextMessage(ws), "hello");
    }
    const [asleep, ticks] = [timesAsleep(program.pid), ticksUsed(program.pid)];
    // This second is not waited for in vain: it is what is measured.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const woken = timesAsleep(program.pid) - asleep;
    assert.ok(woken <= 20, `it woke up ${woken} times`);
    const used = ticksUsed(program.pid) - ticks;
    assert.ok(used <= 10, `it worked for ${used} hundredths of a second`);
    for (const ws of all) await ws.close();
  });

  ringTest("serves others, and its timers, while one connection floods it", async (t) => {
    const program = start(t, "uring-manners.mjs", "flooded");
    const port = Number(await program.readLine());
    const flood = await openRaw(t, { port });
    flood.write(upgradeHead());
    await flood.readHead();
    const frame = wireFrame({ opcode: opcodes.binary, payload: new Uint8Array(100) });
    const frames = Buffer.concat(Array.from({ length: 1000 }, () => frame));
    const pour = (): void => {
      while (flood.socket.write(frames));
    };
    flood.socket.on("drain", pour);
    pour();
    const ws = await connect(`ws://127.0.0.1:${port}`, { transport: "node" });
    let [answers, said] = [0, { flood: 0, ticks: 0 }];
    while (answers < 200 || said.ticks < 50 || said.flood < 100_000) {
      ws.send("how are you?");
      said = JSON.parse(String(await nextMessage(ws)));
      answers++;
    }
    flood.socket.destroy();
    await ws.close();
    t.diagnostic(`${answers} answers and ${said.ticks} ticks beside ${said.flood} messages`);
  });
});
