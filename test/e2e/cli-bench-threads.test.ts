// `sluice bench --threads`: several threads, one result.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { echo, startServer } from "../support/sluice-server.js";
import { bench, errorsOf, startBench, withoutBusyWarning } from "./bench-run.js";

describe("several threads of sluice bench", () => {
  test("send so many messages together, on connections of their own", async (t) => {
    const connections = new Set<unknown>();
    let received = 0;
    const { url } = await startServer(t, {
      message(ws, data) {
        received++;
        connections.add(ws);
        ws.send(data);
      },
    });
    const args = [
      "--threads",
      "3",
      "--connections",
      "7",
      "--messages",
      "1000",
      "--message",
      "é",
      "--compression",
    ];
    const { status, stderr, result } = await bench(t, url, ...args);
    assert.deepEqual([status, withoutBusyWarning(stderr)], [0, ""]);
    assert.deepEqual([received, connections.size], [1000, 7]);
    assert.deepEqual([result.messages.sent, result.messages.answered], [1000, 1000]);
    assert.deepEqual([result.latencyMs?.count, result.connections.connectMs?.count], [1000, 7]);
    assert.equal(result.settings.threads, 3);
  });

  test("keep a rate together, from one moment on", async (t) => {
    const { url } = await startServer(t, echo);
    const load = ["--threads", "2", "--connections", "5", "--rate", "500", "--duration", "0.6"];
    const { status, stderr, result } = await bench(t, url, ...load, "--ramp", "0.1", "--warmup", "0.2");
    assert.equal(status, 0, stderr);
    const { due, sent, unanswered } = result.messages;
    assert.ok(due !== null && Math.abs(due - sent) <= 5, `${due} were due and ${sent} sent`);
    assert.equal(unanswered, 0);
    assert.equal(result.latencyMs?.count, sent);
    assert.equal(Math.max(...result.series.open.map(Number)), 5);
  });

  test("send bytes, and only receive", async (t) => {
    let received = 0;
    const flooded = await startServer(t, {
      message(_, data, isBinary) {
        if (isBinary && data.length === 100) received++;
      },
    });
    const args = ["--threads", "2", "--connections", "2"];
    const load = ["--no-echo", "--messages", "500", "--binary", "--size", "100"];
    assert.equal((await bench(t, flooded.url, ...args, ...load)).status, 0);
    assert.equal(received, 500);
    const { url } = await startServer(t, { open: (ws) => void ws.send("only one") });
    const receiver = await bench(t, url, ...args, "--receive", "--duration", "0.2");
    assert.deepEqual(receiver.result.errors, []);
  });

  test("tell of the errors that each of them met", async (t) => {
    const { url } = await startServer(t, {
      message(ws) {
        ws.close(4001, "enough");
      },
    });
    const args = ["--threads", "2", "--connections", "4", "--duration", "5", "--timeout", "1"];
    const { status, result } = await bench(t, url, ...args);
    assert.equal(status, 1);
    assert.deepEqual(errorsOf(result), ["CLOSE_4001 4"]);
    assert.equal(result.connections.lost, 4);
    const nobody = await bench(t, "ws://127.0.0.1:1", "--threads", "2", "--connections", "3");
    assert.equal(nobody.status, 1);
    assert.deepEqual(errorsOf(nobody.result), ["CONNECTION_REFUSED 3"]);
  });

  test("refuse options that no connection could have, in one line", async (t) => {
    const args = ["ws://127.0.0.1:1", "-H", "a b: c", "--threads", "2"];
    const { status, stdout, stderr } = await startBench(t, args).result;
    assert.deepEqual([status, stdout], [2, ""]);
    assert.equal(stderr, 'sluice: header name "a b" is not a token\n');
  });

  test("tell how it goes while it goes on", async (t) => {
    const { url } = await startServer(t, echo);
    const args = [
      url,
      "--threads",
      "2",
      "--connections",
      "4",
      "--rate",
      "100",
      "--duration",
      "2",
      "--progress",
    ];
    const { stdout, stderr } = await startBench(t, args).result;
    // How long the threads take to start is the machine's affair.
    assert.match(stderr, /^\d+ s {2}measuring {2}4 open {2}\d+(?:\.\d+)? messages\/s/m);
    assert.match(stdout, /\n4 connections of 2 threads, 100 messages of 64 bytes per second in all; /);
    assert.match(stdout, /, event loop of its busiest thread busy for \d+ % of the time\n/);
  });
});
