import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { AccessLog } from "#src/cli/proxy/access-log.js";
import type { AccessLogEntry } from "#src/proxy/index.js";

const entry: AccessLogEntry = {
  time: "2026-01-01T00:00:00.000Z",
  id: 1,
  kind: "websocket",
  client: "127.0.0.1",
  method: "GET",
  host: "example.com",
  url: "/chat",
  route: "chat",
  upstream: "ws://127.0.0.1:3000",
  status: 101,
  durationMs: 1.5,
  bytesReceived: 1,
  bytesSent: 2,
  messagesReceived: 3,
  messagesSent: 4,
  closeCode: 1000,
  closedBy: "client",
  error: undefined,
};

/** Newer versions of Node hand out one chunk with each call. */
function readAll(stream: PassThrough): string {
  let text = "";
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += chunk;
  return text;
}

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-access-log-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function neverTold(text: string): void {
  assert.fail(text);
}

describe("the access log", () => {
  test("has one line of JSON for each entry, on standard output", async () => {
    const stdout = new PassThrough();
    const log = new AccessLog(stdout, neverTold);
    log.open("-");
    log.write(entry);
    log.write({ ...entry, url: "/\u001b[2J\n\u009b\u202e" });
    await log.close();
    const lines = readAll(stdout).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).url),
      ["/chat", "/\u001b[2J\n\u009b\u202e"],
    );
    for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
    assert.equal("error" in JSON.parse(lines[0]), false);
    assert.equal(stdout.writableEnded, false);
  });

  test("goes on in a new file when it is opened anew after somebody has moved it", async (t) => {
    const file = join(newFolder(t), "access.log");
    const log = new AccessLog(new PassThrough(), neverTold);
    log.open(file);
    log.write(entry);
    renameSync(file, `${file}.1`);
    log.open(file);
    log.write({ ...entry, id: 2 });
    await log.close();
    assert.equal(JSON.parse(readFileSync(file, "utf8")).id, 2);
  });

  test("that cannot be opened stays what it was", (t) => {
    const stdout = new PassThrough();
    const log = new AccessLog(stdout, neverTold);
    log.open("-");
    assert.throws(() => log.open(join(newFolder(t), "no", "such")), { code: "ENOENT" });
    log.write(entry);
    assert.match(String(stdout.read()), /^\{/);
  });

  test("leaves lines out, and says so, when they are written too slowly", () => {
    const waiting: (() => void)[] = [];
    const slow = new Writable({ write: (_chunk, _encoding, done) => waiting.push(done) });
    const told: string[] = [];
    const log = new AccessLog(slow, (text) => told.push(text));
    log.open("-");
    const large = { ...entry, url: "x".repeat(2 ** 20) };
    for (let i = 0; i < 12; i++) log.write(large);
    const most = slow.writableLength;
    assert.ok(most < 10 * 2 ** 20, String(most));
    while (slow.writableLength > 0) waiting.shift()?.();
    log.write(entry);
    assert.deepEqual(told, ["4 lines of the access log were left out: it is written too slowly"]);
  });
});
