// `sluice bench` against servers that do what they should not, and users who change their minds.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerHandlers } from "sluice";
import { startRawServer, switchingHead } from "../support/raw-server.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";
import { bench, errorsOf, startBench } from "./bench-run.js";

const few = ["--connections", "2", "--duration", "0.3", "--timeout", "0.5"];

describe("sluice bench counts", () => {
  test("a server that nobody runs, and has measured nothing", async (t) => {
    const { status, result, stderr } = await bench(t, "ws://127.0.0.1:1", "--connections", "3");
    assert.deepEqual([status, stderr], [1, ""]);
    assert.deepEqual(errorsOf(result), ["CONNECTION_REFUSED 3"]);
    assert.equal(result.connections.failed, 3);
    assert.deepEqual([result.latencyMs, result.measuredSeconds], [null, 0]);
  });

  test("refusals, with the status in the example", async (t) => {
    const { url } = await startServer(t, { upgrade: () => ({ status: 503 }) });
    const { status, result } = await bench(t, url, ...few);
    assert.equal(status, 1);
    assert.equal(result.errorCount, 2);
    assert.match(result.errors[0].example, /503/);
  });

  test("answers that never come, and ends all the same", async (t) => {
    const { url } = await startServer(t, { message() {} });
    const { status, result } = await bench(t, url, ...few, "--in-flight", "4");
    assert.equal(status, 1);
    assert.deepEqual(errorsOf(result), ["ANSWER_TIMED_OUT 8"]);
    assert.deepEqual(result.messages, { due: null, sent: 8, answered: 0, unanswered: 8, received: 0 });
    assert.equal(result.connections.lost, 2);
  });

  test("answers that never come to a number of messages", async (t) => {
    const { url } = await startServer(t, { message() {} });
    const args = ["--connections", "2", "--messages", "1000000", "--timeout", "0.3"];
    const { status, result } = await bench(t, url, ...args);
    assert.equal(status, 1);
    assert.deepEqual(errorsOf(result), ["ANSWER_TIMED_OUT 2"]);
  });

  test("a number of messages that never comes", async (t) => {
    const { url } = await startServer(t, { open: (ws) => void ws.send("only one") });
    const args = ["--receive", "--messages", "1000", "--connections", "1", "--timeout", "0.3"];
    const { status, result } = await bench(t, url, ...args);
    assert.equal(status, result.messages.received === 0 ? 1 : 0);
    assert.deepEqual(errorsOf(result), ["STALLED 1"]);
  });

  test("a number of messages that is never taken", async (t) => {
    const server = await startRawServer(t);
    const args = ["--no-echo", "--messages", "1000000", "--size", "100000", "--timeout", "0.5"];
    const running = bench(t, server.url, "--connections", "1", ...args);
    const peer = await server.acceptUpgrade();
    peer.socket.pause();
    const { status, result } = await running;
    assert.equal(status, 0);
    assert.deepEqual(errorsOf(result), ["STALLED 1"]);
  });

  test("openings that never end", async (t) => {
    const server = await startRawServer(t);
    const { status, result } = await bench(t, server.url, ...few);
    assert.equal(status, 1);
    assert.deepEqual(errorsOf(result), ["HANDSHAKE_TIMED_OUT 2"]);
    assert.equal(result.errors[0].example, "the connection was not open within 500 ms (--timeout)");
  });

  test("connections that the server closes, by their code", async (t) => {
    const { url } = await startServer(t, {
      message(ws) {
        ws.close(4001, "enough\u001b[2J");
      },
    });
    const { status, result } = await bench(t, url, ...few);
    assert.equal(status, 1);
    assert.deepEqual(result.errors, [
      { class: "CLOSE_4001", count: 2, example: 'the server closed with 4001 "enough\\u001b[2J"' },
    ]);
    assert.match(result.warnings.join("\n"), /2 of 2 connections were lost and are not replaced/);
  });

  test("connections that end without a Close", async (t) => {
    const { url } = await startServer(t, {
      message(ws) {
        ws.terminate();
      },
    });
    const { result } = await bench(t, url, ...few);
    assert.equal(result.errorCount, 2);
    assert.match(result.errors[0].class, /^(?:CLOSE_1006|CONNECTION_RESET)$/);
  });

  test("garbage, by our code for it", async (t) => {
    const server = await startRawServer(t);
    const running = bench(t, server.url, "--connections", "1", "--duration", "5", "--timeout", "1");
    const peer = await server.acceptUpgrade();
    await peer.readFrame();
    peer.write(Buffer.alloc(64, 0xff));
    const { status, result } = await running;
    assert.equal(status, 1);
    assert.deepEqual(errorsOf(result), ["RESERVED_BITS 1"]);
  });

  test("garbage that comes together with the answer to the opening", async (t) => {
    const server = await startRawServer(t);
    const running = bench(t, server.url, "--connections", "1", "--duration", "5", "--timeout", "1");
    const peer = await server.accept();
    const head = switchingHead(await peer.readHead());
    peer.write(Buffer.concat([Buffer.from(head), Buffer.alloc(64, 0xff)]));
    const { status, result } = await running;
    assert.equal(status, 1);
    assert.match(errorsOf(result).join(), /^(?:SENT_1002|RESERVED_BITS) 1$/);
  });

  test("answers of another length, unless they are allowed", async (t) => {
    const { url } = await startServer(t, {
      message(ws) {
        ws.send("short");
      },
    });
    const args = ["--connections", "2", "--messages", "10"];
    const strict = await bench(t, url, ...args);
    assert.equal(strict.status, 0);
    assert.deepEqual(errorsOf(strict.result), ["ANSWER_LENGTH 10"]);
    assert.equal((await bench(t, url, ...args, "--fail-on-error")).status, 1);
    const lax = await bench(t, url, ...args, "--no-verify", "--fail-on-error");
    assert.deepEqual([lax.status, lax.result.errorCount], [0, 0]);
  });

  test("a text of as many bytes as a right answer, whatever its letters and its kind", async (t) => {
    const { url } = await startServer(t, {
      message(ws, data) {
        ws.send(Buffer.from(String(data)));
      },
    });
    const args = ["--connections", "1", "--messages", "3", "--message", "é€😀"];
    const { status, result } = await bench(t, url, ...args);
    assert.deepEqual([status, result.errorCount, result.settings.messageBytes], [0, 0, 9]);
  });

  test("more messages than were asked for", async (t) => {
    const { url } = await startServer(t, {
      message(ws, data) {
        ws.send(data);
        for (let i = 0; i < 5; i++) ws.send(data);
      },
    });
    const { status, result } = await bench(t, url, ...few, "--connections", "1");
    assert.equal(status, 0);
    assert.deepEqual(
      result.errors.map(({ class: name }) => name),
      ["ANSWER_UNEXPECTED"],
    );
    assert.ok(result.errors[0].count >= 5);
  });

  test("late answers as latency, also when they come after the end", async (t) => {
    const { url } = await startServer(t, {
      message(ws, data) {
        setTimeout(() => ws.send(data), 400);
      },
    });
    const { status, result } = await bench(t, url, "--connections", "3", "--duration", "0.1");
    assert.equal(status, 0);
    assert.deepEqual([result.messages.answered, result.messages.unanswered], [3, 0]);
    assert.ok((result.latencyMs?.p50 ?? 0) >= 399);
  });

  test("messages that the server does not take, in an open loop that it cannot slow down", async (t) => {
    const { url } = await startServer(t, {
      open(ws) {
        ws.pause();
      },
    });
    const args = ["--connections", "1", "--rate", "200", "--size", "1000000", "--no-echo", "--duration", "1"];
    const { status, result } = await bench(t, url, ...args);
    assert.equal(status, 0);
    assert.deepEqual(
      result.errors.map(({ class: name }) => name),
      ["SEND_DROPPED"],
    );
    assert.match(result.warnings.join("\n"), /the rate was not kept/);
  });
});

