import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { connect, createServer, type ServerOptions, type WebSocketServer } from "sluice";
import { probe } from "sluice/uring";
import { startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { nextMessage } from "../support/sluice-server.js";

const [major, minor] = process.versions.node.split(".").map(Number);
/** Whether this Node's sockets can share a port on Linux. */
const isNodeSharing = major >= 24 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
const { uring } = probe();

const refusal = {
  name: "TransportError",
  code: "UNSUPPORTED_TRANSPORT",
  message: /^the port cannot be shared over Node's sockets: .+; transport "uring" shares them on Linux$/,
};

function startServer(t: TestContext, options: ServerOptions): WebSocketServer {
  const server = createServer({}, options);
  t.after(() => server.close({ timeoutMs: 0 }));
  return server;
}

describe("a port that is shared", () => {
  for (const transport of ["node", "uring"] as const) {
    test(`takes several servers that say so, and no other: ${transport}`, async (t) => {
      if (transport === "uring" && !uring.isAvailable) {
        assert.throws(() => createServer({}, { transport }), { code: "UNSUPPORTED_TRANSPORT" });
        return;
      }
      const [first, second, alone] = Array.from({ length: 3 }, () => startServer(t, { transport }));
      const host = "127.0.0.1";
      if (transport === "node" && !(isNodeSharing && process.platform === "linux")) {
        await assert.rejects(first.listen({ port: 0, host, reusePort: true }), refusal);
        // Without sharing it listens as always.
        await first.listen({ port: 0, host, reusePort: false });
        return;
      }
      const { port, url } = await first.listen({ port: 0, host, reusePort: true });
      assert.equal((await second.listen({ port, host, reusePort: true })).port, port);
      await assert.rejects(alone.listen({ port, host }), { code: "ADDRESS_IN_USE" });
      const all = await Promise.all(Array.from({ length: 64 }, () => connect(url)));
      const counts = [first.connections.size, second.connections.size];
      assert.equal(counts[0] + counts[1], 64);
      // The kernel's choice is a hash of the addresses; all on one side is one case in 2 to the power of 63.
      assert.ok(Math.min(...counts) > 0, `${counts}`);
      await first.close();
      const later = await connect(url);
      await Promise.all([later, ...all].map((ws) => ws.close()));
    });
  }
});

describe("the example on every core", () => {
  const program = projectPath("build/examples/every-core/server.js");

  test("has connections on each of its threads, hears what is said on any, and says goodbye", async (t) => {
    const args = [program, "--port", "0", "--host", "127.0.0.1", "--threads", "3"];
    const running = startProcess(t, process.execPath, args);
    if (!uring.isAvailable && !isNodeSharing) {
      const { status, stderr } = await running.result;
      assert.equal(status, 1);
      assert.match(stderr, /^every-core: the port cannot be shared over Node's sockets/);
      return;
    }
    const port = /^ws:\/\/localhost:(\d+) on 3 threads/.exec(await running.readLine())?.[1];
    const all = await Promise.all(
      Array.from({ length: 100 }, () => connect(`ws://127.0.0.1:${port}`, { heartbeat: false })),
    );
    const threads = await Promise.all(all.map((ws) => nextMessage(ws)));
    assert.deepEqual(
      [...new Set(threads)].sort(),
      [1, 2, 3].map((id) => `you are on thread ${id}`),
    );
    all[0].send("hello, everybody");
    for (const ws of all) assert.equal(await nextMessage(ws), "hello, everybody");
    running.end();
    for (const ws of all) assert.equal((await ws.closed).code, 1001);
    const { status, stderr } = await running.result;
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });

  for (const [args, complaint] of [
    [["--port", "99999"], "--port takes an integer from 0 to 65535, not 99999"],
    [["--port", ""], "--port takes an integer from 0 to 65535, not nothing"],
    [["--threads", "abc"], "--threads takes an integer from 1 to 1024, not abc"],
    [["--threads", "0"], "--threads takes an integer from 1 to 1024, not 0"],
    [["--threads", "1.5"], "--threads takes an integer from 1 to 1024, not 1.5"],
  ] as const) {
    test(`says in one line why it cannot begin, and ends: ${args.join(" ")}`, async (t) => {
      const { status, stdout, stderr } = await startProcess(t, process.execPath, [program, ...args]).result;
      assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
      assert.equal(stderr, `every-core: ${complaint}\n`);
    });
  }
});
