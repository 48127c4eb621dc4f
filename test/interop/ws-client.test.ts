// The `ws` package as a client of our server.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import { bytesOfLength, deflateParameters, samples } from "../support/samples.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";

interface After {
  after(hook: () => void): void;
}

async function open(
  t: After,
  url: string,
  ...rest: [(string | string[])?, WebSocket.ClientOptions?]
): Promise<WebSocket> {
  const ws = new WebSocket(url, rest[0] ?? [], { perMessageDeflate: false, ...rest[1] });
  ws.on("error", () => {});
  t.after(() => ws.terminate());
  await once(ws, "open");
  return ws;
}

async function receive(ws: WebSocket): Promise<string | Buffer> {
  const [data, isBinary] = (await once(ws, "message")) as [Buffer, boolean];
  return isBinary ? data : data.toString();
}

const roomy = { maxMessageBytes: 4_194_304, maxBufferedBytes: Infinity };

describe("a client of ws", () => {
  test("gets every message back as it sent it", async (t) => {
    const { url } = await startServer(t, echo, roomy);
    const ws = await open(t, url);
    for (const sample of samples()) {
      ws.send(sample);
      assert.deepEqual(await receive(ws), sample);
    }
  });

  for (const { name, client, server } of deflateParameters) {
    test(`with permessage-deflate, ${name}`, async (t) => {
      const { url } = await startServer(t, echo, { ...roomy, compression: { thresholdBytes: 0, ...server } });
      const ws = await open(t, url, [], { perMessageDeflate: { threshold: 0, ...client } });
      assert.match(ws.extensions, /permessage-deflate/);
      for (const sample of [...samples(), ...samples()]) {
        ws.send(sample);
        assert.deepEqual(await receive(ws), sample);
      }
    });
  }

  test("sends fragments, compressed or not", async (t) => {
    for (const compression of [false, true]) {
      const { url } = await startServer(t, echo, { ...roomy, compression });
      const ws = await open(t, url, [], { perMessageDeflate: compression && { threshold: 0 } });
      const bytes = bytesOfLength(300_000);
      for (let at = 0; at < bytes.length; at += 1000) {
        ws.send(bytes.subarray(at, at + 1000), { fin: at + 1000 >= bytes.length, binary: true });
      }
      assert.deepEqual(await receive(ws), bytes);
    }
  });

  test("pings and is ponged, and the other way round", async (t) => {
    const { url, server } = await startServer(t, echo);
    const ws = await open(t, url);
    ws.ping("hello");
    assert.equal(((await once(ws, "pong")) as [Buffer])[0].toString(), "hello");
    const [served] = server.connections;
    const pinged = once(ws, "ping");
    assert.ok((await served.ping("are you there?")) >= 0);
    assert.equal(((await pinged) as [Buffer])[0].toString(), "are you there?");
  });

  for (const [code, reason] of [
    [1000, ""],
    [1001, "away"],
    [3000, "ä€𝄞"],
    [4999, "x".repeat(123)],
  ] as const) {
    test(`closes with ${code}, and is closed with it`, async (t) => {
      const closed = firstCall<[unknown, number, string]>();
      const { url, server } = await startServer(t, { close: closed.handler });
      const first = await open(t, url);
      first.close(code, reason);
      assert.deepEqual((await closed.called).slice(1), [code, reason]);
      if (first.readyState !== WebSocket.CLOSED) await once(first, "close");
      const second = await open(t, url);
      for (const served of server.connections) void served.close(code, reason);
      const [received, text] = (await once(second, "close")) as [number, Buffer];
      assert.deepEqual([received, text.toString()], [code, reason]);
    });
  }

  test("that closes without a code is 1005, and that is terminated is 1006", async (t) => {
    const codes: number[] = [];
    const second = firstCall<[]>();
    const { url } = await startServer(t, {
      close(_ws, code) {
        if (codes.push(code) === 2) second.handler();
      },
    });
    const polite = await open(t, url);
    polite.close();
    await once(polite, "close");
    (await open(t, url)).terminate();
    await second.called;
    assert.deepEqual(codes, [1005, 1006]);
  });

  test("agrees on a subprotocol", async (t) => {
    const { url } = await startServer(t, echo, { protocols: ["b", "a"] });
    assert.ok(["a", "b"].includes((await open(t, url, ["a", "b"])).protocol));
    const none = await startServer(t, echo);
    await assert.rejects(open(t, none.url, ["a"]), /subprotocol/, "ws wants an answer when it asks");
  });

  test("is refused with the status and body of the hook", async (t) => {
    const { url } = await startServer(t, { upgrade: () => ({ status: 401, body: "who?" }) });
    const ws = new WebSocket(url);
    ws.on("error", () => {});
    const [, response] = await once(ws, "unexpected-response");
    assert.equal(response.statusCode, 401);
    let body = "";
    for await (const chunk of response) body += chunk;
    assert.equal(body, "who?");
  });

  test("gets ten thousand messages in order", async (t) => {
    const { url } = await startServer(t, echo, roomy);
    const ws = await open(t, url);
    const received: string[] = [];
    const all = firstCall<[]>();
    ws.on("message", (data) => {
      if (received.push(data.toString()) === 10_000) all.handler();
    });
    for (let i = 0; i < 10_000; i++) ws.send(String(i));
    await all.called;
    assert.ok(received.every((data, i) => data === String(i)));
  });

  test("that stops reading makes our send answer buffered, and gets everything when it goes on", async (t) => {
    const { url, server } = await startServer(t, echo, roomy);
    const ws = await open(t, url);
    ws.pause();
    const [served] = server.connections;
    let sent = 0;
    do sent++;
    while (served.send(bytesOfLength(65_536)) === "sent");
    let received = 0;
    const all = firstCall<[]>();
    ws.on("message", () => {
      if (++received === sent) all.handler();
    });
    ws.resume();
    await all.called;
    await served.drained();
  });

  test("joins topics with others that agreed to something else", async (t) => {
    const { url, server } = await startServer(
      t,
      { open: (ws) => ws.subscribe("all") },
      { ...roomy, compression: { thresholdBytes: 0 } },
    );
    const clients = [await open(t, url)];
    for (const { client } of deflateParameters)
      clients.push(await open(t, url, [], { perMessageDeflate: { ...client } }));
    for (const sample of samples().slice(0, 12)) {
      const received = clients.map(receive);
      server.publish("all", sample);
      for (const message of await Promise.all(received)) assert.deepEqual(message, sample);
    }
  });
});