describe("Ctrl-C", () => {
  /** Tells when the first message has come. */
  function withFirstMessage(handlers: ServerHandlers): { handlers: ServerHandlers; came: Promise<unknown> } {
    const { handler, called } = firstCall();
    return {
      came: called,
      handlers: {
        ...handlers,
        message(ws, data, isBinary) {
          handler();
          return handlers.message?.(ws, data, isBinary);
        },
      },
    };
  }

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    for (const threads of ["1", "2"]) {
      test(`ends a run of ${threads} threads early by ${signal}, with its result and Closes`, async (t) => {
        const { handlers, came } = withFirstMessage(echo);
        const codes: number[] = [];
        const { url } = await startServer(t, {
          ...handlers,
          close(_, code) {
            codes.push(code);
          },
        });
        const load = ["--duration", "600", "--connections", "2", "--threads", threads];
        const running = startBench(t, [url, ...load, "--json"]);
        await came;
        process.kill(running.pid, signal);
        const { status, stdout, stderr } = await running.result;
        assert.equal(status, exitCode, stderr);
        const { isInterrupted, messages, errorCount } = JSON.parse(stdout);
        assert.deepEqual([isInterrupted, errorCount], [true, 0]);
        assert.ok(messages.answered > 0);
        assert.deepEqual(codes, [1000, 1000]);
      });
    }
  }

  test("ends a run that is still opening connections", async (t) => {
    const opened = firstCall();
    const { url } = await startServer(t, { open: opened.handler });
    const running = startBench(t, [url, "--ramp", "600", "--connections", "1000", "--json"]);
    await opened.called;
    process.kill(running.pid, "SIGINT");
    const { status, stdout } = await running.result;
    assert.equal(status, 130);
    assert.equal(JSON.parse(stdout).connections.failed, 0);
  });

  test("ends the process at once when it is pressed again", async (t) => {
    const server = await startRawServer(t);
    const running = startBench(t, [server.url, "--duration", "600", "--connections", "1", "--json"]);
    const peer = await server.acceptUpgrade();
    await peer.readFrame();
    process.kill(running.pid, "SIGINT");
    // Its Close comes when it has given up the answer; it waits for ours then, which does not come.
    await peer.readClose();
    process.kill(running.pid, "SIGINT");
    const { status, stdout } = await running.result;
    assert.deepEqual([status, stdout], [130, ""]);
  });
});

