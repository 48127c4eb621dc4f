import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Program } from "../support/terminal.js";

const demo = "build/examples/proxy-demo/demo.js";

/** A page of the proxy's by the name of a host that every browser looks up on this machine. */
async function pageOf(port: number, host: string): Promise<string> {
  const options = { host: "127.0.0.1", port, headers: { Host: `${host}:${port}`, Connection: "close" } };
  return new Promise((resolve, reject) => {
    get(options, (response) => text(response).then(resolve, reject)).on("error", reject);
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("the demo of the proxy shows both chats and the inspector, and leaves nothing behind", async (t) => {
  const program = new Program(t, demo, ["--port", "0", "--admin-port", "0"], "pipe");
  await program.printed(/Ctrl-C ends all of it/);
  const [, port] = /http:\/\/localhost:(\d+)/.exec(program.stdout) ?? [];
  const [, admin] = /http:\/\/127\.0\.0\.1:(\d+) +the inspector/.exec(program.stdout) ?? [];
  const [, file] = /The config of the proxy is (\S+):/.exec(program.stdout) ?? [];
  const pids = [...program.stdout.matchAll(/process (\d+)|-HUP (\d+)/g)].map(([, chat, proxy]) =>
    Number(chat ?? proxy),
  );
  try {
    for (const host of ["localhost", "one.localhost", "two.localhost"])
      assert.match(await pageOf(Number(port), host), /<title>Sluice chat</);
    assert.match(await pageOf(Number(admin), "127.0.0.1"), /<html/i);
    assert.equal(pids.filter(isRunning).length, 3);
  } finally {
    // Only it can end the programs that it has started.
    program.signal("SIGINT");
    await program.ended;
  }
  assert.equal(await program.ended, 0);
  assert.deepEqual(pids.filter(isRunning), []);
  assert.equal(existsSync(file), false);
});

test("the demo of the proxy says in one line what it cannot do", async (t) => {
  for (const args of [["--port", "http"], ["--nothing"]]) {
    const program = new Program(t, demo, args, "pipe");
    assert.equal(await program.ended, 1);
    assert.match(program.stderr, /^demo: [^\n]+\n$/);
  }
});
