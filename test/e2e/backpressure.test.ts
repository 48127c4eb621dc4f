import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, LimitError, type ServerOptions, type WebSocketConnection } from "sluice";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { wireFrame } from "../support/wire.js";

interface After {
  after(hook: () => Promise<void>): void;
}

const block = new Uint8Array(65_536);

/** A connection whose peer does not read. */
async function withSlowReader(t: After, options: ServerOptions) {
  const errors: Error[] = [];
  const drained = firstCall<[unknown]>();
  const { server, port } = await startServer(
    t,
    { error: (_ws, error) => void errors.push(error), drain: drained.handler },
    options,
  );
  const peer: RawPeer = await openRaw(t as never, { port });
  await peer.upgrade();
  peer.socket.pause();
  const [ws] = server.connections;
  return { server, peer, ws, errors, drained: drained.called };
}

/** Sends until the answer is another one. */
function sendWhile(ws: WebSocketConnection, result: string): { last: string; count: number } {
  for (let count = 1; count < 10_000; count++) {
    const last = ws.send(block);
    if (last !== result) return { last, count };
  }
  return { last: result, count: Infinity };
}

/** Sends until the network has taken nothing for many turns: its buffers grow while they are filled. */
async function fillNetwork(ws: WebSocketConnection): Promise<void> {
  for (let quietTurns = 0; quietTurns < 50; ) {
    const before = ws.bufferedAmount;
    if (before < 4 * block.length) ws.send(block);
    await new Promise((resolve) => setImmediate(resolve));
    quietTurns = before >= 4 * block.length && ws.bufferedAmount === before ? quietTurns + 1 : 0;
  }
}

