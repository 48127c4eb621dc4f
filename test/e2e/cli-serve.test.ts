import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { connect } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { runSluice, startSluice } from "../support/command-line.js";
import { hasTool } from "../support/outside-process.js";
import { nextMessage } from "../support/sluice-server.js";
import type { Program } from "../support/terminal.js";

async function serve(t: TestContext, ...args: readonly string[]): Promise<{ program: Program; url: string }> {
  const program = startSluice(t, ["serve", "--port", "0", ...args]);
  const [url] = await program.printed(/^wss?:\/\/.*$/m);
  return { program, url };
}

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-serve-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function writeModule(t: TestContext, text: string): string {
  const file = join(newFolder(t), "handler.mjs");
  writeFileSync(file, text);
  return file;
}

describe("sluice serve", () => {
  test("echoes, prints its URL and nothing else to standard output, and says who comes and goes", async (t) => {
    const { program, url } = await serve(t);
    const ws = await connect(url, { protocols: [] });
    ws.send("hello");
    ws.send(Uint8Array.of(1, 2));
    assert.equal(await nextMessage(ws), "hello");
    assert.deepEqual(await nextMessage(ws), Uint8Array.of(1, 2));
    await ws.close(4000, "a\u001bb");
    await program.complained(/^#1 - /m);
    assert.equal(program.stdout, `${url}\n`);
    assert.equal(
      program.stderr,
      `serving echo; only this machine can connect (--host 0.0.0.0 lets others in); Ctrl-C ends it
#1 + / from 127.0.0.1
#1 - 4000: a\\x1bb, after 2 messages
`,
    );
  });

  test("with -v has a line for each message, with controls escaped and in bounds", async (t) => {
    const { program, url } = await serve(t, "-v");
    const ws = await connect(url);
    ws.send("a\u001b[2J\nb");
    ws.send("x".repeat(1000));
    ws.send(new Uint8Array(40));
    await program.complained(/40 bytes.*\n/);
    const lines = program.stderr.split("\n").filter((line) => line.includes("<"));
    assert.deepEqual(lines, [
      "#1 < a\\x1b[2J\\nb",
      `#1 < ${"x".repeat(200)} …`,
      `#1 < (40 bytes) ${Array(32).fill("00").join(" ")} …`,
    ]);
    await ws.close();
  });

  test("with --broadcast sends what anybody sends to everybody, and the lines of its input too", async (t) => {
    const { program, url } = await serve(t, "--broadcast");
    const [ada, grace] = await Promise.all([connect(url), connect(url)]);
    await program.complained(/^#2 \+/m);
    ada.send("hello");
    for (const ws of [ada, grace]) assert.equal(await nextMessage(ws), "hello");
    program.type("from the server");
    for (const ws of [ada, grace]) assert.equal(await nextMessage(ws), "from the server");
    program.child.stdin?.end("last");
    for (const ws of [ada, grace]) assert.equal(await nextMessage(ws), "last");
    await Promise.all([ada.close(), grace.close()]);
  });

  test("with --broadcast takes its input at the pace of those who read", async (t) => {
    const { program, url } = await serve(t, "--broadcast");
    const ws = await connect(url);
    await program.complained(/^#1 \+/m);
    const count = 3000;
    const line = "x".repeat(4096);
    program.child.stdin?.end(`${line}\n`.repeat(count));
    let received = 0;
    for await (const message of ws) {
      assert.equal(message, line);
      if (++received === count) break;
    }
    assert.equal(received, count);
  });

  test("does what a module says, with handlers or with one function", async (t) => {
    const handlers = writeModule(
      t,
      `class Handlers { greeting = "hi"; open(ws) { ws.send(this.greeting); } message(ws, data) { ws.send("got " + data); } }
       export default new Handlers();`,
    );
    const one = await connect((await serve(t, "--handler", handlers)).url);
    assert.equal(await nextMessage(one), "hi");
    one.send("x");
    assert.equal(await nextMessage(one), "got x");
    await one.close();
    const func = writeModule(
      t,
      'export default (req) => req.type === "websocket" ? "Echo: " + req.data : { body: "page" };',
    );
    const { url, program } = await serve(t, "--handler", func);
    const other = await connect(url);
    other.send("y");
    assert.equal(await nextMessage(other), "Echo: y");
    await program.complained(/^#1 \+/m);
    assert.equal(await (await fetch(url.replace("ws:", "http:"))).text(), "page");
    await other.close();
  });

  test("says in one line where a handler failed, and goes on", async (t) => {
    const file = writeModule(
      t,
      'export default {\n  message(ws, data) {\n    throw new TypeError("no " + data);\n  },\n};',
    );
    const { program, url } = await serve(t, "--handler", file);
    const ws = await connect(url);
    ws.send("good");
    assert.equal((await ws.closed).code, 1011);
    await program.complained(/^#1 -/m);
    assert.match(program.stderr, /^#1 ! TypeError: no good \(.*handler\.mjs:3\)$/m);
    assert.equal((await (await connect(url)).close()).code, 1000);
  });

  for (const [what, text, problem] of [
    ["is not there", undefined, /cannot load ".*": there is no such file/],
    ["is no JavaScript", "export default {", /cannot load ".*": SyntaxError: .*/],
    ["throws", 'throw new Error("on\\npurpose")', /cannot load ".*": Error: on \(.*handler\.mjs:1\)/],
    ["throws no error", "throw 'a\u001b'", /cannot load ".*": a\\x1b/],
    ["imports what is not there", 'import "./missing.mjs"', /cannot load ".*": .*missing\.mjs/],
    ["exports nothing", "export const x = 1", /no default export with handlers/],
    ["exports what is no handler", "export default { mesage() {} }", /"mesage" is not a handler.*message/],
  ] as const) {
    test(`a module that ${what} is a mistake that is told in one line`, async (t) => {
      const file = text === undefined ? join(newFolder(t), "missing.mjs") : writeModule(t, text);
      const { exitCode, stderr, stdout } = await runSluice(t, ["serve", "--port", "0", "--handler", file]);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, problem);
      assert.match(stderr, /^sluice: [^\n]*\n$/);
      assert.equal(stdout, "");
    });
  }

  test("tells clients 1001 when it is interrupted, waits for them, and ends at once for the second time", async (t) => {
    const { program, url } = await serve(t);
    const ws = await connect(url);
    program.signal("SIGINT");
    assert.equal((await ws.closed).code, 1001);
    assert.equal(await program.ended, 0);

    const stubborn = await serve(t);
    const other = await connect(stubborn.url);
    other.pause();
    await stubborn.program.complained(/^#1 \+/m);
    stubborn.program.signal("SIGTERM");
    await stubborn.program.complained(/closing/);
    stubborn.program.signal("SIGTERM");
    assert.equal(await stubborn.program.ended, 143);
    other.terminate();
  });

  test("with --once ends when its first connection has", async (t) => {
    const { program, url } = await serve(t, "--once");
    await (await connect(url)).close();
    assert.equal(await program.ended, 0);
  });

  test("serves TLS, one path, subprotocols and origins as its flags say", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server } = makeCertificates();
    const folder = newFolder(t);
    for (const [name, text] of Object.entries(server)) writeFileSync(join(folder, name), text);
    const { url, program } = await serve(
      t,
      ...[
        "--cert",
        join(folder, "cert"),
        "--key",
        join(folder, "key"),
        "--path",
        "/chat",
        "-s",
        "a",
        "-s",
        "b",
      ],
      ...["--origins", "https://example.com", "--compression"],
    );
    assert.match(url, /^wss:\/\/127\.0\.0\.1:\d+\/chat$/);
    const options = { tls: { ca }, protocols: ["b"], origin: "https://example.com" };
    const ws = await connect(url, options);
    assert.equal(ws.protocol, "b");
    assert.match(ws.extensions, /permessage-deflate/);
    await program.complained(/#1 \+ \/chat.* \(subprotocol b, compression, origin https:\/\/example\.com\)/);
    await ws.close();
    await assert.rejects(connect(url, { ...options, origin: "https://other.example" }), { status: 403 });
    await program.complained(/counts as secure \(https:\); --origins says who may$/m);
    await program.complained(/^! .*other\.example/m);
    await assert.rejects(connect(url.replace("/chat", "/"), options), { status: 404 });
  });

  test("says when it cannot listen", async (t) => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    t.after(() => holder.close());
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const { exitCode, stderr } = await runSluice(t, ["serve", "--port", String(port)]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^sluice: cannot listen: .*EADDRINUSE.*\n$/);
  });

  for (const [args, problem] of [
    [["--port", "http"], '--port is "http"; it takes a whole number from 0 to 65535'],
    [["--port", "65536"], '--port is "65536"; it takes a whole number from 0 to 65535'],
    [["--echo", "--broadcast"], "--echo and --broadcast cannot both be; leave one of them out"],
    [["--cert", "/dev/null"], '--cert "/dev/null" is no PEM file, for it has no "-----BEGIN"'],
    [["--key", "/dev/null"], "--key needs --cert, the certificate it is for"],
    [["--path", "chat"], 'path "chat" does not begin with "/"'],
    [["--origins", "any", "--origins", "same"], "--origins any says it all; leave the others out"],
    [
      ["--socket-path", "/s", "--port", "1"],
      "--socket-path and --port cannot both be; leave one of them out",
    ],
  ] as const) {
    test(`answers ${args.join(" ")} with one line and exit code 2`, async (t) => {
      const { exitCode, stderr } = await runSluice(t, ["serve", ...args]);
      assert.equal(exitCode, 2, stderr);
      assert.ok(stderr.startsWith(`sluice: ${problem}`), stderr);
      assert.match(stderr, /^[^\n]*\n$/);
    });
  }
});
