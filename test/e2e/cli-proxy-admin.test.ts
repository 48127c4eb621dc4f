// The admin port of `sluice proxy`, from before the first connection until after the last.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect } from "sluice";
import type { ConnectionList } from "#src/proxy/admin/connection-list.js";
import { runSluice } from "../support/command-line.js";
import { expectSuccessor, makeConfigFolder, startProxyProgram } from "../support/proxy-program.js";
import { echo, startServer } from "../support/sluice-server.js";

const listen = "127.0.0.1:0";

async function statusOf(admin: string, path: string): Promise<number> {
  const answer = await fetch(admin + path, { headers: { Connection: "close" } });
  await answer.text();
  return answer.status;
}

async function connectionsOf(admin: string): Promise<number> {
  const answer = await fetch(`${admin}api/connections`, { headers: { Connection: "close" } });
  return ((await answer.json()) as ConnectionList).open;
}

/** A port that is taken. */
async function takePort(t: TestContext): Promise<number> {
  const holder = createTcpServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await once(holder, "listening");
  return (holder.address() as { port: number }).port;
}

/** A port that was free just now. */
async function freePort(): Promise<number> {
  const holder = createTcpServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as { port: number };
  holder.close();
  await once(holder, "close");
  return port;
}

describe("the admin port of sluice proxy", () => {
  test("answers until the drain is over, and says that nothing more is accepted", async (t) => {
    const { url: to } = await startServer(t, echo);
    const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", to, "--admin", "0");
    const [, admin] = await program.complained(/^admin port on (http:\S+)$/m);
    assert.deepEqual([await statusOf(admin, "healthz"), await statusOf(admin, "readyz")], [200, 200]);
    const stubborn = await connect(url);
    stubborn.pause();
    await program.complained(/^#1 \+/m);
    program.signal("SIGTERM");
    await program.complained(/^closing 1 connection/m);
    assert.deepEqual([await statusOf(admin, "healthz"), await statusOf(admin, "readyz")], [200, 503]);
    assert.equal(await statusOf(admin, "metrics"), 200);
    assert.equal(await connectionsOf(admin), 1);
    stubborn.terminate();
    assert.equal(await program.ended, 0);
    await assert.rejects(statusOf(admin, "healthz"));
  });

  test("is there before anything is announced, or nothing is", async (t) => {
    const port = await takePort(t);
    const args = ["proxy", "--listen", listen, "--to", "ws://127.0.0.1:1", "--admin", String(port)];
    const { exitCode, stdout, stderr } = await runSluice(t, args);
    assert.equal(exitCode, 1);
    assert.equal(stdout, "");
    const place = `127.0.0.1:${port}, the admin port`;
    assert.equal(
      stderr,
      `sluice: cannot start: cannot listen on ${place}: something else listens there (EADDRINUSE); end that, or take another port\n`,
    );
  });

  test("goes over to the new process without a gap, and the old one can be asked elsewhere until it ends", async (t) => {
    const successorOf = expectSuccessor(t);
    const { url: to } = await startServer(t, echo);
    const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", to, "--admin", "0");
    const [, admin] = await program.complained(/^admin port on (http:\S+)$/m);
    const ended = once(program.child, "exit");
    const old = await connect(url);
    let isOver = false;
    const watched = (async () => {
      const statuses = new Set<number>();
      while (!isOver) statuses.add(await statusOf(admin, "healthz"));
      return statuses;
    })();
    program.signal("SIGUSR2");
    const successor = await successorOf(program);
    const [, own] = await program.complained(/^until it ends, its admin port is on (http:\S+)$/m);
    isOver = true;
    assert.deepEqual([...(await watched)], [200]);
    const fresh = [await connect(url), await connect(url)];
    assert.deepEqual([await connectionsOf(admin), await connectionsOf(own)], [2, 1]);
    assert.deepEqual([await statusOf(admin, "readyz"), await statusOf(own, "readyz")], [200, 503]);
    await old.close();
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual([await statusOf(admin, "healthz"), await connectionsOf(admin)], [200, 2]);
    process.kill(successor, "SIGTERM");
    for (const ws of fresh) assert.equal((await ws.closed).code, 1012);
    await program.ended;
  });

  test("and a listener change places with the new process, which takes their sockets for the other", async (t) => {
    const successorOf = expectSuccessor(t);
    const { url: to } = await startServer(t, echo);
    const [one, other] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const folder = makeConfigFolder(t, { listen: one, to, admin: other });
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const ended = once(program.child, "exit");
    folder.write({ listen: other, to, admin: one });
    program.signal("SIGUSR2");
    const successor = await successorOf(program);
    assert.deepEqual(await ended, [0, null]);
    await (await connect(`ws://${other}`)).close();
    assert.equal(await statusOf(`http://${one}/`, "readyz"), 200);
    process.kill(successor, "SIGTERM");
    await program.ended;
  });

  test("stays where it is when the new process does not take over", async (t) => {
    const { url: to } = await startServer(t, echo);
    const folder = makeConfigFolder(t, { listen, to, admin: 0 });
    const { program } = await startProxyProgram(t, "--config", folder.file);
    const [, admin] = await program.complained(/^admin port on (http:\S+)$/m);
    folder.write({ listen, to: 1 });
    program.signal("SIGUSR2");
    await program.complained(/^! .*did not take over: .*; this process goes on$/m);
    assert.equal(await statusOf(admin, "readyz"), 200);
  });
});
