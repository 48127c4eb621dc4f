// `sluice bench` against servers that do what they should.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { createServer } from "sluice";
import { WebSocketServer } from "ws";
import { makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { projectPath } from "../support/paths.js";
import { echo, startServer } from "../support/sluice-server.js";
import { bench, startBench, withoutBusyWarning } from "./bench-run.js";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("sluice bench", () => {
  test("sends so many messages in a closed loop, and has an answer to each", async (t) => {
    const lengths = new Set<number>();
    let received = 0;
    const { url } = await startServer(t, {
      message(ws, data) {
        received++;
        lengths.add(data.length);
        ws.send(data);
      },
    });
    const args = ["--connections", "7", "--in-flight", "3", "--messages", "1000", "--size", "200"];
    const { status, stderr, result } = await bench(t, url, ...args);
    assert.deepEqual([status, withoutBusyWarning(stderr)], [0, ""]);
    assert.deepEqual([...lengths], [200]);
    assert.equal(received, 1000);
    const { connectMs, transport, ...counts } = result.connections;
    assert.deepEqual(counts, { requested: 7, opened: 7, failed: 0, lost: 0 });
    assert.equal(connectMs?.count, 7);
    assert.match(String(transport), /^(?:node|uring)$/);
    assert.deepEqual(result.messages, {
      due: null,
      sent: 1000,
      answered: 1000,
      unanswered: 0,
      received: 1000,
    });
    assert.equal(result.latencyMs?.count, 1000);
    assert.equal(result.sendDelayMs, null);
    assert.deepEqual([result.errorCount, result.errors], [0, []]);
    assert.equal(result.settings.loop, "closed");
    const { seconds, ...columns } = result.series;
    for (const [name, column] of Object.entries(columns)) assert.equal(column.length, seconds.length, name);
    assert.equal(result.latencyDistribution.ms.at(-1), result.latencyMs?.max);
  });

  test("loads the server of another package", async (t) => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    t.after(() => server.close());
    server.on("connection", (socket) =>
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const args = ["--connections", "5", "--messages", "100", "--binary", "--size", "70000"];
    const { status, result } = await bench(t, `ws://127.0.0.1:${port}`, ...args);
    assert.equal(status, 0);
    assert.equal(result.messages.answered, 100);
    assert.equal(result.errorCount, 0);
  });

  test("sends by the clock in an open loop, after a ramp and a warm-up", async (t) => {
    const { url } = await startServer(t, echo);
    const args = [
      "--rate",
      "500",
      "--duration",
      "0.6",
      "--ramp",
      "0.1",
      "--warmup",
      "0.2",
      "--connections",
      "5",
    ];
    const { status, result } = await bench(t, url, ...args);
    assert.equal(status, 0);
    const { due, sent, answered, unanswered } = result.messages;
    assert.ok(due !== null && Math.abs(due - sent) <= 1, `${due} were due and ${sent} sent`);
    assert.ok(sent >= 299, `${sent} in 0.6 s at 500 per second`);
    assert.deepEqual([answered, unanswered], [sent, 0]);
    assert.equal(result.latencyMs?.count, sent);
    assert.equal(result.sendDelayMs?.count, sent);
    assert.equal(result.settings.loop, "open");
  });

  test("charges a stall of the server to every message that was due meanwhile", async (t) => {
    // Blocks the server's thread, which is this one, once, for longer than it is asked to tell of.
    let count = 0;
    const { url } = await startServer(t, {
      message(ws, data) {
        if (++count === 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
        ws.send(data);
      },
    });
    const args = ["--connections", "2", "--rate", "200", "--messages", "100"];
    const { result } = await bench(t, url, ...args);
    const { percentile, ms } = result.latencyDistribution;
    const slow = percentile.filter((_, i) => ms[i] < 50).length;
    // Sixty messages were due in the 300 ms; at least the first fifty of them waited for more than 50 ms.
    assert.ok(percentile[slow] <= 60, `${percentile[slow]} % were answered within 50 ms`);
  });

  test("only sends with --no-echo, and counts what was sent", async (t) => {
    let received = 0;
    const { url } = await startServer(t, {
      message() {
        received++;
      },
    });
    const { status, result } = await bench(t, url, "--no-echo", "--messages", "5000", "--connections", "2");
    assert.equal(status, 0);
    assert.deepEqual(result.messages, { due: null, sent: 5000, answered: 0, unanswered: 0, received: 0 });
    assert.equal(result.latencyMs, null);
    assert.equal(received, 5000);
  });

  test("ends in time also when the kernel takes everything that is sent", async (t) => {
    const { url } = await startServer(t, { message() {} });
    const { status, result } = await bench(t, url, "--no-echo", "--duration", "0.3", "--connections", "1");
    assert.equal(status, 0);
    assert.ok(result.measuredSeconds < 5, `measured for ${result.measuredSeconds} s`);
    assert.ok(result.messages.sent > 0);
  });

  test("only receives with --receive", async (t) => {
    const { url } = await startServer(t, {
      open(ws) {
        const timer = setInterval(() => ws.send("tick"), 1);
        ws.closed.then(() => clearInterval(timer));
      },
    });
    const { status, result } = await bench(t, url, "--receive", "--messages", "100", "--connections", "2");
    assert.equal(status, 0);
    assert.ok(result.messages.received >= 100);
    assert.deepEqual([result.messages.sent, result.errorCount, result.settings.loop], [0, 0, "receive"]);
  });

  test("says who it is: subprotocol, headers, origin and compression", async (t) => {
    let seen: unknown[] = [];
    const { url } = await startServer(
      t,
      {
        ...echo,
        upgrade(request) {
          const { headers } = request;
          seen = [headers.get("x-token"), headers.get("origin"), headers.get("sec-websocket-protocol")];
          return { protocol: "second" };
        },
        open(ws) {
          seen.push(ws.protocol, ws.extensions !== "");
        },
      },
      { compression: true, origins: "any" },
    );
    const identity = ["-H", "X-Token: a:b", "--origin", "https://a.test", "--compression"];
    const protocols = ["--subprotocol", "first", "--subprotocol", "second"];
    const { status } = await bench(
      t,
      url,
      ...identity,
      ...protocols,
      "--messages",
      "1",
      "--connections",
      "1",
    );
    assert.equal(status, 0);
    assert.deepEqual(seen, ["a:b", "https://a.test", "first, second", "second", true]);
  });

  test("reaches a unix socket", async (t) => {
    const path = join(temporaryFolder(t), "socket");
    const server = createServer(echo);
    t.after(() => server.close({ timeoutMs: 0 }));
    await server.listen({ path });
    const args = ["--socket-path", path, "--messages", "4", "--connections", "2"];
    const { status, result } = await bench(t, "ws://localhost/", ...args);
    assert.deepEqual([status, result.messages.answered], [0, 4]);
  });

  test("trusts an authority that it is given, or any certificate, and else none", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const { ca, server: tls } = makeCertificates();
    const { port } = await startServer(t, echo, { tls });
    const url = `wss://localhost:${port}`;
    const file = join(temporaryFolder(t), "ca.pem");
    writeFileSync(file, ca);
    const few = ["--messages", "4", "--connections", "2"];
    assert.equal((await bench(t, url, ...few, "--ca", file)).status, 0);
    assert.equal((await bench(t, url, ...few, "--insecure")).status, 0);
    const refused = await bench(t, url, ...few);
    assert.equal(refused.status, 1);
    assert.equal(refused.result.errors[0].class, "TLS_FAILED");
  });

  test("prints a table for people, with warnings on standard error", async (t) => {
    const { url } = await startServer(t, echo);
    const args = [url, "--messages", "50", "--connections", "3", "--progress"];
    const { status, stdout } = await startBench(t, args).result;
    assert.equal(status, 0);
    assert.match(stdout, /^ws:\S+\n3 connections, 1 in flight on each, messages of 64 bytes; measured for /);
    assert.match(stdout, /\nconnections {2}3 opened, 0 failed, 0 lost \(\w+\)\n/);
    assert.match(stdout, /\nmessages {5}50 sent, 50 answered, 0 unanswered\n/);
    assert.match(stdout, /\n +p50 +p90 +p99 +p99\.9 +max +mean\nconnect .*\nlatency /);
    assert.match(stdout, /\nerrors {7}none\n/);
  });

  test("has only fields that the documentation names", async (t) => {
    const { url } = await startServer(t, echo);
    const { result } = await bench(t, url, "--rate", "100", "--messages", "5", "--connections", "1");
    const page = readFileSync(projectPath("docs/benchmarking.md"), "utf8");
    const named = new Set([...page.matchAll(/`([A-Za-z0-9]+)`/g)].map(([, name]) => name));
    const namesOf = (value: unknown): string[] =>
      typeof value !== "object" || value === null || Array.isArray(value)
        ? []
        : Object.entries(value).flatMap(([name, inner]) => [name, ...namesOf(inner)]);
    assert.deepEqual(
      namesOf(result).filter((name) => !named.has(name)),
      [],
    );
  });

  test("shows no password of the URL", async (t) => {
    const { port } = await startServer(t, echo);
    const args = ["--messages", "1", "--connections", "1"];
    const { stdout, result } = await bench(t, `ws://user:secret@127.0.0.1:${port}/`, ...args);
    assert.doesNotMatch(stdout, /secret/);
    assert.equal(result.url, `ws://127.0.0.1:${port}/`);
  });
});
