import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { ConnectionRegistry } from "#src/server/connection-registry.js";
import type { ServerHandlers } from "#src/server/handlers.js";
import { PlainHttpServer } from "#src/server/plain-http-server.js";
import { resolveServerOptions, type ServerOptions } from "#src/server/server-options.js";
import { Upgrader } from "#src/server/upgrader.js";
import { headOf, upgradeHead } from "../../support/wire.js";
import { RecordingStream, settle } from "./http-parts.js";

function serve(t: TestContext, handlers: ServerHandlers, options: ServerOptions = {}) {
  const registry = new ConnectionRegistry<unknown>();
  const upgrader = new Upgrader(registry, resolveServerOptions({ heartbeat: false, ...options }), handlers);
  const server = new PlainHttpServer(upgrader, handlers);
  server.start();
  t.after(() => Promise.all([server.close(0), registry.drain(1001, "", 0)]));
  return {
    server,
    registry,
    connect(): RecordingStream {
      const stream = new RecordingStream();
      server.add(stream);
      return stream;
    },
  };
}

const get = headOf("GET /a HTTP/1.1", "Host: x");
const echo: ServerHandlers = { request: ({ url }) => ({ body: url }) };

function statuses({ written }: RecordingStream): number[] {
  return [...written.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}

describe("the HTTP server behind the listener", () => {
  test("answers the requests of a stream, one after the other", async (t) => {
    const stream = serve(t, echo).connect();
    stream.push(get + get);
    await settle();
    assert.deepEqual(statuses(stream), [200, 200]);
    stream.push(get);
    await settle();
    assert.deepEqual(statuses(stream), [200, 200, 200]);
  });

  test("tells a client to send its body when the handler asks for it", async (t) => {
    const handlers: ServerHandlers = { request: async (request) => ({ body: await request.text() }) };
    const stream = serve(t, handlers).connect();
    stream.push(headOf("POST / HTTP/1.1", "Host: x", "Expect: 100-continue", "Content-Length: 2"));
    await settle();
    assert.deepEqual(statuses(stream), [100]);
    stream.push("hi");
    await settle();
    assert.deepEqual(statuses(stream), [100, 200]);
  });

  for (const [what, bytes, status] of [
    ["another expectation", headOf("GET / HTTP/1.1", "Host: x", "Expect: a-miracle"), 417],
    ["CONNECT", headOf("CONNECT x:80 HTTP/1.1", "Host: x:80"), 501],
    ["a method that nobody knows", headOf("BREW / HTTP/1.1", "Host: x"), 501],
    ["what is no request", "\x01\x02\r\n\r\n", 400],
    ["too large a head", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, 431],
  ] as const) {
    test(`answers ${what} with ${status}, and leaves`, async (t) => {
      const stream = serve(t, echo).connect();
      stream.push(get + bytes);
      await settle();
      assert.deepEqual(statuses(stream), [200, status]);
      assert.equal(stream.writableEnded, true);
      stream.push(get);
      await settle();
      assert.deepEqual(statuses(stream), [200, status]);
    });
  }

  test("hands over what becomes a WebSocket, behind the answers before it", async (t) => {
    const { connect, registry, server } = serve(t, echo);
    const stream = connect();
    stream.push(get + upgradeHead());
    await settle();
    assert.deepEqual(statuses(stream), [200, 101]);
    assert.equal(registry.connections.size, 1);
    assert.equal("destroySoon" in stream, false, "the stream is as it was");
    await server.close(0);
    assert.equal(stream.destroyed, false, "and no plain connection any more");
    stream.destroy();
  });

  test("serves what offers another protocol as if it had not", async (t) => {
    const stream = serve(t, echo).connect();
    const offer = headOf("GET /b HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: h2c");
    stream.push(offer + get);
    await settle();
    assert.deepEqual(statuses(stream), [200, 200]);
    const listeners = (): number =>
      stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name), 0);
    const before = listeners();
    for (let i = 0; i < 10; i++) {
      stream.push(offer);
      await settle();
    }
    assert.equal(statuses(stream).length, 12);
    assert.equal(listeners(), before);
  });
});

describe("close", () => {
  test("ends what is idle, and takes nothing more", async (t) => {
    const { server, connect } = serve(t, echo);
    const idle = connect();
    idle.push(get);
    await settle();
    await server.close(60_000);
    assert.equal(idle.destroyed, true);
    assert.equal(connect().destroyed, true);
  });

  test("waits for answers, and says in them that they are the last", async (t) => {
    let finish: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { server, connect } = serve(t, { request: () => wait.then(() => ({ body: "late" })) });
    const stream = connect();
    stream.push(get + get);
    await settle();
    const closed = server.close(60_000);
    finish();
    await closed;
    assert.deepEqual(statuses(stream), [200]);
    assert.match(stream.written, /Connection: close\r\n/);
  });

  test("waits as long as it takes when the time is Infinity", async (t) => {
    let finish: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { server, connect } = serve(t, { request: () => wait.then(() => ({ body: "late" })) });
    const stream = connect();
    stream.push(get);
    await settle();
    const closed = server.close(Infinity);
    // Node's timer for Infinity is over after a millisecond, and before one that was begun later.
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(stream.destroyed, false);
    finish();
    await closed;
    assert.deepEqual(statuses(stream), [200]);
  });

  test("destroys what is left when its time is over", async (t) => {
    const { server, connect } = serve(t, { request: () => new Promise(() => {}) });
    const stream = connect();
    stream.push(get);
    await settle();
    await server.close(10);
    assert.equal(stream.destroyed, true);
  });

  test("a stream that was destroyed before it came is not waited for", async (t) => {
    const { server } = serve(t, echo);
    const stream = new RecordingStream();
    stream.destroy();
    await settle();
    server.add(stream);
    await server.close(60_000);
  });
});
