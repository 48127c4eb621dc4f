import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { startProcess } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { startServer } from "../support/sluice-server.js";

const COUNT = 10_000;

/** How many files a process may have open, once it has asked for as many as it may. */
function openFileLimit(): number {
  const { stdout } = spawnSync("/bin/sh", ["-c", 'ulimit -n "$(ulimit -Hn)"; ulimit -n'], {
    encoding: "utf8",
  });
  return stdout.trim() === "unlimited" ? Infinity : Number(stdout);
}

test("ten thousand connections are held, reached and drained", async (t) => {
  const needed = COUNT + 200;
  const limit = openFileLimit();
  if (limit < needed) {
    t.skip(`a process may open ${limit} files here, and ${needed} are needed (ulimit -n)`);
    return;
  }
  // Node raises its own limit to the hard one when it starts, and so does the shell of the other process.
  const { server, port } = await startServer(t, {
    open(ws) {
      ws.subscribe("all");
    },
  });
  const before = process.memoryUsage();
  const program = projectPath("test/fixtures/many-clients.mjs");
  const command = `ulimit -n "$(ulimit -Hn)"; exec "${process.execPath}" "${program}" ${port} ${COUNT}`;
  const clients = startProcess(t, "/bin/sh", ["-c", command]);
  assert.equal(await clients.readLine(), `open ${COUNT}`);
  assert.equal(server.connections.size, COUNT);
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  const perConnection =
    (heapUsed + arrayBuffers + external - before.heapUsed - before.arrayBuffers - before.external) / COUNT;
  assert.ok(perConnection < 32_768, `${Math.round(perConnection)} bytes per idle connection`);

  assert.equal(server.publish("all", "hello everybody"), COUNT);
  assert.equal(await clients.readLine(), `received ${COUNT}`);
  await server.close({ code: 1001, reason: "drained", timeoutMs: 30_000 });
  assert.equal(server.connections.size, 0);
  assert.equal(await clients.readLine(), `closed ${COUNT}`);
  const { status, stderr } = await clients.result;
  assert.deepEqual([status, stderr], [0, ""]);
});
