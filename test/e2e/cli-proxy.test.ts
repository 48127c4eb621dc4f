import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect, type ServerHandlers } from "sluice";
import { runSluice, startSluice } from "../support/command-line.js";
import { makeConfigFolder, startProxyProgram } from "../support/proxy-program.js";
import { openRaw } from "../support/raw-client.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { ask, serve } from "./plain-request.js";

const listen = "127.0.0.1:0";

/** A server that says who it is to every message and to every request. */
async function startNamed(t: TestContext, name: string): Promise<string> {
  const handlers: ServerHandlers = {
    message: (ws, data) => ws.send(`${name}: ${data}`),
    request: (request) => ({ body: `${name} has ${request.url}` }),
  };
  return (await startServer(t, handlers)).url;
}

async function answerOf(url: string, text = "hi"): Promise<string | Uint8Array> {
  const ws = await connect(url);
  ws.send(text);
  const answer = await nextMessage(ws);
  await ws.close();
  return answer;
}

describe("sluice proxy", () => {
  test("carries WebSockets and requests, prints its URL and nothing else to standard output, and says who comes and goes", async (t) => {
    const upstream = await startNamed(t, "a");
    const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", upstream);
    const ws = await connect(`${url}/chat`);
    ws.send("hello");
    assert.equal(await nextMessage(ws), "a: hello");
    await ws.close(4000, "bye");
    const page = await fetch(`${url.replace("ws:", "http:")}/page`, { headers: { Connection: "close" } });
    assert.equal(await page.text(), "a has /page");
    await program.complained(/^#2 - /m);
    assert.equal(program.stdout, `${url}\n`);
    const { host } = new URL(url);
    const lines = program.stderr.replace(/ in \d+ m?s/, " in TIME").replace(/, \d+ ms/, ", TIME");
    assert.equal(
      lines,
      `proxying; Ctrl-C ends it
#1 + /chat at ${host} from 127.0.0.1
#1 - 4000 by the client, after 1 message from it and 1 to it in TIME, ${upstream}
#2 - GET /page: 200, TIME, ${upstream}
`,
    );
  });

  test("listens in several places and carries to several upstreams in turn", async (t) => {
    const upstreams = [await startNamed(t, "a"), await startNamed(t, "b")];
    const [one, other] = upstreams;
    const places = ["--listen", listen, "--listen", listen];
    const program = startSluice(t, [
      "proxy",
      ...places,
      "--to",
      one,
      "--to",
      other,
      "--mode",
      "inspect",
      "-q",
    ]);
    const [, url, second] = await program.printed(/^(ws:\S+)\n(ws:\S+)\n/);
    assert.notEqual(second, url);
    const answers = [await answerOf(url), await answerOf(second)];
    assert.deepEqual(answers.sort(), ["a: hi", "b: hi"]);
    assert.equal(program.stderr, "");
  });

  test("says in the access log how each connection ended, in one line of JSON", async (t) => {
    const { url: to } = await startServer(t, echo);
    const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", to, "--access-log", "-");
    const ws = await connect(`${url}/\u009b?q=1`);
    ws.send("12345");
    await nextMessage(ws);
    await ws.close(4001);
    const [line] = await program.printed(/^\{.*\}$/m);
    assert.equal(
      program.stdout,
      `${line}\n`,
      "and of anything else nothing, which no reader of JSON would take",
    );
    const { time, durationMs, ...entry } = JSON.parse(line);
    assert.ok(Date.parse(time) > 0 && durationMs > 0);
    assert.deepEqual(entry, {
      id: 1,
      kind: "websocket",
      client: "127.0.0.1",
      method: "GET",
      host: new URL(url).host,
      url: "/%C2%9B?q=1",
      route: "*/*",
      upstream: to,
      status: 101,
      bytesReceived: 11 + 8,
      bytesSent: 7 + 4,
      messagesReceived: 1,
      messagesSent: 1,
      closeCode: 4001,
      closedBy: "client",
    });
    // The lines for people are left out beside it.
    assert.equal(program.stderr, `listening on ${url}\nproxying; Ctrl-C ends it\n`);
  });

  test("answers 502 and says why when no upstream can be reached", async (t) => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    holder.close();
    await once(holder, "close");
    const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", `ws://127.0.0.1:${port}`);
    await assert.rejects(connect(url), { status: 502 });
    await program.complained(/^#1 ! .*ECONNREFUSED/m);
    await program.complained(/^#1 - GET \/: 502 UPSTREAM_UNREACHABLE/m);
  });

  test("says of which side it is that a rule was broken", async (t) => {
    const { url: to } = await startServer(t, echo);
    const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", to, "--mode", "inspect");
    const client = await openRaw(t, { port: Number(new URL(url).port) });
    await client.upgrade();
    client.sendFrame({ opcode: 3, payload: "" });
    assert.equal((await client.readClose()).code, 1002);
    await program.complained(/^#1 ! from the client: .*opcode.*$/m);
  });

  test("tells clients 1012 when it is interrupted, or what it is told to, and waits for them", async (t) => {
    const { url: to } = await startServer(t, echo);
    for (const [args, code] of [
      [[], 1012],
      [["--drain-code", "1001"], 1001],
    ] as const) {
      const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", to, ...args);
      const ws = await connect(url);
      await program.complained(/^#1 \+/m);
      program.signal("SIGTERM");
      assert.equal((await ws.closed).code, code);
      assert.equal(await program.ended, 0);
      assert.match(program.stderr, /^closing 1 connection; Ctrl-C once more does not wait for that$/m);
      await assert.rejects(connect(url));
    }
  });

  test("says that it waits for a plain request, and answers that", async (t) => {
    const upstream = new EventEmitter();
    const { url: to } = await serve(t, async () => {
      upstream.emit("asked");
      await once(upstream, "answer");
      return { body: "late" };
    });
    const { program, url } = await startProxyProgram(t, "--listen", listen, "--to", to);
    const asked = once(upstream, "asked");
    const answered = ask(Number(new URL(url).port));
    await asked;
    program.signal("SIGTERM");
    await program.complained(/^closing 1 request; Ctrl-C once more does not wait for that$/m);
    upstream.emit("answer");
    assert.equal((await answered).body, "late");
    assert.equal(await program.ended, 0);
  });

  test("ends clients that do not leave after the time that it has, or at the second interrupt", async (t) => {
    const { url: to } = await startServer(t, echo);
    const patient = await startProxyProgram(t, "--listen", listen, "--to", to, "--drain-timeout", "0.1");
    const stubborn = await connect(patient.url);
    stubborn.pause();
    await patient.program.complained(/^#1 \+/m);
    patient.program.signal("SIGTERM");
    assert.equal(await patient.program.ended, 0);
    stubborn.terminate();

    const { file, readFile } = makeConfigFolder(t, { listen, to, accessLog: "access.log" });
    const { program, url } = await startProxyProgram(t, "--config", file, "-v");
    const other = await connect(url);
    other.pause();
    await program.complained(/^#1 \+/m);
    program.signal("SIGTERM");
    await program.complained(/closing/);
    program.signal("SIGINT");
    assert.equal(await program.ended, 130);
    const { closeCode, closedBy } = JSON.parse(readFile("access.log"));
    assert.deepEqual([closeCode, closedBy], [1012, "proxy"]);
    assert.match(program.stderr, /^#1 - 1012 \(service restart\) by the proxy DRAIN_TIMED_OUT, /m);
    other.terminate();
  });

  test("has an admin port for who asks", async (t) => {
    const { url: to } = await startServer(t, echo);
    const { program } = await startProxyProgram(t, "--listen", listen, "--to", to, "--admin", "0");
    const [, admin] = await program.complained(/^admin port on (http:\/\/127\.0\.0\.1:\d+\/)$/m);
    assert.match(
      await (await fetch(`${admin}metrics`, { headers: { Connection: "close" } })).text(),
      /^# HELP /m,
    );
  });

  test("says when it cannot listen", async (t) => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    t.after(() => holder.close());
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const place = `127.0.0.1:${port}`;
    const args = ["proxy", "--listen", listen, "--listen", place, "--to", "ws://127.0.0.1:1"];
    const { exitCode, stdout, stderr } = await runSluice(t, args);
    assert.equal(exitCode, 1);
    assert.equal(stdout, "", "no place is announced when one of them cannot be had");
    assert.equal(
      stderr,
      `sluice: cannot start: cannot listen on ${place}: something else listens there (EADDRINUSE); end that, or take another port\n`,
    );
  });

  test("says what its config holds with --check, or what is wrong with it", async (t) => {
    const folder = makeConfigFolder(t, {
      listen,
      routes: [{ path: "/a", to: "ws://a" }, { to: ["ws://b", "ws://c"] }],
    });
    const good = await runSluice(t, ["proxy", "--config", folder.file, "--check"]);
    assert.deepEqual(good, {
      exitCode: 0,
      stdout: `${folder.file} is valid: 1 listener, 2 routes, 3 upstreams\n`,
      stderr: "",
    });
    folder.write({ listen, to: "ws://a", requestHeaders: { "X-Real-IP": "$remote_addr" } });
    const surprising = await runSluice(t, ["proxy", "--config", folder.file, "--check"]);
    assert.deepEqual([surprising.exitCode, surprising.stdout.includes(" is valid: ")], [0, true]);
    assert.match(surprising.stderr, /^.*proxy\.json:5:18: warning: X-Real-IP has "\$remote_addr", .*\n$/);
    folder.write({ listen: "x", routes: [{ to: "ws://b" }, { path: "/a", to: "a" }] });
    for (const args of [["--check"], []]) {
      const bad = await runSluice(t, ["proxy", "--config", folder.file, ...args]);
      assert.equal(bad.exitCode, 2);
      assert.equal(bad.stdout, "");
      const lines = bad.stderr.trimEnd().split("\n");
      assert.deepEqual(
        lines.map((line) => line.replace(folder.file, "").replace(/ .*/, "")),
        [":2:13:", ":7:5:", ":9:13:"],
      );
    }
    const flags = await runSluice(t, ["proxy", "--listen", "1", "--to", "ws://a", "--check"]);
    assert.equal(flags.stdout, "the command line is valid: 1 listener, 1 route, 1 upstream\n");
  });

  for (const [args, problem] of [
    [["--lisen", "8080"], "--lisen is no flag of sluice proxy; did you mean --listen?"],
    [[], "sluice proxy needs --listen, such as --listen 8080, or --config"],
    [["--config", "f", "--to", "ws://a"], "--config and --to cannot both be; leave one of them out"],
    [["-q", "-v"], "--quiet and --verbose cannot both be; leave one of them out"],
    [
      ["--listen", "1", "--to", "ws://a", "--cert", "/dev/null"],
      '--cert "/dev/null" is no PEM file, for it has no',
    ],
    [["8080"], 'sluice proxy takes flags only, and "8080" is too much'],
  ] as const) {
    test(`answers ${args.join(" ")} with one line and exit code 2`, async (t) => {
      const { exitCode, stderr } = await runSluice(t, ["proxy", ...args]);
      assert.equal(exitCode, 2, stderr);
      assert.ok(stderr.startsWith(`sluice: ${problem}`), stderr);
      assert.match(stderr, /^[^\n]*\n$/);
    });
  }

  test("goes on when nobody reads what it prints any more", async (t) => {
    const { url: to } = await startServer(t, echo);
    const { program, url } = await startProxyProgram(
      t,
      "--listen",
      listen,
      "--to",
      to,
      "--access-log",
      "-",
      "-v",
    );
    program.child.stdout?.destroy();
    for (let i = 1; i <= 3; i++) {
      assert.equal(await answerOf(url), "hi");
      await program.complained(new RegExp(`^#${i} - `, "m"));
    }
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
  });
});
