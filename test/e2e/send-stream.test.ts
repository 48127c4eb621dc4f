import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream, existsSync, readdirSync, readlinkSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ClosedError, connect } from "sluice";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";

describe("sendStream", () => {
  async function* parts<T>(...values: T[]): AsyncGenerator<T> {
    yield* values;
  }

  test("sends one message from its parts, as fragments", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url, { compression: false });
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    await ws.sendStream(parts("ab", "", "ä".slice(0, 1), "cd"));
    const frames = [];
    do frames.push(await peer.readFrame());
    while (!frames.at(-1)?.fin);
    assert.deepEqual(
      frames.map(({ opcode }) => opcode),
      [1, ...frames.slice(1).map(() => 0)],
    );
    assert.ok(frames.length > 1);
    assert.equal(Buffer.concat(frames.map(({ payload }) => payload)).toString(), "abäcd");
    ws.terminate();
  });

  for (const compression of [false, true]) {
    test(`of text, bytes, a web stream and nothing${compression ? ", compressed" : ""}`, async (t) => {
      const { url } = await startServer(t, echo, { compression });
      const ws = await connect(url, { compression });
      await ws.sendStream(parts("a", "𝄞".slice(0, 1), "𝄞".slice(1), "b"), { compress: true });
      assert.equal(await nextMessage(ws), "a𝄞b");
      await ws.sendStream(parts(Uint8Array.of(1), Uint8Array.of(2, 3)), { compress: true });
      assert.deepEqual([...((await nextMessage(ws)) as Uint8Array)], [1, 2, 3]);
      await ws.sendStream(new Blob(["web ", "stream"]).stream());
      assert.equal(Buffer.from((await nextMessage(ws)) as Uint8Array).toString(), "web stream");
      await ws.sendStream(["an", " iterable"]);
      assert.equal(await nextMessage(ws), "an iterable");
      await ws.sendStream(parts<string>());
      assert.equal((await nextMessage(ws)).length, 0);
      await ws.close();
    });
  }

  test("rejects with who closed, and with the peer's limit when that is why", async (t) => {
    const { url } = await startServer(t, echo, { maxMessageBytes: 100 });
    const ws = await connect(url, { compression: false });
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield "x".repeat(1000);
    }
    await assert.rejects(ws.sendStream(endless()), {
      name: "ClosedError",
      closeCode: 1009,
      message: "the peer closed the connection with 1009: the message exceeded the peer's limit",
    });
  });

  test("messages sent meanwhile wait, pings do not", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    let go: () => void = () => {};
    const started = firstCall<[]>();
    const sent = ws.sendStream(
      (async function* () {
        yield "first ";
        started.handler();
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        yield "half";
      })(),
    );
    await started.called;
    assert.equal(ws.send("second"), "sent");
    const third = ws.sendStream(["third"]);
    assert.ok((await ws.ping()) >= 0);
    go();
    await sent;
    await third;
    assert.equal(await nextMessage(ws), "first half");
    assert.equal(await nextMessage(ws), "second");
    assert.equal(await nextMessage(ws), "third");
    await ws.close();
  });

  test("a source that throws rejects and closes with 1011, since the rest cannot be sent", async (t) => {
    const closed = firstCall<[unknown, number, string]>();
    const { url } = await startServer(t, { ...echo, close: closed.handler });
    const ws = await connect(url);
    const failure = new Error("no more");
    const source = (async function* () {
      yield "half";
      throw failure;
    })();
    await assert.rejects(ws.sendStream(source), (error) => error === failure);
    assert.deepEqual((await closed.called).slice(1), [1011, ""]);
  });

  test("a source that throws at once harms nothing", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    // biome-ignore lint/correctness/useYield: it fails before it yields
    const source = (async function* (): AsyncGenerator<string> {
      throw new Error("nothing");
    })();
    await assert.rejects(ws.sendStream(source), /nothing/);
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
  });

  test("the source goes at the peer's pace", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    peer.socket.pause();
    let produced = 0;
    const sent = ws.sendStream(
      (async function* () {
        for (; produced < 1000; produced++) yield new Uint8Array(65_536);
      })(),
    );
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    while (ws.bufferedAmount === 0) await turn();
    for (let i = 0; i < 100; i++) await turn();
    assert.ok(produced < 1000, "the source was asked for everything although nobody reads");
    assert.ok(ws.bufferedAmount < 1_048_576);
    ws.terminate();
    await assert.rejects(sent, ClosedError);
  });

  test("the end of the connection ends the source, however long it is", async (t) => {
    const { url } = await startServer(t, { open: (ws) => ws.terminate() });
    const ws = await connect(url);
    let hasReturned = (): void => {};
    const returned = new Promise<void>((resolve) => {
      hasReturned = resolve;
    });
    const endless = (async function* () {
      try {
        for (;;) {
          yield "x";
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        hasReturned();
      }
    })();
    await assert.rejects(ws.sendStream(endless), ClosedError);
    await returned;
    await assert.rejects(ws.sendStream(["x"]), ClosedError);
  });

  test("files that are not sent do not stay open", async (t) => {
    const path = fileURLToPath(import.meta.url);
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    const { source, isClosed } = openEnded();
    const before = openFiles(path);
    const first = ws.sendStream(source);
    const waiting = Array.from({ length: 5 }, () => createReadStream(path));
    const sent = waiting.map((stream) => ws.sendStream(stream));
    await Promise.all(waiting.map((stream) => once(stream, "open")));
    assert.equal(openFiles(path), before + 5);
    const released = Promise.all(waiting.map((stream) => once(stream, "close")));
    ws.terminate();
    for (const promise of [first, ...sent]) await assert.rejects(promise, ClosedError);
    await released;
    await isClosed;
    const late = Array.from({ length: 5 }, () => createReadStream(path));
    const closed = Promise.all(late.map((stream) => once(stream, "close")));
    for (const stream of late) await assert.rejects(ws.sendStream(stream), ClosedError);
    await closed;
    assert.equal(openFiles(path), before);
  });

  test("a file that is not there rejects, though it fails while it waits for its turn", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    const { source, end } = openEnded();
    const first = ws.sendStream(source);
    const missing = createReadStream(`${fileURLToPath(import.meta.url)}.missing`);
    const second = ws.sendStream(missing);
    await closeOf(missing);
    end();
    await first;
    await assert.rejects(second, { code: "ENOENT" });
    await ws.close();
    const late = createReadStream(`${fileURLToPath(import.meta.url)}.missing`);
    await assert.rejects(ws.sendStream(late), ClosedError);
    if (!late.closed) await closeOf(late);
  });
});

/** A Node stream that says nothing until it is ended. */
function openEnded(): { source: Readable; end(): void; isClosed: Promise<unknown> } {
  const source = new Readable({ read: () => {} });
  return { source, end: () => source.push(null), isClosed: once(source, "close") };
}

/** Without listening for errors, as `once` would. */
function closeOf(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once("close", resolve));
}

/** How many descriptors of this process lead to the file; 0 where the system does not say. */
function openFiles(path: string): number {
  if (!existsSync("/proc/self/fd")) return 0;
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;
}
