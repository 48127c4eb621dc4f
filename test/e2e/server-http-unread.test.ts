import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { type ServerHandlers, StateError } from "sluice";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { firstCall, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";
import { readAnswer, serve } from "./plain-request.js";

/** Handlers that leave a body alone, or stop in the middle of it. */
const careless: [how: string, handlers: ServerHandlers][] = [
  ["a request handler that does not look at it", { request: () => ({ body: "ok" }) }],
  ["a fetch handler that does not look at it", { fetch: () => new Response("ok") }],
  [
    "a request handler that leaves its loop",
    {
      async request(request) {
        for await (const _chunk of request.body) break;
        return { body: "ok" };
      },
    },
  ],
  [
    "a fetch handler that cancels it",
    {
      async fetch(request) {
        const reader = request.body?.getReader();
        await reader?.read();
        await reader?.cancel();
        return new Response("ok");
      },
    },
  ],
  ["no handler", {}],
];

/** A raw peer and what went wrong with its socket. */
async function open(t: unknown, port: number): Promise<{ peer: RawPeer; errors: string[] }> {
  const peer = await openRaw(t as never, { port });
  const errors: string[] = [];
  peer.socket.on("error", (error: Error & { code?: string }) => errors.push(error.code ?? error.message));
  return { peer, errors };
}

function post(...headers: string[]): string {
  return headOf("POST / HTTP/1.1", "Host: x", ...headers);
}

const next = headOf("GET /next HTTP/1.1", "Host: x");

for (const [how, handlers] of careless) {
  describe(`a body left by ${how}`, () => {
    test("is read on when it is small, and the next request follows", async (t) => {
      const { port } = await startServer(t, handlers);
      const { peer, errors } = await open(t, port);
      for (const body of ["x".repeat(10), "x".repeat(150_000)]) {
        peer.write(post(`Content-Length: ${body.length}`) + body + next);
        for (let i = 0; i < 2; i++) assert.equal((await readAnswer(peer)).closes, false);
        peer.write(`${post("Transfer-Encoding: chunked")}a\r\n0123456789\r\n0\r\n\r\n${next}`);
        for (let i = 0; i < 2; i++) assert.equal((await readAnswer(peer)).closes, false);
      }
      assert.deepEqual(errors, []);
    });

    test("ends the connection when it is large, and takes no response from a client that sends it all", async (t) => {
      const { port } = await startServer(t, handlers, { maxBodyBytes: Infinity });
      const { peer, errors } = await open(t, port);
      peer.write(post("Content-Length: 20000000"));
      peer.write(Buffer.alloc(20_000_000));
      peer.write(next);
      const { status, closes } = await readAnswer(peer);
      assert.ok(status === 200 || status === 426);
      assert.equal(closes, true);
      assert.equal((await peer.readToEnd()).length, 0, "and no further request is answered");
      // Nobody cuts the connection before the client has sent what it wanted to.
      peer.socket.end();
      await once(peer.socket, "close");
      assert.deepEqual(errors, []);
    });

    test("ends the connection when more comes than was to be expected", async (t) => {
      const { port } = await startServer(t, handlers);
      const { peer, errors } = await open(t, port);
      peer.write(post("Transfer-Encoding: chunked"));
      const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
      for (let i = 0; i < 100; i++) peer.write(chunk);
      await readAnswer(peer);
      assert.equal((await peer.readToEnd()).length, 0);
      peer.socket.end();
      await once(peer.socket, "close");
      assert.deepEqual(errors, []);
    });

    test("ends the connection when it does not go on", async (t) => {
      const { port } = await startServer(t, handlers, { closeTimeoutMs: 50 });
      const { peer } = await open(t, port);
      peer.write(`${post("Content-Length: 10")}half`);
      await readAnswer(peer);
      assert.equal((await peer.readToEnd()).length, 0);
    });

    test("ends the connection when it does not end", async (t) => {
      const { port } = await startServer(t, handlers, { closeTimeoutMs: 50 });
      const { peer } = await open(t, port);
      const closed = once(peer.socket, "close").catch(() => {});
      peer.write(post("Transfer-Encoding: chunked"));
      const write = (): void => {
        while (!peer.socket.destroyed && peer.socket.write(`400\r\n${"x".repeat(1024)}\r\n`)) {}
      };
      peer.socket.on("drain", write);
      write();
      await readAnswer(peer);
      await closed;
    });
  });
}

describe("a body of which the client waits to be asked", () => {
  const expect = "Expect: 100-continue";

  test("is asked for when the handler reads it, and not before", async (t) => {
    let read: () => void = () => {};
    const asked = firstCall<[]>();
    const { port } = await startServer(t, {
      async fetch(request) {
        asked.handler();
        await new Promise<void>((resolve) => {
          read = resolve;
        });
        return new Response(await request.text());
      },
    });
    const { peer } = await open(t, port);
    peer.write(post(expect, "Content-Length: 2"));
    await asked.called;
    assert.equal(peer.socket.bytesRead, 0);
    read();
    assert.equal((await peer.readHead()).status, 100);
    peer.write("hi");
    const answer = await readAnswer(peer);
    assert.deepEqual([answer.body, answer.closes], ["hi", false]);
  });

  test("is never asked for when nobody wants it, and the connection ends behind the answer", async (t) => {
    for (const handlers of [careless[0][1], careless[1][1]]) {
      const { port } = await startServer(t, handlers);
      const { peer } = await open(t, port);
      peer.write(post(expect, "Content-Length: 2"));
      const { status, closes } = await readAnswer(peer);
      assert.deepEqual([status, closes], [200, true]);
      assert.equal((await peer.readToEnd()).length, 0);
    }
  });

  test("is not asked for when it would be too large", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), { maxBodyBytes: 1 });
    const { peer } = await open(t, port);
    peer.write(post(expect, "Content-Length: 2"));
    assert.equal((await readAnswer(peer)).status, 413);
  });
});

test("a response to HEAD with a body that nobody reads is a head, and the next request follows", async (t) => {
  const { port } = await serve(t, () => ({ body: "ok" }));
  const { peer } = await open(t, port);
  peer.write(`${headOf("HEAD / HTTP/1.1", "Host: x", "Content-Length: 4")}body${next}`);
  const head = await peer.readHead();
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "2"]);
  assert.equal((await readAnswer(peer)).body, "ok");
});

test("a body that is read when the answer is complete already rejects", async (t) => {
  const tried = firstCall<[unknown]>();
  const { port } = await serve(t, (request) => {
    void request.text().catch(tried.handler);
    return { body: "early" };
  });
  const { peer } = await open(t, port);
  peer.write(`${post("Content-Length: 4")}ha`);
  assert.equal((await readAnswer(peer)).body, "early");
  const [error] = await tried.called;
  assert.ok(error instanceof StateError && error.code === "ALREADY_USED");
  peer.write(`lf${next}`);
  assert.equal((await readAnswer(peer)).body, "early");
});

test("a body can be read while the answer is under way, whatever its length", async (t) => {
  const { port } = await startServer(
    t,
    { fetch: (request) => new Response(request.body) },
    { maxBodyBytes: Infinity },
  );
  const { peer, errors } = await open(t, port);
  peer.write(post("Content-Length: 2000000"));
  peer.write(Buffer.alloc(2_000_000, "x"));
  const { closes, body } = await readAnswer(peer);
  assert.deepEqual([closes, body.length], [false, 2_000_000]);
  peer.write(next);
  assert.equal((await readAnswer(peer)).status, 200);
  assert.deepEqual(errors, []);
});
