// Reads of all connections share one block of memory. What has to wait must not wait there, or one connection's bytes
// become another's.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { startRawServer, switchingHead } from "../support/raw-server.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { headOf, upgradeHead, wireFrame } from "../support/wire.js";

interface After {
  after(hook: () => void): void;
}

/** Fills the shared memory with other bytes, by way of another connection of this process. */
async function overwrite(port: number): Promise<void> {
  const ws = await connect(`ws://127.0.0.1:${port}/other`);
  ws.send("#".repeat(200_000));
  await ws.close();
}

function texts(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => wireFrame({ opcode: 1, payload: `message ${i}` })),
  );
}

async function isEchoed(peer: RawPeer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) assert.equal((await peer.readFrame()).payload.toString(), `message ${i}`);
}

describe("bytes that have to wait are kept apart from what other connections receive", () => {
  test("while a handler is busy", async (t) => {
    let finish: () => void = () => {};
    const begun = firstCall<[]>();
    const { port } = await startServer(t, {
      async message(ws, data) {
        if (data === "message 0") {
          begun.handler();
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        }
        ws.send(data);
      },
    });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.write(texts(10));
    await begun.called;
    await overwrite(port);
    finish();
    await isEchoed(peer, 10);
  });

  test("while the connection is paused", async (t) => {
    const begun = firstCall<[]>();
    const { port, server } = await startServer(t, {
      message(ws, data) {
        if (data === "message 0") {
          ws.pause();
          begun.handler();
        }
        ws.send(data);
      },
    });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    const [served] = server.connections;
    peer.write(texts(10));
    await begun.called;
    await overwrite(port);
    served.resume();
    await isEchoed(peer, 10);
  });

  test("while an iterator's inbox is full", async (t) => {
    const other = await startServer(t, echo);
    const raw = await startRawServer(t);
    const opening = connect(raw.url, { maxQueuedMessages: 2 });
    const sender = await raw.acceptUpgrade();
    const ws = await opening;
    const frames = Array.from({ length: 20 }, (_, i) =>
      wireFrame({ opcode: 1, payload: `message ${i}`, isMasked: false }),
    );
    sender.write(Buffer.concat(frames));
    assert.equal(await nextMessage(ws), "message 0");
    await overwrite(other.port);
    for (let i = 1; i < 20; i++) assert.equal(await nextMessage(ws), `message ${i}`);
    ws.terminate();
  });

  test("while the upgrade hook decides", async (t) => {
    let decide: () => void = () => {};
    const asked = firstCall<[]>();
    const { port } = await startServer(t, {
      ...echo,
      upgrade({ pathname }) {
        if (pathname === "/other") return undefined;
        asked.handler();
        return new Promise<boolean>((resolve) => {
          decide = () => resolve(true);
        });
      },
    });
    const peer = await openRaw(t, { port });
    peer.write(Buffer.concat([Buffer.from(upgradeHead()), texts(10)]));
    await asked.called;
    await overwrite(port);
    decide();
    assert.equal((await peer.readHead()).status, 101);
    await isEchoed(peer, 10);
  });

  test("while a plain request goes over to Node's server", async (t) => {
    const { port } = await startServer(t, {
      ...echo,
      request: async (request) => ({ body: await request.text() }),
    });
    await Promise.all(Array.from({ length: 20 }, (_, i) => post(t, port, `body ${i} ${"x".repeat(1000)}`)));
  });

  test("between the handshake and the first reader of a client", async (t) => {
    const other = await startServer(t, echo);
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.accept();
    const head = switchingHead(await peer.readHead());
    const frames = Array.from({ length: 10 }, (_, i) =>
      wireFrame({ opcode: 1, payload: `message ${i}`, isMasked: false }),
    );
    peer.write(Buffer.concat([Buffer.from(head), ...frames]));
    const ws = await opening;
    await overwrite(other.port);
    for (let i = 0; i < 10; i++) assert.equal(await nextMessage(ws), `message ${i}`);
    ws.terminate();
  });

  test("in what users keep of messages, pings and pongs", async (t) => {
    const kept: Uint8Array[] = [];
    const all = firstCall<[]>();
    const keep = (_ws: unknown, data: string | Uint8Array): void => {
      if (typeof data !== "string") kept.push(data);
      if (kept.length === 3) all.handler();
    };
    const { port } = await startServer(t, { message: keep, ping: keep, pong: keep });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    for (const opcode of [2, 9, 10]) peer.sendFrame({ opcode, payload: "payload" });
    await all.called;
    await overwrite(port);
    for (const bytes of kept) assert.equal(Buffer.from(bytes).toString(), "payload");
  });
});

async function post(t: After, port: number, body: string): Promise<void> {
  const peer = await openRaw(t, { port });
  peer.write(headOf("POST / HTTP/1.1", "Host: x", `Content-Length: ${body.length}`) + body);
  assert.equal((await peer.readResponse()).body, body);
}

describe("bytes given to send are copied before it returns", () => {
  for (const compression of [false, true]) {
    for (const length of [100, 100_000, 900_000]) {
      test(`${length} bytes${compression ? ", compressed" : ""}, of an array and of a Buffer`, async (t) => {
        const { url } = await startServer(t, echo, { compression });
        const ws = await connect(url, { compression: compression && { thresholdBytes: 0 } });
        for (const bytes of [new Uint8Array(length), Buffer.alloc(length)]) {
          bytes.fill(1);
          ws.send(bytes);
          bytes.fill(2);
          const echoed = (await nextMessage(ws)) as Uint8Array;
          assert.equal(echoed.length, length);
          assert.ok(echoed.every((byte) => byte === 1));
        }
        await ws.close();
      });
    }
  }
});
