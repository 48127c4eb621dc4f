import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { AccessLog } from "#src/cli/proxy/access-log.js";
import type { AccessLogEntry } from "#src/proxy/index.js";
import { FifoReader, makeFifo, noFifos } from "../../../support/fifo.js";

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

/** A FIFO in a folder of its own, with somebody who could read it. */
function readFifo(t: TestContext): { folder: string; fifo: string; reader: FifoReader } {
  const folder = newFolder(t);
  const fifo = join(folder, "access.fifo");
  makeFifo(fifo);
  const reader = new FifoReader(fifo);
  t.after(() => reader.leave());
  return { folder, fifo, reader };
}

function neverTold(text: string): void {
  assert.fail(text);
}

/** A log, what it reports, and the next report. */
function listeningLog(
  clock: { readonly now: number },
  stdout: Writable = new PassThrough(),
): { log: AccessLog; told: readonly string[]; news: () => Promise<void> } {
  const told: string[] = [];
  let taken = 0;
  let wake = (): void => {};
  const report = (text: string): void => {
    told.push(text);
    wake();
  };
  const news = async (): Promise<void> => {
    while (told.length <= taken) await new Promise<void>((resolve) => (wake = resolve));
    taken++;
  };
  return { log: new AccessLog(stdout, report, () => clock.now), told, news };
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
    assert.deepEqual(told, ["4 lines of the access log left out: it is written too slowly"]);
  });

  test("is tried again while its disk is full, with what is lost meanwhile counted and nothing kept", async (t) => {
    if (!existsSync("/dev/full")) return t.skip("there is no /dev/full");
    const folder = join(newFolder(t), "logs");
    const file = join(folder, "access.log");
    mkdirSync(folder);
    symlinkSync("/dev/full", file);
    const clock = { now: 0 };
    const { log, told, news } = listeningLog(clock);
    log.open(file);
    for (let i = 0; i < 3; i++) log.write(entry);
    await news();
    assert.match(told[0], /^the access log cannot be written, which is tried again and again: ENOSPC: /);
    rmSync(folder, { recursive: true });
    clock.now += 1000;
    log.write(entry);
    mkdirSync(folder);
    log.write(entry);
    assert.equal(existsSync(file), false, "it is not tried with every line");
    clock.now += 1000;
    log.write({ ...entry, id: 6 });
    await news();
    assert.equal(told[1], "5 lines of the access log left out: it could not be written, and can be again");
    log.write({ ...entry, id: 7 });
    await log.close();
    const ids = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).id);
    assert.deepEqual([ids, told.length], [[6, 7], 2]);
  });

  test("says once that standard output cannot be written, and when it can be again", async () => {
    // As the process's own, a failed write ends nothing.
    let problem: Error | undefined = new Error("no space");
    const write = (_line: string, written: (error?: Error) => void): unknown => written(problem);
    const stdout = { writableLength: 0, write } as unknown as Writable;
    const { log, told } = listeningLog({ now: 0 }, stdout);
    log.open("-");
    log.write(entry);
    log.write(entry);
    problem = undefined;
    log.write(entry);
    assert.deepEqual(told, [
      "the access log cannot be written, which is tried again and again: no space",
      "2 lines of the access log left out: it could not be written, and can be again",
    ]);
  });

  test("loses lines while nobody reads its FIFO, says so, and waits for nobody", {
    skip: noFifos,
  }, async (t) => {
    const fifo = join(newFolder(t), "access.fifo");
    makeFifo(fifo);
    const clock = { now: 0 };
    const { log, told, news } = listeningLog(clock);
    log.open(fifo);
    await news();
    assert.match(
      told[0],
      /^the access log cannot be written, which is tried again and again: nobody reads the FIFO .*access\.fifo$/,
    );
    log.write(entry);
    log.open(fifo);
    const first = new FifoReader(fifo);
    log.write(entry);
    assert.equal(first.read(), "", "it is not tried with every line");
    clock.now += 1000;
    log.write({ ...entry, id: 3 });
    await news();
    assert.equal(told[1], "2 lines of the access log left out: it could not be written, and can be again");
    assert.equal(JSON.parse(first.read()).id, 3);
    first.leave();
    log.write(entry);
    await news();
    assert.match(told[2], /^the access log cannot be written, .*EPIPE/);
    clock.now += 1000;
    log.write(entry);
    const second = new FifoReader(fifo);
    clock.now += 1000;
    log.write({ ...entry, id: 6 });
    await news();
    assert.equal(told[3], "2 lines of the access log left out: it could not be written, and can be again");
    await log.close();
    assert.equal(JSON.parse(second.read()).id, 6);
    second.leave();
    assert.equal(told.length, 4);
  });

  test("keeps lines for a slow reader of its FIFO, whole and in their order", {
    skip: noFifos,
  }, async (t) => {
    const { fifo, reader } = readFifo(t);
    const log = new AccessLog(new PassThrough(), neverTold);
    log.open(fifo);
    for (let id = 1; id <= 40; id++) log.write({ ...entry, id, url: "x".repeat(8000) });
    let isOver = false;
    const closed = log.close().then(() => (isOver = true));
    let text = "";
    while (!isOver) {
      text += reader.read();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    const ids = (text + reader.read())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).id);
    assert.deepEqual(
      ids,
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  });

  test("ends when what it wrote before it was opened anew, twice, has been written as well", {
    skip: noFifos,
  }, async (t) => {
    const { folder, fifo, reader } = readFifo(t);
    const log = new AccessLog(new PassThrough(), neverTold);
    log.open(fifo);
    for (let id = 1; id <= 40; id++) log.write({ ...entry, id, url: "x".repeat(8000) });
    for (const name of ["second.log", "third.log"]) {
      log.open(join(folder, name));
      log.write(entry);
    }
    let isOver = false;
    const closed = log.close().then(() => (isOver = true));
    const third = join(folder, "third.log");
    while (!existsSync(third) || readFileSync(third, "utf8") === "")
      await new Promise((resolve) => setImmediate(resolve));
    let text = "";
    while (!isOver) {
      text += reader.read();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    const lines = (text + reader.read()).trimEnd().split("\n");
    assert.deepEqual([lines.length, JSON.parse(lines[39]).id], [40, 40]);
  });

  test("that was opened anew ends though nobody reads where it wrote before, within 2 s", {
    skip: noFifos,
  }, async (t) => {
    const { folder, fifo } = readFifo(t);
    const { log, told } = listeningLog({ now: 0 });
    log.open(fifo);
    for (let i = 0; i < 40; i++) log.write({ ...entry, url: "x".repeat(8000) });
    log.open(join(folder, "access.log"));
    log.write({ ...entry, id: 2 });
    await log.close();
    assert.equal(JSON.parse(readFileSync(join(folder, "access.log"), "utf8")).id, 2);
    assert.match(told.join(), /^\d+ lines of the access log left out: nobody took them within 2 s$/);
  });

  test("ends though its FIFO is read by nobody, and counts what is lost by that", {
    skip: noFifos,
  }, async (t) => {
    const { fifo } = readFifo(t);
    const told: string[] = [];
    const log = new AccessLog(new PassThrough(), (text) => told.push(text));
    log.open(fifo);
    for (let i = 0; i < 40; i++) log.write({ ...entry, url: "x".repeat(8000) });
    await log.close();
    assert.deepEqual(
      told.map((text) => text.replace(/\d+/, "N")),
      ["N lines of the access log left out: nobody took them within 2 s"],
    );
    await log.close();
    assert.equal(told.length, 1);
  });

  test("ends though standard output takes nothing more", async () => {
    const stuck = new Writable({ write: () => {} });
    const told: string[] = [];
    const log = new AccessLog(stuck, (text) => told.push(text));
    log.open("-");
    for (let i = 0; i < 3; i++) log.write(entry);
    await log.close();
    assert.deepEqual(told, ["3 lines of the access log left out: nobody took them within 2 s"]);
    assert.equal(stuck.destroyed, false);
  });
});