describe("a peer that does not read", () => {
  test("makes send answer buffered, and bufferedAmount tell", async (t) => {
    const { ws } = await withSlowReader(t, { maxBufferedBytes: Infinity });
    assert.equal(sendWhile(ws, "sent").last, "buffered");
    assert.ok(ws.bufferedAmount > 65_536);
  });

  test("is closed with 1013 by default, and the message that was too much is dropped", async (t) => {
    const { ws, server, errors } = await withSlowReader(t, { closeTimeoutMs: 50 });
    sendWhile(ws, "sent");
    assert.equal(sendWhile(ws, "buffered").last, "dropped");
    assert.equal(ws.readyState, 2);
    assert.ok(ws.bufferedAmount <= 1_048_576 + 2 * block.length);
    assert.ok(errors[0] instanceof LimitError);
    assert.equal(errors[0].code, "BUFFER_FULL");
    assert.equal(errors[0].closeCode, 1013);
    assert.equal(server.metrics().messagesDropped, 1);
    const info = await ws.closed;
    assert.deepEqual([info.code, info.sent], [1006, { code: 1013, reason: "" }]);
  });

  test("reads the 1013 behind what was accepted, when it reads at last", async (t) => {
    const { ws, peer } = await withSlowReader(t, {});
    sendWhile(ws, "sent");
    sendWhile(ws, "buffered");
    peer.socket.resume();
    let frame = await peer.readFrame();
    while (frame.opcode === 2) frame = await peer.readFrame();
    assert.equal(frame.opcode, 8);
    assert.equal(frame.payload.readUInt16BE(0), 1013);
  });

  test("loses messages instead when the policy says drop, and they are counted", async (t) => {
    const { ws, server, peer, drained } = await withSlowReader(t, { bufferPolicy: "drop" });
    sendWhile(ws, "sent");
    assert.equal(sendWhile(ws, "buffered").last, "dropped");
    for (let i = 0; i < 9; i++) assert.equal(ws.send(block), "dropped");
    assert.equal(ws.readyState, 1);
    assert.equal(server.metrics().messagesDropped, 10);
    peer.socket.resume();
    assert.equal((await drained)[0], ws);
    assert.notEqual(ws.send("on again"), "dropped");
  });

  test("holds up drained() until it reads", async (t) => {
    const { ws, peer } = await withSlowReader(t, { maxBufferedBytes: Infinity });
    sendWhile(ws, "sent");
    let isDrained = false;
    const drained = ws.drained().then(() => {
      isDrained = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isDrained, false);
    peer.socket.resume();
    await drained;
    assert.ok(ws.bufferedAmount <= 16_384);
  });

  test("does not hold up drained() beyond the end of the connection", async (t) => {
    const { ws } = await withSlowReader(t, { maxBufferedBytes: Infinity });
    sendWhile(ws, "sent");
    const drained = ws.drained();
    ws.terminate();
    await drained;
  });

  test("gets one pong for any number of pings, and costs no memory", async (t) => {
    const { ws, peer, server } = await withSlowReader(t, { maxBufferedBytes: Infinity });
    await fillNetwork(ws);
    const before = ws.bufferedAmount;
    const pings = Buffer.concat(
      Array.from({ length: 10_000 }, (_, i) => wireFrame({ opcode: 9, payload: `ping ${i}` })),
    );
    peer.write(pings);
    while (server.metrics().pingsReceived < 10_000) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(ws.bufferedAmount <= before + 200, `${ws.bufferedAmount - before} bytes of pongs wait`);
    peer.socket.resume();
    const pongs: string[] = [];
    while (pongs.at(-1) !== "ping 9999") {
      const { opcode, payload } = await peer.readFrame();
      if (opcode === 10) pongs.push(payload.toString());
    }
    assert.ok(pongs.length < 10);
  });
});

describe("a reader that is slow", () => {
  test("makes the peer's send answer buffered: memory stays where it is", async (t) => {
    const { server, url } = await startServer(t, {});
    const ws = await connect(url, { maxBufferedBytes: Infinity });
    const [served] = server.connections;
    served.pause();
    // What is on its way fits into the kernel's buffers and no more.
    assert.equal(sendWhile(ws, "sent").last, "buffered");
    served.resume();
    await ws.drained();
    await ws.close();
  });

  test("an iterator that is not asked holds maxQueuedMessages and no more", async (t) => {
    const raw = await startRawServer(t);
    const opening = connect(raw.url, { maxQueuedMessages: 3 });
    const peer = await raw.acceptUpgrade();
    const ws = await opening;
    for (let i = 0; i < 100; i++) peer.sendFrame({ opcode: 1, payload: String(i), isMasked: false });
    for (let i = 0; i < 100; i++) assert.equal(await nextMessage(ws), String(i));
    ws.terminate();
  });

  test("pause stops messages, and resume goes on where it stopped", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    const seen: string[] = [];
    const all = firstCall<[]>();
    ws.listen({
      message(self, data) {
        seen.push(String(data));
        if (data === "3") {
          self.pause();
          setImmediate(() => {
            assert.equal(seen.length, 4);
            self.resume();
          });
        }
        if (data === "9") all.handler();
      },
    });
    for (let i = 0; i < 10; i++) ws.send(String(i));
    await all.called;
    assert.deepEqual(seen, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    await ws.close();
  });

  test("a closing connection reads on, so that the peer's Close is found behind what waits", async (t) => {
    const { url } = await startServer(t, {
      open(ws) {
        for (let i = 0; i < 1000; i++) ws.send("x".repeat(100));
      },
    });
    const ws = await connect(url, { maxQueuedMessages: 1 });
    await nextMessage(ws);
    assert.equal((await ws.close()).wasClean, true);
  });
});

test("two that echo each other's flood do not grow", async (t) => {
  const { url, server } = await startServer(t, {
    async message(ws, data) {
      if (ws.send(data) !== "sent") await ws.drained();
    },
  });
  const ws = await connect(url);
  const payload = new Uint8Array(60_000);
  let received = 0;
  const [served] = server.connections;
  const sending = (async () => {
    for (let i = 0; i < 500; i++) if (ws.send(payload) !== "sent") await ws.drained();
  })();
  for await (const message of ws) {
    assert.equal(message.length, payload.length);
    assert.ok(served.bufferedAmount <= 1_048_576 && ws.bufferedAmount <= 1_048_576);
    if (++received === 500) break;
  }
  await sending;
  assert.equal((await ws.closed).wasClean, true);
});
