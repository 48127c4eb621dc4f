import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { describe, test } from "node:test";
import { connect, createServer, HttpClient, StateError, TransportError } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";
import { headOf, upgradeHead } from "../support/wire.js";

describe("close of a server", () => {
  test("closes every connection with 1001 and resolves when they are over", async (t) => {
    const { server, url } = await startServer(t, echo);
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(url)));
    await server.close();
    assert.equal(server.connections.size, 0);
    for (const ws of clients) {
      const { code, reason, wasClean } = await ws.closed;
      assert.deepEqual({ code, reason, wasClean }, { code: 1001, reason: "", wasClean: true });
    }
  });

  test("waits for its connections, whatever is tried with the set of them", async (t) => {
    const { server, url } = await startServer(t, echo);
    const ws = await connect(url);
    const set = server.connections as unknown as Record<string, ((member?: unknown) => void) | undefined>;
    const [served] = server.connections;
    set.delete?.(served);
    set.clear?.();
    assert.equal(server.connections.size, 1);
    await server.close();
    assert.equal((await ws.closed).code, 1001);
  });

  test("lets nobody listen before it has ended, and then again", async (t) => {
    const { server, url } = await startServer(t, echo);
    const ws = await connect(url);
    const closed = server.close();
    await assert.rejects(server.listen(0), {
      code: "ALREADY_USED",
      message: "the server is closing; wait for what close answered, then listen",
    });
    await closed;
    assert.equal((await ws.closed).code, 1001);
    const again = await server.listen(0);
    await (await connect(again.url)).close();
    await server.close();
  });

  test("says the code and reason it was given", async (t) => {
    const { server, url } = await startServer(t, echo);
    const ws = await connect(url);
    await server.close({ code: 1012, reason: "back soon" });
    const { code, reason } = await ws.closed;
    assert.deepEqual([code, reason], [1012, "back soon"]);
  });

  test("refuses a code that may not be sent before anything is closed", async (t) => {
    const { server, url } = await startServer(t, echo);
    const ws = await connect(url);
    await assert.rejects(server.close({ code: 1006 }), StateError);
    await assert.rejects(server.close({ reason: "x".repeat(124) }), StateError);
    assert.equal(ws.readyState, 1);
    await (await connect(url)).close();
    await ws.close();
  });

  test("accepts nothing more", async (t) => {
    const { server, url } = await startServer(t, echo);
    await server.close();
    await assert.rejects(connect(url), (error) => {
      assert.ok(error instanceof TransportError);
      assert.equal(error.code, "CONNECTION_REFUSED");
      return true;
    });
  });

  test("frees the port for the next server", async (t) => {
    const { server, port } = await startServer(t, echo);
    await server.close();
    const next = createServer(echo);
    t.after(() => next.close());
    assert.equal((await next.listen({ port, host: "127.0.0.1" })).port, port);
  });

  test("terminates peers that do not answer, after timeoutMs", async (t) => {
    const { server, port } = await startServer(t, echo);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    await server.close({ timeoutMs: 50 });
    assert.equal((await peer.readClose()).code, 1001);
    assert.equal(server.connections.size, 0);
    await peer.readToEnd();
  });

  test("waits as long as it takes when timeoutMs is Infinity", async (t) => {
    const { server, port } = await startServer(t, echo);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    const closed = server.close({ timeoutMs: Infinity });
    assert.equal((await peer.readClose()).code, 1001);
    // Node's timer for Infinity is over after a millisecond, and before one that was begun later.
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(server.connections.size, 1);
    peer.sendFrame({ opcode: 0x8, payload: Buffer.from([0x03, 0xe9]) });
    peer.socket.end();
    await closed;
  });

  test("terminates peers that do not even read, after timeoutMs", async (t) => {
    const { server, port } = await startServer(t, {}, { maxBufferedBytes: Infinity });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.socket.pause();
    for (const ws of server.connections) for (let i = 0; i < 64; i++) ws.send(new Uint8Array(1_048_576));
    await server.close({ timeoutMs: 50 });
    assert.equal(server.connections.size, 0);
  });

  test("ends sockets that have not sent a whole request", async (t) => {
    const { server, port } = await startServer(t, echo);
    const silent = await openRaw(t, { port });
    const slow = await openRaw(t, { port });
    slow.write("GET / HTTP/1.1\r\nHost: ");
    // The server has certainly accepted both when a third one is open.
    await (await connect(`ws://127.0.0.1:${port}`)).close();
    await server.close();
    await silent.readToEnd();
    await slow.readToEnd();
  });

  test("waits for a plain request that is being answered", async (t) => {
    let finish: () => void = () => {};
    const asked = firstCall<[unknown]>();
    const { server, url } = await startServer(t, {
      async request(request) {
        asked.handler(request);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { body: "late" };
      },
    });
    const response = new HttpClient().get(url.replace("ws:", "http:"));
    await asked.called;
    let isClosed = false;
    const closed = server.close().then(() => {
      isClosed = true;
    });
    await (await import("node:timers/promises")).setImmediate();
    assert.equal(isClosed, false);
    finish();
    assert.equal((await response).text(), "late");
    await closed;
  });

  test("ends a plain request that is never answered, after timeoutMs", async (t) => {
    const asked = firstCall<[unknown]>();
    const { server, port } = await startServer(t, {
      request(request) {
        asked.handler(request);
        return new Promise(() => {});
      },
    });
    const peer = await openRaw(t, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: x"));
    await asked.called;
    await server.close({ timeoutMs: 50 });
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("ends kept-alive connections that have nothing to do", async (t) => {
    const { server, port } = await startServer(t, { request: () => ({ body: "x" }) });
    const peer = await openRaw(t, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: x"));
    await peer.readResponse();
    await server.close();
    await peer.readToEnd();
  });

  test("leaves no upgrade that is still being decided to open afterwards", async (t) => {
    let decide: (value: boolean) => void = () => {};
    let opened = 0;
    const asked = firstCall<[unknown]>();
    const { server, port } = await startServer(t, {
      request: () => ({ body: "first" }),
      upgrade(request) {
        asked.handler(request);
        return new Promise<boolean>((resolve) => {
          decide = resolve;
        });
      },
      open: () => opened++,
    });
    const peer = await openRaw(t, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost"));
    await peer.readResponse();
    peer.write(upgradeHead());
    await asked.called;
    const closed = server.close({ timeoutMs: 1000 });
    decide(true);
    const answer = (await peer.readToEnd()).toString("latin1");
    assert.ok(answer === "" || answer.startsWith("HTTP/1.1 503 "), answer);
    await closed;
    assert.equal(opened, 0);
    assert.equal(server.connections.size, 0);
  });

  test("waits until a refused client has read its refusal and ends", async (t) => {
    const { server, port } = await startServer(t, { upgrade: () => false });
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead());
    assert.equal((await peer.readHead()).status, 403);
    let isClosed = false;
    const closed = server.close({ timeoutMs: Infinity }).then(() => {
      isClosed = true;
    });
    // Node's timer for Infinity is over after a millisecond, and before one that was begun later.
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(isClosed, false);
    peer.socket.end();
    await closed;
  });

  test("ends a refused client that stays, after timeoutMs", async (t) => {
    const { server, port } = await startServer(t, { upgrade: () => false });
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead());
    assert.equal((await peer.readHead()).status, 403);
    await server.close({ timeoutMs: 20 });
    // Nobody is there any more to read this; a socket that was told to write learns so from the answer to an earlier write.
    const gone = new Promise((resolve) => peer.socket.once("close", resolve));
    const writing = setInterval(() => peer.write("still here"), 1);
    t.after(() => clearInterval(writing));
    await gone;
  });

  test("can be called twice, and before listen", async (t) => {
    const { server, url } = await startServer(t, echo);
    await connect(url);
    await Promise.all([server.close(), server.close()]);
    await server.close();
    await createServer(echo).close();
  });
});

describe("listen", () => {
  test("answers port, address and url", async (t) => {
    const { port, address, url } = await startServer(t, echo);
    assert.ok(port > 0);
    assert.equal(address, "127.0.0.1");
    assert.equal(url, `ws://127.0.0.1:${port}`);
  });

  test("on every address answers a URL that can be connected to", async (t) => {
    const server = createServer(echo);
    t.after(() => server.close());
    const { url } = await server.listen(0);
    await (await connect(url)).close();
  });

  test("on an IPv6 address answers it in brackets", async (t) => {
    const server = createServer(echo);
    t.after(() => server.close());
    const { url } = await server.listen({ port: 0, host: "::1" });
    assert.match(url, /^ws:\/\/\[::1\]:\d+$/);
    await (await connect(url)).close();
  });

  test("rejects a port that is taken, and may be tried again", async (t) => {
    const { port } = await startServer(t, echo);
    const server = createServer(echo);
    t.after(() => server.close());
    await assert.rejects(server.listen({ port, host: "127.0.0.1" }), (error) => {
      assert.ok(error instanceof TransportError);
      assert.equal(error.code, "ADDRESS_IN_USE");
      assert.equal(error.errno, "EADDRINUSE");
      return true;
    });
    const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
    await (await connect(url)).close();
  });

  test("twice at once is a mistake of the caller's, too", async (t) => {
    const server = createServer(echo);
    t.after(() => server.close());
    const target = { port: 0, host: "localhost" };
    const [first, second] = await Promise.allSettled([server.listen(target), server.listen(target)]);
    assert.equal(first.status, "fulfilled");
    assert.equal((second as PromiseRejectedResult).reason.code, "ALREADY_USED");
  });

  for (const target of [0, { port: 0, host: "localhost" }, { port: 0, host: "127.0.0.1" }]) {
    test(`on ${JSON.stringify(target)} is cancelled by close, and can be repeated`, async (t) => {
      const server = createServer(echo);
      t.after(() => server.close());
      const cancelled = assert.rejects(server.listen(target), {
        name: "StateError",
        code: "ALREADY_USED",
        message: "the server was closed before it listened; listen again when it is to be open",
      });
      await server.close();
      await cancelled;
      const { url } = await server.listen(target);
      await (await connect(url)).close();
    });
  }

  test("leaves nothing on its port when it is cancelled", async (t) => {
    const { server, port } = await startServer(t, echo);
    await server.close();
    const target = { port, host: "127.0.0.1" };
    const cancelled = assert.rejects(server.listen(target), StateError);
    await server.close();
    const next = createServer(echo);
    t.after(() => next.close());
    assert.equal((await next.listen(target)).port, port);
    await cancelled;
  });

  test("twice is a mistake of the caller's", async (t) => {
    const { server } = await startServer(t, echo);
    await assert.rejects(server.listen(0), StateError);
  });

  for (const target of [-1, 65_536, 1.5, "3000", null, { port: "x" }, {}]) {
    test(`on ${JSON.stringify(target)} throws`, async () => {
      await assert.rejects(async () => createServer(echo).listen(target as number), StateError);
    });
  }

  test("a socket that connects and leaves again is no event", async (t) => {
    const { port, url } = await startServer(t, echo);
    const socket = connectTcp(port, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
    await (await connect(url)).close();
  });
});
