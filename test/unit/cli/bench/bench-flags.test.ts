import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
// The room exports nothing: it is a program.
import { benchCommand } from "#src/cli/bench/bench-command.js";
import { planOf } from "#src/cli/bench/bench-flags.js";
import type { BenchPlan } from "#src/cli/bench/plan.js";
import { UsageError } from "#src/cli/command.js";
import { parseCommand } from "#src/cli/command-line.js";

const URL = "ws://localhost:8080";

function plan(...args: string[]): BenchPlan {
  const { values, positionals } = parseCommand(benchCommand, [URL, ...args]);
  return planOf(positionals[0], values);
}

function complaintOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  assert.fail("nothing was refused");
}

describe("the flags of sluice bench", () => {
  test("make a closed loop of 50 connections for 10 seconds when there are none", () => {
    const { connect: _, ...rest } = plan();
    assert.deepEqual(rest, {
      url: URL,
      threads: 1,
      connections: 50,
      rampMs: 0,
      loop: "closed",
      rate: undefined,
      inFlight: 1,
      isEcho: true,
      isVerified: true,
      payload: rest.payload,
      durationMs: 10_000,
      messages: undefined,
      warmupMs: 0,
      timeoutMs: 10_000,
    });
    assert.match(String(rest.payload), /^[\w-]{64}$/);
  });

  test("make an open loop of a rate, a flood of no echo, and a receiver of receive", () => {
    assert.equal(plan("--rate", "100").loop, "open");
    assert.equal(plan("--no-echo").loop, "flood");
    const paced = plan("--no-echo", "--rate", "1e3");
    assert.deepEqual([paced.loop, paced.rate, paced.isEcho], ["open", 1000, false]);
    const receiver = plan("--receive");
    assert.deepEqual([receiver.loop, receiver.isEcho, receiver.payload], ["receive", false, ""]);
  });

  test("end a run by time or by messages", () => {
    assert.equal(plan("--duration", "0.5").durationMs, 500);
    const counted = plan("--messages", "10");
    assert.deepEqual([counted.messages, counted.durationMs], [10, undefined]);
  });

  test("make the message of a size, a text or a file, as text or as bytes", (t) => {
    assert.equal(plan("--size", "0").payload, "");
    assert.deepEqual(plan("--message", "é", "--binary").payload, Buffer.from("é"));
    const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "message");
    writeFileSync(file, "\ufeffhello\n");
    assert.equal(plan("--message-file", file).payload, "\ufeffhello\n");
    writeFileSync(file, Buffer.from([0xff, 0xfe]));
    assert.deepEqual(plan("--message-file", file, "--binary").payload, Buffer.from([0xff, 0xfe]));
    assert.match(
      complaintOf(() => plan("--message-file", file)),
      / is no UTF-8: add --binary$/,
    );
  });

  test("become options of connect", () => {
    const { connect } = plan("-H", "A: b:c", "--header", "D:e", "--subprotocol", "x", "--subprotocol", "y");
    assert.deepEqual(connect.headers, [
      ["A", "b:c"],
      ["D", "e"],
    ]);
    assert.deepEqual(connect.protocols, ["x", "y"]);
    assert.deepEqual([connect.compression, connect.heartbeat, connect.transport], [false, false, undefined]);
    assert.equal(plan("--insecure").connect.tls?.rejectUnauthorized, false);
    assert.equal(plan("--compression").connect.compression, true);
    assert.equal(plan("--timeout", "0.5").connect.handshakeTimeoutMs, 500);
  });

  for (const [args, complaint] of [
    [["--connections", "0"], '--connections is "0"; it takes a whole number from 1 to 100000'],
    [["--connections", "many"], '--connections is "many"; it takes a whole number from 1 to 100000'],
    [["--connections", "1.5"], '--connections is "1.5"; it takes a whole number from 1 to 100000'],
    [["--rate", "0"], '--rate is "0"; it takes a number from 0.01 to 10000000'],
    [["--size", "268435457"], '--size is "268435457"; it takes a whole number from 0 to 268435456'],
    [["--duration", ""], '--duration is ""; it takes a number from 0.001 to 2000000'],
    [["--duration", "0x10"], '--duration is "0x10"; it takes a number from 0.001 to 2000000'],
    [["--ramp", "1.2.3"], '--ramp is "1.2.3"; it takes a number from 0 to 2000000'],
    [["--warmup", "Infinity"], '--warmup is "Infinity"; it takes a number from 0 to 2000000'],
    [["--timeout", "3601"], '--timeout is "3601"; it takes a number from 0.001 to 3600'],
    [["--messages", "0"], '--messages is "0"; it takes a whole number from 1 to 9007199254740991'],
    [["--threads", "0"], '--threads is "0"; it takes a whole number from 1 to 64'],
    [
      ["--threads", "3", "--connections", "2"],
      "--threads 3 is more than the connections, 2: each thread needs one of its own",
    ],
    [
      ["--threads", "2", "--receive", "--messages", "9"],
      "--receive with --messages takes no --threads: which of them gets how many is unknown",
    ],
    [["--transport", "quic"], '--transport is "quic"; it takes auto, node, uring'],
    [["-H", "nothing"], `--header "nothing" has no colon; it takes 'NAME: VALUE'`],
    [["--key", "x"], "--key needs --cert, the certificate it is for"],
    [
      ["--ca", "/nonexistent/ca"],
      '--ca "/nonexistent/ca" cannot be read: there is no file /nonexistent/ca (ENOENT)',
    ],
    [["--ca", "/dev/null"], '--ca "/dev/null" is no PEM file, for it has no "-----BEGIN"'],
    [["--message-file", "/"], '--message-file "/" cannot be read: / is a folder (EISDIR)'],
    [
      ["--rate", "1", "--in-flight", "2"],
      "--rate and --in-flight exclude each other: messages are sent by the clock, or when others were answered",
    ],
    [
      ["--duration", "1", "--messages", "2"],
      "--duration and --messages exclude each other: either the time or the number of messages ends a run",
    ],
    [
      ["--size", "1", "--message", "x"],
      "--size and --message exclude each other: a message has its own size",
    ],
    [["--receive", "--size", "1"], "--receive and --size exclude each other: nothing is sent, only received"],
    [
      ["--no-echo", "--in-flight", "2"],
      "--no-echo and --in-flight exclude each other: without answers nothing tells when to send the next; --rate does",
    ],
    [
      ["--connections", "2000", "--in-flight", "1000"],
      "--in-flight 1000 on 2000 connections is more than 1000000 messages; take fewer of either",
    ],
    [["--conections", "1"], "--conections is no flag of sluice bench; did you mean --connections?"],
    [["surplus"], 'sluice bench takes URL, and "surplus" is too much'],
  ] as const) {
    test(`refuse ${args.join(" ")} in one line`, () => {
      assert.equal(
        complaintOf(() => plan(...args)),
        complaint,
      );
    });
  }

  test("complete a URL as connect does, and refuse what is none of a WebSocket", () => {
    assert.equal(planOf("localhost:9000", {}).url, "ws://localhost:9000");
    assert.equal(planOf(":9000/chat", {}).url, "ws://localhost:9000/chat");
    const of = (url: string): string => complaintOf(() => planOf(url, {}));
    const hint = "is no URL of a WebSocket, such as ws://localhost:8080";
    assert.equal(of("ftp://localhost"), `"ftp://localhost" ${hint}`);
    assert.equal(of("ws://"), `"ws://" ${hint}`);
  });
});
