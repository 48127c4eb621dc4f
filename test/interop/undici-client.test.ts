// The WebSocket of `undici`, which is the one that Node has built in, as a client of our server.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { type CloseEvent, type MessageEvent, WebSocket } from "undici";
import { samples } from "../support/samples.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";

interface After {
  after(hook: () => void): void;
}

async function open(t: After, url: string, protocols: string[] = []): Promise<WebSocket> {
  const ws = new WebSocket(url, protocols);
  ws.binaryType = "arraybuffer";
  t.after(() => ws.close());
  await once(ws, "open");
  return ws;
}

async function receive(ws: WebSocket): Promise<string | Buffer> {
  const [{ data }] = (await once(ws, "message")) as [MessageEvent];
  return typeof data === "string" ? data : Buffer.from(data);
}

describe("undici's WebSocket", () => {
  for (const compression of [
    false,
    true,
    { serverNoContextTakeover: true, clientNoContextTakeover: true, thresholdBytes: 0 },
  ]) {
    test(`gets every message back as it sent it, compression ${JSON.stringify(compression)}`, async (t) => {
      const { url } = await startServer(t, echo, {
        compression,
        maxMessageBytes: 4_194_304,
        maxBufferedBytes: Infinity,
      });
      const ws = await open(t, url);
      assert.equal(ws.extensions !== "", compression !== false);
      for (const sample of samples()) {
        ws.send(sample);
        assert.deepEqual(await receive(ws), sample);
      }
    });
  }

  for (const [code, reason] of [
    [1000, ""],
    [3000, "ä€𝄞"],
    [4999, "bye"],
  ] as const) {
    test(`closes with ${code}, and is closed with it`, async (t) => {
      const closed = firstCall<[unknown, number, string]>();
      const { url, server } = await startServer(t, { close: closed.handler });
      (await open(t, url)).close(code, reason);
      assert.deepEqual((await closed.called).slice(1), [code, reason]);
      const second = await open(t, url);
      for (const served of server.connections) void served.close(code, reason);
      const [event] = (await once(second, "close")) as [CloseEvent];
      assert.deepEqual([event.code, event.reason, event.wasClean], [code, reason, true]);
    });
  }

  test("answers our pings", async (t) => {
    const { url, server } = await startServer(t, echo);
    await open(t, url);
    const [served] = server.connections;
    assert.ok((await served.ping("hello")) >= 0);
  });

  test("agrees on a subprotocol", async (t) => {
    const { url } = await startServer(t, echo, { protocols: ["b"] });
    assert.equal((await open(t, url, ["a", "b"])).protocol, "b");
  });

  test("gets a thousand messages in order", async (t) => {
    const { url } = await startServer(t, echo, { maxBufferedBytes: Infinity });
    const ws = await open(t, url);
    const received: unknown[] = [];
    const all = firstCall<[]>();
    ws.addEventListener("message", ({ data }) => {
      if (received.push(data) === 1000) all.handler();
    });
    for (let i = 0; i < 1000; i++) ws.send(String(i));
    await all.called;
    assert.ok(received.every((data, i) => data === String(i)));
  });
});
