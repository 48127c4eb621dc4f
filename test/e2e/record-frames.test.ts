// The example that records a connection through a proxy, and `sluice replay` with what it has recorded.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { connect } from "sluice";
import { createProxy, type FrameRecord, type ProxyOptions, startAdmin } from "sluice/proxy";
import { runInside } from "../support/command-line.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { Program } from "../support/terminal.js";

const recorder = "build/examples/record-frames/record.js";

async function startProxy(t: TestContext, options: ProxyOptions): Promise<{ url: string; admin: string }> {
  const proxy = createProxy(options);
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  const admin = await startAdmin(proxy, { port: 0 });
  t.after(() => admin.close());
  return { url, admin: admin.url };
}

const startRecorder = (t: TestContext, ...args: readonly string[]): Program =>
  new Program(t, recorder, args, "pipe");

describe("the example that records frames", () => {
  test("records the next connection of a route, from its first frame to its end, for sluice replay", async (t) => {
    const { url: to } = await startServer(t, echo);
    const routes = [
      { name: "chat", pathPrefix: "/chat", to },
      { name: "rest", to },
    ];
    const { url, admin } = await startProxy(t, { routes });
    const program = startRecorder(t, "--admin", admin, "--route", "chat");
    await program.complained(/^record: waiting for the next connection of chat$/m);
    const other = await connect(`${url}/other`);
    const ws = await connect(`${url}/chat`);
    ws.send("hello");
    await nextMessage(ws);
    ws.send(Uint8Array.of(1, 2, 255));
    await nextMessage(ws);
    await ws.close(4000, "done");
    assert.equal(await program.ended, 0);
    assert.match(program.stderr, /^record: recording connection 2, \/chat\nrecord: 6 frames$/m);
    const lines = program.stdout.trimEnd().split("\n");
    const frames = lines.map((line) => JSON.parse(line) as FrameRecord);
    assert.deepEqual(
      frames.map(({ from, type, data, base64, code }) => [from, type, code ?? data ?? base64]),
      [
        ["client", "text", "hello"],
        ["upstream", "text", "hello"],
        ["client", "binary", "AQL/"],
        ["upstream", "binary", "AQL/"],
        ["client", "close", 4000],
        ["upstream", "close", 4000],
      ],
    );
    await other.close();

    const folder = mkdtempSync(join(tmpdir(), "sluice-record-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "talk.jsonl");
    writeFileSync(file, program.stdout);
    const replay = runInside(["replay", file, to, "--speed", "max", "--compare"]);
    assert.deepEqual(
      [await replay.ended, replay.stderr()],
      [0, "2 messages compared: all are as recorded\n"],
    );
  });

  test("takes the only route, and says when the proxy ends before anybody comes", async (t) => {
    const { url: to } = await startServer(t, echo);
    const proxy = createProxy({ to });
    t.after(() => proxy.close({ timeoutMs: 0 }));
    await proxy.listen({ port: 0, host: "127.0.0.1" });
    const admin = await startAdmin(proxy, { port: 0 });
    const program = startRecorder(t, "--admin", admin.url);
    await program.complained(/^record: waiting for the next connection of \*\/\*$/m);
    await admin.close();
    assert.equal(await program.ended, 1);
    assert.match(program.stderr, /^record: the proxy closed its admin port$/m);
  });

  test("says in one line why it cannot record", async (t) => {
    const routes = ["one", "two"].map((name) => ({ name, path: `/${name}`, to: "ws://127.0.0.1:1" }));
    const { admin } = await startProxy(t, { routes });
    for (const [args, complaint] of [
      [[], "--route has to name one of the routes: one, two"],
      [["--route", "three"], "there is no route three: one, two"],
    ] as const) {
      const program = startRecorder(t, "--admin", admin, ...args);
      assert.equal(await program.ended, 1);
      assert.deepEqual([program.stdout, program.stderr], ["", `record: ${complaint}\n`]);
    }
  });
});
