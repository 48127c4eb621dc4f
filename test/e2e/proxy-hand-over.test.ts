import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect } from "sluice";
import { probe } from "sluice/uring";
import { hasTool, type OutsideProcess, startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { RawPeer } from "../support/raw-client.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

interface Running {
  readonly program: OutsideProcess;
  readonly port: number;
}

async function startProxy(t: TestContext, transport: string): Promise<Running> {
  const { url } = await startServer(t, { ...echo, request: () => ({ body: "answer" }) });
  const path = projectPath("build/test/e2e/handed-over-proxy.js");
  const program = startProcess(t, process.execPath, [path, url, transport]);
  return { program, port: Number(await program.readLine()) };
}

async function successorOf(t: TestContext, program: OutsideProcess): Promise<number> {
  const line = await program.readLine();
  assert.match(line, /^\d+$/);
  t.after(() => end(Number(line)));
  return Number(line);
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended.
  }
}

/** The successor has the program's standard output too: that it is over is seen when both are. */
async function hasEnded(program: OutsideProcess, successor: number): Promise<void> {
  end(successor);
  assert.equal((await program.result).status, 0);
}

/** A new connection with a plain request, or with an upgrade; which process answered. */
async function ask(t: TestContext, port: number, isUpgrade: boolean): Promise<number> {
  const socket = connectTcp(port, "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  const peer = new RawPeer(socket);
  if (isUpgrade) {
    const { headers } = await peer.upgrade();
    peer.sendFrame({ opcode: 1, payload: "hello" });
    assert.equal((await peer.readFrame()).payload.toString(), "hello");
    socket.destroy();
    return Number(headers.get("x-process"));
  }
  peer.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const { status, headers, body } = await peer.readResponse();
  assert.deepEqual([status, body], [200, "answer"]);
  return Number(headers.get("x-process"));
}

/** Clients that come all the time, until `isOver`; which processes answered. Fails with the first that is refused, cut or not
 * answered. */
async function crowd(t: TestContext, port: number, isOver: () => boolean): Promise<ReadonlySet<number>> {
  const answeredBy = new Set<number>();
  const come = async (isUpgrade: boolean): Promise<void> => {
    while (!isOver()) answeredBy.add(await ask(t, port, isUpgrade));
  };
  await Promise.all([come(false), come(true), come(false), come(true)]);
  return answeredBy;
}

/** How many connections the kernel queues there, as `ss` says: the third column of a socket that listens. */
function backlogOf(port: number): number {
  const { stdout } = spawnSync("ss", ["-ltnH", `sport = :${port}`], { encoding: "utf8" });
  return Number(stdout.trim().split(/\s+/)[2]);
}

const transports = probe().uring.isAvailable ? ["node", "uring"] : ["node"];

for (const transport of transports) {
  describe(`a proxy over ${transport} that hands its listening socket over`, () => {
    test("loses no connection of those that come all the time, nor one that is open", async (t) => {
      const { program, port } = await startProxy(t, transport);
      const open = await connect(`ws://127.0.0.1:${port}`);
      t.after(() => open.terminate());
      const first = await ask(t, port, false);
      assert.equal(first, program.pid);
      let isOver = false;
      const coming = crowd(t, port, () => isOver);
      program.writeLine("hand over");
      const successor = await successorOf(t, program);
      for (let i = 0; i < 20; i++) assert.equal(await ask(t, port, i % 2 === 0), successor);
      isOver = true;
      for (const pid of await coming) assert.ok(pid === program.pid || pid === successor);
      open.send("still here");
      assert.equal(await nextMessage(open), "still here");
      program.writeLine("close");
      const { code } = await open.closed;
      assert.ok(code === 1001 || code === 1012, String(code));
      assert.equal(await ask(t, port, true), successor);
      await hasEnded(program, successor);
    });

    test("serves those that have connected and not asked yet", async (t) => {
      const { program, port } = await startProxy(t, transport);
      const socket = connectTcp(port, "127.0.0.1");
      t.after(() => socket.destroy());
      await once(socket, "connect");
      // It has been accepted when one that came later was answered.
      await ask(t, port, false);
      program.writeLine("hand over");
      const peer = new RawPeer(socket);
      while ((await ask(t, port, false)) === program.pid);
      peer.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      assert.equal((await peer.readResponse()).headers.get("x-process"), String(program.pid));
      const successor = await successorOf(t, program);
      program.writeLine("close");
      await hasEnded(program, successor);
    });

    test("leaves the queue of the kernel as long as it was", async (t) => {
      if (!hasTool(t, "ss", ["-V"])) return;
      const { program, port } = await startProxy(t, transport);
      const before = backlogOf(port);
      assert.ok(before > 0);
      program.writeLine("hand over");
      const successor = await successorOf(t, program);
      assert.equal(backlogOf(port), before);
      program.writeLine("close");
      await hasEnded(program, successor);
    });

    test("goes on when the successor ends before it is ready", async (t) => {
      const { program, port } = await startProxy(t, transport);
      program.writeLine("process.exit(3)");
      assert.match(
        await program.readLine(),
        /did not take over: it ended before it was ready, with status 3$/,
      );
      assert.equal(await ask(t, port, false), program.pid);
      program.writeLine("hand over");
      const successor = await successorOf(t, program);
      assert.equal(await ask(t, port, true), successor);
      program.writeLine("close");
      await hasEnded(program, successor);
    });
  });
}
