// `sluice replay`: a recorded conversation with servers that answer as they did, and with others.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { FrameRecord } from "#src/proxy/index.js";
import { runInside } from "../support/command-line.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";

type Line = Partial<FrameRecord> & { readonly skipped?: number };

function record(t: TestContext, ...lines: readonly Line[]): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-replay-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "talk.jsonl");
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return path;
}

const text = (at: number, from: FrameRecord["from"], data: string): Line => ({
  t: at,
  from,
  type: "text",
  data,
});
const exchange = (at: number, data: string): Line[] => [
  text(at, "client", data),
  text(at + 1, "upstream", data),
];
const ended = async (program: ReturnType<typeof runInside>): Promise<[number, string]> => [
  await program.ended,
  program.stderr(),
];

/** The Close frames that it has printed. */
function closesOf(program: ReturnType<typeof runInside>): string[] {
  const records = program
    .stdout()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as FrameRecord);
  const closes = records.filter(({ type }) => type === "close");
  return closes.map(({ from, code, data = "" }) => `${from} ${code} ${data}`);
}

describe("sluice replay", () => {
  test("sends what the client sent, and prints both sides in the form of the file", async (t) => {
    const { url } = await startServer(t, echo);
    const binary: Line = { t: 2, from: "client", type: "binary", base64: "AP8=" };
    const first = runInside(["replay", record(t, ...exchange(0, "hello"), binary), url]);
    assert.deepEqual(await ended(first), [0, ""]);
    const lines = first.stdout().trimEnd().split("\n");
    const records = lines.map((line) => JSON.parse(line) as FrameRecord);
    const shown = records.map(({ t: _t, ...rest }) => rest);
    assert.equal(shown.length, 6);
    assert.deepEqual(
      shown.filter(({ from }) => from === "client"),
      [
        { from: "client", type: "text", size: 5, data: "hello" },
        { from: "client", type: "binary", size: 2, base64: "AP8=" },
        { from: "client", type: "close", size: 2, code: 1000 },
      ],
    );
    assert.deepEqual(shown.at(-1), { from: "upstream", type: "close", size: 2, code: 1000 });
    const again = runInside(["replay", record(t, ...records), url, "--speed", "max", "--compare"]);
    assert.deepEqual(await ended(again), [0, "2 messages compared: all are as recorded\n"]);
  });

  test("keeps the pauses, or makes them shorter", async (t) => {
    const times: number[] = [];
    const { url } = await startServer(t, { message: () => times.push(performance.now()) });
    const path = record(t, text(0, "client", "one"), text(400, "client", "two"));
    assert.deepEqual(await ended(runInside(["replay", path, url])), [0, ""]);
    assert.ok(times[1] - times[0] >= 350, `${times[1] - times[0]} ms`);
    const far = record(t, text(0, "client", "one"), text(3_600_000, "client", "two"));
    for (const speed of ["1e3", "max", "36000"]) {
      const program = runInside(["replay", far, url, "--speed", speed]);
      assert.equal(await program.ended, speed === "1e3" ? 2 : 0);
    }
    assert.equal(times.length, 6);
  });

  test("fails with what differs, what is missing and what nobody expected", async (t) => {
    const { url } = await startServer(t, {
      message(ws, data) {
        if (data !== "two") ws.send(data === "one" ? "ONE" : data);
      },
    });
    const path = record(t, ...exchange(0, "one"), ...exchange(1, "three"), ...exchange(2, "two"));
    const program = runInside(["replay", path, url, "--compare", "--wait", "0.2"]);
    const [exitCode, stderr] = await ended(program);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^message 1 differs from .*talk\.jsonl line 2:\n {2}recorded .*"one"\n {2}came .*"ONE"\n/,
    );
    assert.match(stderr, /line 6 did not come:\n.*"two"\n3 messages compared: 2 not as recorded\n$/);
    assert.equal(program.stdout(), "");
  });

  test("waits for answers that come late", async (t) => {
    const { url } = await startServer(t, {
      message(ws, data) {
        setTimeout(() => ws.send(data), 300);
      },
    });
    const program = runInside([
      "replay",
      record(t, ...exchange(0, "late")),
      url,
      "--speed",
      "max",
      "--compare",
    ]);
    assert.deepEqual(await ended(program), [0, "1 message compared: all are as recorded\n"]);
  });

  test("closes as the client did, and compares how the server closed", async (t) => {
    const { handler: close, called } = firstCall<[unknown, number, string]>();
    const polite = await startServer(t, { ...echo, close });
    const bye: Line = { t: 2, from: "client", type: "close", code: 4001, data: "bye" };
    const leaving = runInside(["replay", record(t, ...exchange(0, "x"), bye), polite.url]);
    assert.equal(await leaving.ended, 0);
    assert.deepEqual((await called).slice(1), [4001, "bye"]);
    assert.deepEqual(closesOf(leaving), ["client 4001 bye", "upstream 4001 "]);

    const closing = await startServer(t, { message: (ws) => void ws.close(4002, "enough") });
    const recorded = (code: number): string =>
      record(t, text(0, "client", "x"), { t: 1, from: "upstream", type: "close", code });
    assert.equal(await runInside(["replay", recorded(4002), closing.url, "--compare"]).ended, 0);
    const left = runInside(["replay", recorded(4002), closing.url]);
    assert.equal(await left.ended, 0);
    assert.deepEqual(closesOf(left), ["upstream 4002 enough", "client 4002 "]);
    const [exitCode, stderr] = await ended(runInside(["replay", recorded(4003), closing.url, "--compare"]));
    assert.equal(exitCode, 1);
    assert.match(stderr, /the server's Close differs from .*line 2:\n {2}recorded 4003\n {2}came {5}4002\n$/);
  });

  test("refuses what was not recorded whole, in one line", async (t) => {
    for (const [line, problem] of [
      [
        { ...text(0, "client", "x"), truncated: true } as Line,
        "only the first 4 KiB of the message were recorded, so it cannot be sent again",
      ],
      [
        { t: 0, from: "client", type: "text", base64: "AA==", undecoded: "no context" } as Line,
        "recorded compressed",
      ],
      [{ skipped: 3 }, "3 frames are missing here"],
    ] as const) {
      const [exitCode, stderr] = await ended(runInside(["replay", record(t, line), "ws://127.0.0.1:1"]));
      assert.equal(exitCode, 2);
      assert.match(stderr, /^sluice: .*talk\.jsonl line 1: [^\n]*\n$/);
      assert.ok(stderr.includes(problem), stderr);
    }
    const answer = record(t, { ...text(0, "upstream", "x"), truncated: true } as Line);
    const [exitCode, stderr] = await ended(runInside(["replay", answer, "ws://127.0.0.1:1", "--compare"]));
    assert.deepEqual([exitCode, /so nothing can be compared with it\n$/.test(stderr)], [2, true]);
  });

  for (const [args, problem] of [
    [
      ["nowhere.jsonl", ":1"],
      `nowhere.jsonl cannot be read: there is no file ${resolve("nowhere.jsonl")} (ENOENT)`,
    ],
    [["FILE", ":1", "--speed", "0"], '--speed is "0"; it takes a number above 0, such as 2 or 0.5, or max'],
    [["FILE", ":1", "--wait", "1"], "--wait is for --compare"],
    [["FILE"], "sluice replay needs URL"],
  ] as const) {
    test(`is answered with one line: ${problem}`, async (t) => {
      const path = record(t, text(0, "client", "x"));
      const program = runInside(["replay", ...args.map((arg) => (arg === "FILE" ? path : arg))]);
      const [exitCode, stderr] = await ended(program);
      assert.equal(exitCode, 2);
      assert.ok(stderr.startsWith(`sluice: ${problem}`), stderr);
    });
  }

  test("says when it cannot connect, and when the connection is lost", async (t) => {
    const path = record(t, text(0, "client", "x"), text(10_000, "client", "y"));
    const [refused, why] = await ended(runInside(["replay", path, "ws://127.0.0.1:1"]));
    assert.equal(refused, 1);
    assert.match(why, /^sluice: cannot connect to ws:\/\/127\.0\.0\.1:1: /);
    const { url } = await startServer(t, { message: (ws) => ws.terminate() });
    const [lost, stderr] = await ended(runInside(["replay", path, url]));
    assert.equal(lost, 1);
    assert.match(stderr, /^sluice: connection lost/);
  });

  test("closes politely when it is interrupted", async (t) => {
    const { handler: message, called } = firstCall<[unknown, unknown]>();
    const { url } = await startServer(t, { message });
    const program = runInside([
      "replay",
      record(t, text(0, "client", "x"), text(600_000, "client", "y")),
      url,
    ]);
    await called;
    program.signals.emit("SIGINT");
    assert.deepEqual(await ended(program), [130, ""]);
  });
});
