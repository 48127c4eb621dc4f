import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ServerHandlers, WebSocketConnection } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { runSluice, startSluice } from "../support/command-line.js";
import { hasTool } from "../support/outside-process.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";

/** Keeps what comes. */
function collecting(): { handlers: ServerHandlers; messages: (string | Uint8Array)[] } {
  const messages: (string | Uint8Array)[] = [];
  return { messages, handlers: { message: (_ws, data) => messages.push(data) } };
}

describe("sluice connect between pipes", () => {
  test("sends lines as messages, and prints messages as lines", async (t) => {
    const { port } = await startServer(t, echo);
    const { exitCode, stdout, stderr } = await runSluice(
      t,
      ["connect", `:${port}`],
      "a\n\nzwei é\r\nno line feed",
    );
    assert.equal(stdout, "a\n\nzwei é\nno line feed\n");
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
  });

  test("sends in their order the lines that were there before the opening, closes with 1000, and prints all answers", async (t) => {
    const closed = firstCall<[WebSocketConnection, number, string]>();
    const seen: string[] = [];
    const { url } = await startServer(t, {
      upgrade: () => new Promise<void>((resolve) => setImmediate(resolve)),
      message(ws, data) {
        seen.push(String(data));
        ws.send(`answer to ${data}`);
      },
      close: closed.handler,
    });
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i}`);
    const { exitCode, stdout } = await runSluice(t, ["connect", url], lines.join("\n"));
    assert.equal(exitCode, 0);
    assert.deepEqual(seen, lines);
    assert.equal(stdout, lines.map((line) => `answer to ${line}\n`).join(""));
    assert.equal((await closed.called)[1], 1000);
  });

  test("passes text as it came when its output is no terminal, and bytes without anything between", async (t) => {
    const { url } = await startServer(t, {
      open(ws) {
        ws.send("a\u001b[2Jb");
        ws.send(Uint8Array.of(0, 255));
        ws.send(Uint8Array.of(10, 1));
        ws.close();
      },
    });
    const program = startSluice(t, ["connect", url]);
    const chunks: Buffer[] = [];
    program.child.stdout
      ?.setEncoding("latin1")
      .on("data", (chunk: string) => chunks.push(Buffer.from(chunk, "latin1")));
    assert.equal(await program.ended, 0);
    assert.deepEqual(Buffer.concat(chunks), Buffer.from("a\u001b[2Jb\n\u0000\u00ff\n\u0001", "latin1"));
  });

  test("ends when the server closes, though its input is still open", async (t) => {
    const { url } = await startServer(t, { open: (ws) => void ws.close(1000, "done") });
    const program = startSluice(t, ["connect", url]);
    assert.equal(await program.ended, 0);
    assert.equal(program.stderr, "");
  });

  test("sends the messages of -x first, then its input", async (t) => {
    const { url } = await startServer(t, echo);
    const { stdout } = await runSluice(t, ["connect", url, "-x", "one", "--execute", "two"], "three\n");
    assert.equal(stdout, "one\ntwo\nthree\n");
  });

  test("with --once waits for one message after the end of the input, and prints no other", async (t) => {
    const { url } = await startServer(t, {
      message(ws) {
        setImmediate(() => {
          for (const text of ["first", "second"]) ws.send(text);
        });
      },
    });
    const { exitCode, stdout } = await runSluice(t, ["connect", url, "--once", "-x", "ask"]);
    assert.equal(stdout, "first\n");
    assert.equal(exitCode, 0);
  });

  test("with --once fails when no message comes", async (t) => {
    const { url } = await startServer(t, { open: (ws) => void ws.close() });
    const { exitCode, stderr } = await runSluice(t, ["connect", url, "--once"]);
    assert.equal(exitCode, 1);
    assert.equal(stderr, "sluice: no message came: closed by the server with 1000 (normal)\n");
  });

  test("with --once and --wait waits so long for the message, and fails when none has come", async (t) => {
    const { url } = await startServer(t, {});
    const { exitCode, stderr } = await runSluice(t, ["connect", url, "--once", "--wait", "0.2", "-x", "ask"]);
    assert.equal(exitCode, 1);
    assert.equal(stderr, "sluice: no message came: closed with 1000 (normal)\n");
    const late = await startServer(t, { message: (ws) => void setTimeout(() => ws.send("late"), 100) });
    const answered = await runSluice(t, ["connect", late.url, "--once", "--wait", "60", "-x", "ask"]);
    assert.deepEqual([answered.exitCode, answered.stdout], [0, "late\n"]);
  });

  test("with --no-close listens on after the end of the input", async (t) => {
    const { url } = await startServer(t, {
      message: (ws) => {
        // After the answer to any ping that would have come at the end of the input.
        setTimeout(() => {
          ws.send("late");
          void ws.close();
        }, 300);
      },
    });
    const { exitCode, stdout } = await runSluice(t, ["connect", url, "--no-close"], "ask\n");
    assert.equal(stdout, "late\n");
    assert.equal(exitCode, 0);
  });

  test("with --wait gives late answers so much time", async (t) => {
    const { url } = await startServer(t, { message: (ws) => void setTimeout(() => ws.send("late"), 300) });
    const { exitCode, stdout } = await runSluice(t, ["connect", url, "--wait", "3"], "ask\n");
    assert.equal(stdout, "late\n");
    assert.equal(exitCode, 0);
  });

  test("with --binary sends all of its input as one message, byte for byte", async (t) => {
    const { handlers, messages } = collecting();
    const { url } = await startServer(t, handlers, { maxMessageBytes: 2 ** 24 });
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) & 0xff);
    assert.equal((await runSluice(t, ["connect", url, "--binary"], bytes)).exitCode, 0);
    assert.equal((await runSluice(t, ["connect", url, "--binary"])).exitCode, 0);
    assert.equal(messages.length, 1);
    assert.deepEqual(messages[0], bytes);
  });

  for (const [encoding, line] of [
    ["hex", "00ff10"],
    ["base64", "AP8Q"],
  ] as const) {
    test(`writes and reads bytes in ${encoding}`, async (t) => {
      const { url } = await startServer(t, echo);
      const args = ["connect", url, "--binary", "--encoding", encoding];
      const { exitCode, stdout } = await runSluice(t, args, `${line}\n`);
      assert.equal(stdout, `${line}\n`);
      assert.equal(exitCode, 0);
      const wrong = await runSluice(t, args, `${line}\nno!\n${line}\n`);
      assert.equal(wrong.exitCode, 1);
      assert.equal(
        wrong.stderr,
        `sluice: line 2 is no ${encoding}, and not sent; nothing after it is sent\n`,
      );
    });
  }

  test("with --json prints each message in one line, and stops at a line that is no JSON", async (t) => {
    const { handlers, messages } = collecting();
    const { url } = await startServer(t, {
      ...handlers,
      open: (ws) => ws.send('{\n  "n": 12345678901234567890\n}'),
    });
    const program = startSluice(t, ["connect", url, "--json"]);
    // Whoever stops at the second line hears nothing more of the server.
    await program.printed(/\n/);
    program.child.stdin?.end('{"a": 1}\nnope\n{}\n');
    const exitCode = await program.ended;
    const { stdout, stderr } = program;
    assert.equal(stdout, '{"n":12345678901234567890}\n');
    assert.deepEqual(messages, ['{"a": 1}']);
    assert.equal(stderr, "sluice: line 2 is no JSON, and not sent; nothing after it is sent\n");
    assert.equal(exitCode, 1);
  });

  test("sends headers, subprotocols, origin, user agent and credentials", async (t) => {
    const offered = firstCall<[{ headers: Iterable<readonly [string, string]> }]>();
    const { port } = await startServer(t, { upgrade: offered.handler }, { protocols: ["b"], origins: "any" });
    const { exitCode, stderr } = await runSluice(t, [
      ...["connect", `ada:se%20cret@127.0.0.1:${port}/path?q=1`, "-v"],
      ...["-s", "a", "-s", "b", "-H", "X-One: 1", "-o", "https://example.com", "-A", "tests"],
    ]);
    assert.equal(exitCode, 0);
    const [{ headers }] = await offered.called;
    const given = new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(given.get("sec-websocket-protocol"), "a, b");
    assert.equal(given.get("x-one"), "1");
    assert.equal(given.get("origin"), "https://example.com");
    assert.equal(given.get("user-agent"), "tests");
    assert.equal(given.get("authorization"), `Basic ${Buffer.from("ada:se cret").toString("base64")}`);
    assert.match(stderr, /^\* connected, subprotocol b/m);
    assert.match(stderr, /^> Authorization: \(not shown\)$/m);
    assert.doesNotMatch(stderr, /secret|se%20cret/);
  });

  test("reaches a unix socket, by a flag or by the URL", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "s");
    const server = startSluice(t, ["serve", "--socket-path", path]);
    const [url] = await server.printed(/^ws\+unix:.*$/m);
    for (const args of [[url], ["localhost", "--socket-path", path]])
      assert.equal((await runSluice(t, ["connect", ...args], "hello\n")).stdout, "hello\n");
  });

  test("checks certificates, unless it is told whom to trust or not to", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server, client } = makeCertificates();
    const folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const tls = { ...server, ca, requestCert: true, rejectUnauthorized: true };
    const { port } = await startServer(t, echo, { tls });
    const url = `wss://localhost:${port}`;
    const identity = ["--cert", file("cert", client.cert), "--key", file("key", client.key)];
    for (const trust of [["--ca", file("ca", ca)], ["--insecure"]]) {
      const { exitCode, stdout } = await runSluice(t, ["connect", url, ...identity, ...trust], "hello\n");
      assert.equal(stdout, "hello\n");
      assert.equal(exitCode, 0);
    }
    const distrusted = await runSluice(t, ["connect", url, ...identity]);
    assert.equal(distrusted.exitCode, 1);
    assert.match(distrusted.stderr, /^sluice: cannot connect to .* unknown authority .* with --ca\n$/);
    const unknown = await runSluice(t, ["connect", url, "--ca", file("ca", ca)]);
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.stderr, /it wants a client certificate: --cert and --key\n$/);
  });

  test("pings, and says how long the answers took", async (t) => {
    const { url } = await startServer(t, {});
    const program = startSluice(t, ["connect", url, "--ping", "0.01"]);
    await program.complained(/(\* ping answered after [\d.]+ ms\n){3}/);
    program.child.stdin?.end();
    assert.equal(await program.ended, 0);
  });

  test("comes back to a lost server, says when, and sends what was piped meanwhile", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url, "--reconnect", "--no-close"]);
    const first = await server.acceptUpgrade();
    program.type("one");
    assert.equal((await first.readFrame()).payload.toString(), "one");
    first.socket.destroy();
    await program.complained(/^\* connection lost.*; trying again in 0\.\d s \(attempt 1\)$/m);
    program.type("two");
    const second = await server.acceptUpgrade();
    assert.equal((await second.readFrame()).payload.toString(), "two");
    program.signal("SIGINT");
    assert.equal((await second.readClose()).code, 1000);
    second.socket.destroy();
    await program.ended;
  });

  test("waits for a server that reads slowly, and keeps little in memory", async (t) => {
    const server = await startRawServer(t);
    const program = startSluice(t, ["connect", server.url, "--no-compression"]);
    const peer = await server.acceptUpgrade();
    peer.socket.pause();
    const line = `${"x".repeat(65_535)}\n`;
    const stdin = program.child.stdin as NonNullable<typeof program.child.stdin>;
    // Far more than all buffers on the way hold: at some point it is not taken any more, and stays so.
    let taken = 0;
    while (stdin.write(line) || (await drainedWithin(stdin, 500))) taken += line.length;
    assert.ok(taken < 2 ** 26, `${taken} bytes were taken`);
    peer.socket.destroy();
    assert.equal(await program.ended, 1);
  });

  test("reads no faster than its output is read", async (t) => {
    const sending = firstCall<[WebSocketConnection]>();
    const { url } = await startServer(t, { open: sending.handler }, { maxBufferedBytes: Infinity });
    const program = startSluice(t, ["connect", url]);
    program.child.stdout?.pause();
    const [ws] = await sending.called;
    const total = 2 ** 25;
    for (let sent = 0; sent < total; sent += 2 ** 16) ws.send("x".repeat(2 ** 16 - 1));
    // What the output does not take stays with the server, once the buffers on the way are full.
    let before = -1;
    while (ws.bufferedAmount !== before) {
      before = ws.bufferedAmount;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.ok(ws.bufferedAmount > total / 4, `${ws.bufferedAmount} bytes wait`);
    program.child.stdout?.resume();
    void ws.close();
    assert.equal(await program.ended, 0);
    assert.equal(program.stdout.length, total);
  });

  test("closes the connection when nobody reads its output any more, and calls that no failure", async (t) => {
    const closed = firstCall<[WebSocketConnection, number, string]>();
    const { url } = await startServer(t, {
      open(ws) {
        const flood = (): unknown =>
          ws.readyState === 1 && ws.send("more\n".repeat(1000)) && setImmediate(flood);
        flood();
      },
      close: closed.handler,
    });
    const program = startSluice(t, ["connect", url]);
    await program.printed(/more/);
    program.child.stdout?.destroy();
    assert.equal((await closed.called)[1], 1000);
    assert.equal(await program.ended, 0);
    assert.equal(program.stderr, "");
  });
});

async function drainedWithin(stream: NodeJS.EventEmitter, ms: number): Promise<boolean> {
  try {
    await once(stream, "drain", { signal: AbortSignal.timeout(ms) });
    return true;
  } catch {
    return false;
  }
}
