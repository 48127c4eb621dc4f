import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { HttpRequest } from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { openRaw, RawPeer } from "../support/raw-client.js";
import { firstCall, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";
import { readAnswer, serve } from "./plain-request.js";

function get(path: string, ...headers: string[]): string {
  return headOf(`GET ${path} HTTP/1.1`, "Host: x", ...headers);
}

/** A handler that answers when it is told to, and counts. */
function patient() {
  const waiting: (() => void)[] = [];
  const asked = firstCall<[HttpRequest]>();
  const state = { begun: 0, asked: asked.called, finish: () => waiting.shift()?.() };
  const handler = async (request: HttpRequest) => {
    state.begun++;
    asked.handler(request);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { body: request.url };
  };
  return { state, handler };
}

describe("requests that come without waiting for answers", () => {
  test("are handled one after the other", async (t) => {
    const { state, handler } = patient();
    const { port } = await serve(t, handler);
    const peer = await openRaw(t as never, { port });
    peer.write(get("/1") + get("/2") + get("/3"));
    await state.asked;
    for (let i = 1; i <= 3; i++) {
      await setImmediate();
      assert.equal(state.begun, i);
      state.finish();
      assert.equal((await readAnswer(peer)).body, `/${i}`);
      while (i < 3 && state.begun === i) await setImmediate();
    }
  });

  test("are all answered, in their order, even thousands of them", async (t) => {
    const { port } = await serve(t, async (request) => {
      await null;
      return { body: `${request.url} ${await request.text()}` };
    });
    const peer = await openRaw(t as never, { port });
    const count = 5000;
    for (let i = 0; i < count; i++) {
      const body = "x".repeat(i % 7);
      peer.write(headOf(`POST /${i} HTTP/1.1`, "Host: x", `Content-Length: ${body.length}`) + body);
    }
    for (let i = 0; i < count; i++) {
      assert.equal((await readAnswer(peer)).body, `/${i} ${"x".repeat(i % 7)}`);
    }
  });

  test("are not read without a bound while the first one is not answered", async (t) => {
    const { state, handler } = patient();
    const { port } = await serve(t, handler);
    const peer = await openRaw(t as never, { port });
    const block = get("/x").repeat(20_000);
    // More than the system's buffers hold: the rest stays here once the server has stopped to read.
    for (let i = 0; i < 60; i++) peer.write(block);
    await state.asked;
    let stalled = 0;
    for (let before = -1; stalled < 20; stalled = peer.socket.writableLength === before ? stalled + 1 : 0) {
      before = peer.socket.writableLength;
      await setImmediate();
    }
    assert.ok(peer.socket.writableLength > 0);
    assert.equal(state.begun, 1);
  });

  test("are not handled behind an answer that ends the connection", async (t) => {
    const urls: string[] = [];
    const { port } = await serve(t, ({ url }) => {
      urls.push(url);
      return { headers: { Connection: "close" }, body: "last" };
    });
    const peer = await openRaw(t as never, { port });
    peer.write(get("/1") + get("/2"));
    assert.equal((await readAnswer(peer)).closes, true);
    assert.equal((await peer.readToEnd()).length, 0);
    assert.deepEqual(urls, ["/1"]);
  });

  for (const [what, bytes, status] of [
    ["what is no HTTP", "\x16\x03\x01\x02 is no request\r\n\r\n", 400],
    ["a head that is malformed", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400],
    ["a head that is too large", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, 431],
    ["a method that nobody knows", headOf("BREW / HTTP/1.1", "Host: x"), 501],
    ["CONNECT", headOf("CONNECT x:80 HTTP/1.1", "Host: x:80"), 501],
    ["an expectation that nobody knows", get("/", "Expect: a-miracle"), 417],
    ["a request without Host", headOf("GET / HTTP/1.1"), 400],
  ] as const) {
    test(`${what}: answered with ${status} when its turn has come`, async (t) => {
      const { state, handler } = patient();
      const { port } = await serve(t, handler);
      const peer = await openRaw(t as never, { port });
      peer.write(get("/first") + bytes);
      await state.asked;
      await setImmediate();
      assert.equal(peer.socket.bytesRead, 0);
      state.finish();
      assert.equal((await readAnswer(peer)).body, "/first");
      const answer = await readAnswer(peer);
      assert.deepEqual([answer.status, answer.closes], [status, true]);
      assert.equal((await peer.readToEnd()).length, 0);
      assert.equal(state.begun, 1);
    });
  }
});

describe("a body that turns out to be malformed", () => {
  const broken = `${headOf("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked")}2\r\nhi\r\nnonsense\r\n`;

  test("is answered with 400, rejects for the handler, and is no error of the handler's", async (t) => {
    const errors: unknown[] = [];
    const failed = firstCall<[unknown]>();
    const { port } = await startServer(t, {
      async request(request) {
        const body = await request.text().catch((error) => {
          failed.handler(error);
          throw error;
        });
        return { body };
      },
      error: (_ws, error) => errors.push(error),
    });
    const peer = await openRaw(t as never, { port });
    peer.write(broken);
    assert.equal((await readAnswer(peer)).status, 400);
    assert.ok((await failed.called)[0] instanceof Error);
    assert.equal((await peer.readToEnd()).length, 0);
    assert.deepEqual(errors, []);
  });

  test("is answered in its turn when it waits behind another request", async (t) => {
    const { state, handler } = patient();
    const { port } = await serve(t, handler);
    const peer = await openRaw(t as never, { port });
    peer.write(get("/first") + broken);
    await state.asked;
    state.finish();
    assert.equal((await readAnswer(peer)).body, "/first");
    assert.equal((await readAnswer(peer)).status, 400);
    assert.equal(state.begun, 1);
  });

  test("ends the connection when the response is under way", async (t) => {
    const { port } = await serve(t, (request) => ({ body: request.body }));
    const peer = await openRaw(t as never, { port });
    peer.write(broken.slice(0, -10));
    assert.equal((await peer.readHead()).status, 200);
    peer.write("nonsense\r\n");
    assert.equal((await peer.readToEnd()).includes("\r\n0\r\n"), false);
  });
});

describe("a client that ends its side once it has asked", () => {
  test("gets every answer", async (t) => {
    const { port } = await serve(t, async (request) => {
      await setImmediate();
      return { body: request.url };
    });
    const peer = await openRaw(t as never, { port });
    peer.socket.end(get("/1") + get("/2") + get("/3"));
    for (let i = 1; i <= 3; i++) assert.equal((await readAnswer(peer)).body, `/${i}`);
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("gets its answer over TLS", async (t) => {
    const { ca, server } = makeCertificates();
    const { port } = await serve(t, ({ url }) => ({ body: url }), { tls: server });
    const options = { port, host: "127.0.0.1", servername: "localhost", ca, allowHalfOpen: true };
    const socket: TLSSocket = connectTls(options as object);
    t.after(() => socket.destroy());
    await once(socket, "secureConnect");
    const peer = new RawPeer(socket);
    socket.end(get("/1"));
    assert.equal((await readAnswer(peer)).body, "/1");
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("does not wait for ever", async (t) => {
    const { handler } = patient();
    const { port } = await serve(t, handler, { closeTimeoutMs: 50 });
    const peer = await openRaw(t as never, { port });
    peer.socket.end(get("/"));
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("in the middle of its request gets 400", async (t) => {
    for (const request of [
      headOf("POST / HTTP/1.1", "Host: x", "Content-Length: 10"),
      `${get("/")}GET / HT`,
    ]) {
      const { port } = await serve(t, async (given) => ({ body: await given.text() }));
      const peer = await openRaw(t as never, { port });
      peer.socket.end(request);
      if (request.startsWith("GET")) await readAnswer(peer);
      assert.equal((await readAnswer(peer)).status, 400);
      await peer.readToEnd();
    }
  });
});

test("a client that reads nothing of its response is cut off after the time of a silent WebSocket", async (t) => {
  const cancelled = firstCall<[]>();
  const body = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: cancelled.handler,
    });
  const { port } = await serve(t, () => ({ body: body() }), { heartbeat: { intervalMs: 30, timeoutMs: 20 } });
  const peer = await openRaw(t as never, { port });
  peer.socket.pause();
  peer.write(get("/"));
  await cancelled.called;
});

test("a handler that takes longer than that is waited for", async (t) => {
  const { state, handler } = patient();
  const { port } = await serve(t, handler, {
    heartbeat: { intervalMs: 30, timeoutMs: 20 },
    handshakeTimeoutMs: 200,
  });
  const peer = await openRaw(t as never, { port });
  peer.write(get("/slow"));
  await state.asked;
  // Another client's head is over its time only when that of the silence has passed.
  const late = await openRaw(t as never, { port });
  late.write("GET");
  assert.equal((await late.readHead()).status, 408);
  state.finish();
  assert.equal((await readAnswer(peer)).body, "/slow");
});