describe("a wrong call of sluice bench", () => {
  for (const [args, line] of [
    [["--bogus"], "--bogus is no flag of sluice bench; see --help"],
    [[], "sluice bench needs URL; see sluice bench --help"],
    [["ws://127.0.0.1:1", "-H", "a b: c", "--ramp", "600"], 'header name "a b" is not a token'],
    [["ws://127.0.0.1:1", "--subprotocol", "a b"], 'subprotocol "a b" is not a token'],
    [["ws://127.0.0.1:1", "-H", "a b: c"], /^header name "a b" is not a token$/],
    [["ws://127.0.0.1:1", "--html", "/nonexistent/x.html"], /^--html ".*" cannot be written \(ENOENT\)$/],
    [["ws://127.0.0.1:1/#part"], "a WebSocket URL cannot have a fragment"],
    [["ws://127.0.0.1:1", "--proxy", "ftp://x"], /^the proxy is a URL with scheme ftp:/],
    [["ws://127.0.0.1:1/#part", "--connections", "2", "--threads", "2"], /fragment$/],
    [["ws://ann:secret@127.0.0.1:99999"], /^"ws:\/\/ann:\*\*\*@127.0.0.1:99999" is no URL/],
  ] as const) {
    test(`gets one line: ${args.join(" ")}`, async (t) => {
      const { status, stdout, stderr } = await startBench(t, args).result;
      assert.deepEqual([status, stdout], [2, ""]);
      const [, said] = /^sluice: ([^\n]+)\n$/.exec(stderr) ?? assert.fail(stderr);
      if (typeof line === "string") assert.equal(said, line);
      else assert.match(said, line);
    });
  }
});
