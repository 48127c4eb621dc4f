import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { createGunzip, createGzip } from "node:zlib";
import { ClosedError, connect, createDuplex, type WebSocketConnection } from "sluice";
import { firstCall, startServer } from "../support/sluice-server.js";
import { writeUntilStalled } from "../support/stalled-writes.js";

const BLOCK_BYTES = 65_536;

/** Blocks that differ, and their digest as far as they were read. */
function source(count: number) {
  const hash = createHash("sha256");
  const blocks = Readable.from(
    (function* () {
      for (let i = 0; i < count; i++) {
        const block = randomBytes(BLOCK_BYTES);
        hash.update(block);
        yield block;
      }
    })(),
    { objectMode: false, highWaterMark: BLOCK_BYTES },
  );
  return { blocks, digest: () => hash.digest("hex") };
}

/** A client's connection and the server's end of it, whose messages are for whoever reads them. */
async function connected(t: Parameters<typeof startServer>[0]) {
  const opened = firstCall<[WebSocketConnection]>();
  const { url } = await startServer(t, { open: opened.handler });
  const client = await connect(url);
  t.after(async () => client.terminate());
  const [served] = await opened.called;
  return { client, served };
}

describe("a duplex stream over the network", () => {
  test("carries 16 MiB whole through gzip and pipelines on both sides", async (t) => {
    const { client, served } = await connected(t);
    const { blocks, digest } = source(256);
    const hash = createHash("sha256");
    const near = createDuplex(client).resume();
    await Promise.all([
      pipeline(blocks, createGzip({ level: 1 }), near),
      pipeline(createDuplex(served), createGunzip(), hash),
    ]);
    assert.equal(hash.digest("hex"), digest());
    assert.equal((await served.closed).code, 1000);
  });

  test("makes a writer wait whose peer does not read, and what it holds stays within the bounds", async (t) => {
    const { client, served } = await connected(t);
    const far = createDuplex(served);
    const near = createDuplex(client).resume();
    const block = Buffer.alloc(BLOCK_BYTES);
    const write = (): Promise<void> =>
      new Promise((resolve, reject) => {
        near.write(block, (error) => (error ? reject(error) : resolve()));
      });
    const { done, waiting } = await writeUntilStalled(write);
    assert.ok(client.bufferedAmount <= 2 * BLOCK_BYTES + 100, `${client.bufferedAmount} bytes wait`);
    assert.ok(far.readableLength <= BLOCK_BYTES);
    far.resume();
    await waiting;
    near.end();
    await new Promise((resolve) => near.once("close", resolve));
    assert.ok(done > 0);
    assert.equal((await served.closed).code, 1000);
  });

  test("is destroyed with ClosedError when the peer vanishes", async (t) => {
    const { client, served } = await connected(t);
    const failed = new Promise((resolve) => createDuplex(client).once("error", resolve));
    served.terminate();
    const error = await failed;
    assert.ok(error instanceof ClosedError);
    assert.equal(error.closeCode, 1006);
  });

  test("is left by the peer's Close in for await", async (t) => {
    const { client, served } = await connected(t);
    served.send("to");
    served.send("be");
    void served.close(1000, "that was all");
    const words: string[] = [];
    for await (const word of createDuplex(client, { objectMode: true })) words.push(word);
    assert.deepEqual(words, ["to", "be"]);
  });

  test("in an echo through a PassThrough gives everything back", async (t) => {
    const { client, served } = await connected(t);
    const far = createDuplex(served, { objectMode: true });
    void pipeline(far, new PassThrough({ objectMode: true }), far).catch(() => {});
    const near = createDuplex(client, { objectMode: true });
    const answers: unknown[] = [];
    for (let i = 0; i < 50; i++) near.write(`message ${i}`);
    for await (const answer of near.iterator({ destroyOnReturn: false })) {
      if (answers.push(answer) === 50) break;
    }
    near.end();
    assert.deepEqual(
      answers,
      Array.from({ length: 50 }, (_, i) => `message ${i}`),
    );
    assert.equal((await served.closed).code, 1000);
  });
});

describe("web streams over the network", () => {
  test("relay between two connections, there and back, with three lines", async (t) => {
    // Whoever reads slowly slows the echo down; it would be closed to otherwise, with all that it has not read.
    const upstream = await startServer(t, {
      async message(ws, data, isBinary) {
        if (ws.send(data, { binary: isBinary }) === "buffered") await ws.drained();
      },
    });
    const relay = await startServer(t, {
      async open(downstream) {
        const up = await connect(upstream.url);
        void Promise.allSettled([
          downstream.readable.pipeTo(up.writable),
          up.readable.pipeTo(downstream.writable),
        ]);
      },
    });
    const ws = await connect(relay.url);
    const writer = ws.writable.getWriter();
    const reader = ws.readable.getReader();
    const block = randomBytes(BLOCK_BYTES);
    for (let i = 0; i < 100; i++) {
      void writer.write(block);
      void writer.write(`text ${i}`);
    }
    for (let i = 0; i < 100; i++) {
      assert.deepEqual(Buffer.from((await reader.read()).value as Uint8Array), block);
      assert.equal((await reader.read()).value, `text ${i}`);
    }
    await writer.close();
    assert.equal((await reader.read()).done, true);
    assert.equal((await ws.closed).code, 1000);
  });

  test("pass through transforms", async (t) => {
    const { client, served } = await connected(t);
    const sent = new Blob(["a line\n".repeat(10_000)])
      .stream()
      .pipeThrough(new CompressionStream("gzip"))
      .pipeTo(client.writable);
    let text = "";
    const received = served.readable as ReadableStream<Uint8Array>;
    for await (const part of received
      .pipeThrough(new DecompressionStream("gzip"))
      .pipeThrough(new TextDecoderStream()))
      text += part;
    await sent;
    assert.equal(text, "a line\n".repeat(10_000));
  });

  test("make a writer wait whose peer does not read", async (t) => {
    const { client, served } = await connected(t);
    const { readable } = served;
    const writer = client.writable.getWriter();
    const { done, waiting } = await writeUntilStalled(() => writer.write(new Uint8Array(BLOCK_BYTES)));
    assert.equal(writer.desiredSize, 0);
    assert.ok(client.bufferedAmount <= 2 * BLOCK_BYTES + 100, `${client.bufferedAmount} bytes wait`);
    const reading = (async () => {
      let count = 0;
      for await (const _ of readable) count++;
      return count;
    })();
    await waiting;
    await writer.close();
    assert.equal(await reading, done + 1);
  });

  test("read on after a connection that was lost, where it reconnects", async (t) => {
    const { url, server } = await startServer(t, { open: (ws) => void ws.send("welcome") });
    const ws = await connect(url, { reconnect: { minDelayMs: 1, maxDelayMs: 1 } });
    const reader = ws.readable.getReader();
    assert.equal((await reader.read()).value, "welcome");
    for (const served of server.connections) served.terminate();
    assert.equal((await reader.read()).value, "welcome");
    await reader.cancel();
    assert.equal((await ws.closed).code, 1000);
  });
});
