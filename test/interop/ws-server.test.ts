// The `ws` package as a server of our client.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { type ConnectOptions, connect, type WebSocketConnection } from "sluice";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { bytesOfLength, deflateParameters, samples } from "../support/samples.js";
import { nextMessage } from "../support/sluice-server.js";

interface After {
  after(hook: () => void): void;
}

const roomy = { maxMessageBytes: 4_194_304, maxBufferedBytes: Infinity };

/** A server that echoes, and a connection of ours to it. */
async function converse(t: After, options: ServerOptions = {}, ours: ConnectOptions = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const connected = once(server, "connection");
  const ws: WebSocketConnection = await connect(`ws://127.0.0.1:${port}`, { ...roomy, ...ours });
  const [peer] = (await connected) as [WebSocket];
  peer.on("message", (data: Buffer, isBinary) => peer.send(data, { binary: isBinary }));
  return { ws, peer, port };
}

async function isEchoed(ws: WebSocketConnection, sample: string | Buffer): Promise<void> {
  ws.send(sample);
  const message = await nextMessage(ws);
  if (typeof sample === "string") assert.equal(message, sample);
  else assert.ok(sample.equals(message as Uint8Array), `${sample.length} bytes`);
}

describe("a server of ws", () => {
  test("sends every message back as it came", async (t) => {
    const { ws } = await converse(t);
    assert.equal(ws.extensions, "");
    for (const sample of samples()) await isEchoed(ws, sample);
    assert.equal((await ws.close()).wasClean, true);
  });

  for (const { name, client, server } of deflateParameters) {
    test(`with permessage-deflate, ${name}`, async (t) => {
      const { ws } = await converse(
        t,
        { perMessageDeflate: { threshold: 0, ...server } },
        { compression: { thresholdBytes: 0, ...client } },
      );
      assert.match(ws.extensions, /permessage-deflate/);
      for (const sample of [...samples(), ...samples()]) await isEchoed(ws, sample);
      assert.equal((await ws.close()).wasClean, true);
    });
  }

  test("reads our fragments, compressed or not", async (t) => {
    for (const perMessageDeflate of [false, { threshold: 0 }]) {
      const { ws } = await converse(t, { perMessageDeflate });
      const bytes = bytesOfLength(300_000);
      const parts = Array.from({ length: 300 }, (_, i) => bytes.subarray(i * 1000, (i + 1) * 1000));
      await ws.sendStream(parts, { compress: true });
      assert.ok(bytes.equals((await nextMessage(ws)) as Uint8Array));
      await ws.close();
    }
  });

  test("pings and is ponged, and the other way round", async (t) => {
    const { ws, peer } = await converse(t);
    const pong = once(peer, "pong");
    peer.ping("hello");
    assert.equal(((await pong) as [Buffer])[0].toString(), "hello");
    assert.ok((await ws.ping("are you there?")) >= 0);
    await ws.close();
  });

  for (const [code, reason] of [
    [1000, ""],
    [1001, "away"],
    [3000, "ä€𝄞"],
    [4999, "x".repeat(123)],
  ] as const) {
    test(`closes with ${code}, and is closed with it`, async (t) => {
      const first = await converse(t);
      const closed = once(first.peer, "close");
      assert.equal((await first.ws.close(code, reason)).wasClean, true);
      const [received, text] = (await closed) as [number, Buffer];
      assert.deepEqual([received, text.toString()], [code, reason]);
      const second = await converse(t);
      second.peer.close(code, reason);
      const info = await second.ws.closed;
      assert.deepEqual([info.code, info.reason, info.wasClean], [code, reason, true]);
    });
  }

  test("that closes without a code is 1005, and that terminates is 1006", async (t) => {
    const polite = await converse(t);
    polite.peer.close();
    assert.equal((await polite.ws.closed).code, 1005);
    const rude = await converse(t);
    rude.peer.terminate();
    assert.equal((await rude.ws.closed).code, 1006);
  });

  test("agrees on a subprotocol", async (t) => {
    const handleProtocols = (offered: Set<string>): string => [...offered].at(-1) ?? "";
    const { ws } = await converse(t, { handleProtocols }, { protocols: ["a", "b"] });
    assert.equal(ws.protocol, "b");
    await ws.close();
  });

  test("that refuses is a HandshakeError with its status", async (t) => {
    const { port, ws } = await converse(t, {
      verifyClient: ({ req }: { req: { url?: string } }) => req.url !== "/no",
    });
    await assert.rejects(connect(`ws://127.0.0.1:${port}/no`), { code: "UNEXPECTED_STATUS", status: 401 });
    await ws.close();
  });

  test("gets ten thousand messages in order, and sends them back", async (t) => {
    const { ws } = await converse(t);
    for (let i = 0; i < 10_000; i++) ws.send(String(i));
    let expected = 0;
    for await (const message of ws) {
      assert.equal(message, String(expected));
      if (++expected === 10_000) break;
    }
    await ws.closed;
  });

  test("that stops reading makes our send answer buffered, and gets everything when it goes on", async (t) => {
    const { ws, peer } = await converse(t);
    peer.pause();
    let sent = 0;
    do sent++;
    while (ws.send(bytesOfLength(65_536)) === "sent");
    peer.resume();
    for (let i = 0; i < sent; i++) assert.equal((await nextMessage(ws)).length, 65_536);
    await ws.close();
  });

  test("that is fed slowly by our iterator is slowed down", async (t) => {
    const { ws, peer } = await converse(t);
    const payload = bytesOfLength(65_536);
    for (let i = 0; i < 400; i++) peer.send(payload);
    assert.equal((await nextMessage(ws)).length, payload.length);
    assert.ok(peer.bufferedAmount > 0, "what nobody reads waits on the other side");
    for (let i = 1; i < 400; i++) assert.equal((await nextMessage(ws)).length, payload.length);
    await ws.close();
  });
});
