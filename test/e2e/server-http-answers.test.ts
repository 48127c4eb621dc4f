import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { HttpResponse } from "sluice";
import { projectPath } from "../support/paths.js";
import { openRaw } from "../support/raw-client.js";
import { firstCall, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";
import { ask, readAnswer, serve } from "./plain-request.js";

type Answer = HttpResponse | Response;

const get = headOf("GET / HTTP/1.1", "Host: x");

/** A peer that has asked, and what the server reported. */
async function askFor(t: unknown, answer: () => Answer, request = get) {
  const errors: Error[] = [];
  const { port } = await startServer(t as never, {
    request: answer,
    error: (_ws, error) => errors.push(error),
  });
  const peer = await openRaw(t as never, { port });
  peer.write(request);
  return { peer, errors, port };
}

describe("an answer without content", () => {
  for (const [what, answer, request, status, length] of [
    ["HEAD", { body: "hello" }, "HEAD", 200, "5"],
    ["HEAD of a Blob", { body: new Blob(["hello"]) }, "HEAD", 200, "5"],
    ["HEAD with a length", { headers: { "Content-Length": "7" } }, "HEAD", 200, "7"],
    ["HEAD without either", {}, "HEAD", 200, undefined],
    ["204", { status: 204, headers: { "Content-Length": "5" }, body: "hello" }, "GET", 204, undefined],
    ["205", { status: 205, body: "hello" }, "GET", 205, "0"],
    ["304", { status: 304, body: "hello" }, "GET", 304, undefined],
    ["304 with a length", { status: 304, headers: { "Content-Length": "5" } }, "GET", 304, "5"],
  ] as const) {
    test(`${what}: a head and nothing else, and the connection goes on`, async (t) => {
      const head = headOf(`${request} / HTTP/1.1`, "Host: x");
      const { peer, errors } = await askFor(t, () => answer as HttpResponse, head + head);
      for (let i = 0; i < 2; i++) {
        const answered = await peer.readHead();
        assert.equal(answered.status, status);
        assert.equal(answered.headers.get("content-length"), length);
        assert.equal(answered.headers.get("transfer-encoding"), undefined);
      }
      assert.deepEqual(errors, []);
    });
  }

  test("tells a stream that nobody wants it", async (t) => {
    const cancelled = firstCall<[]>();
    const body = () => new ReadableStream({ cancel: () => cancelled.handler() });
    const { peer } = await askFor(t, () => ({ body: body() }), headOf("HEAD / HTTP/1.1", "Host: x"));
    assert.equal((await peer.readHead()).status, 200);
    await cancelled.called;
  });
});

describe("an answer that says another length than it has", () => {
  for (const [what, answer] of [
    ["too little", { headers: { "Content-Length": "10" }, body: "hello" }],
    ["too much", { headers: { "Content-Length": "0" }, body: "hello" }],
    ["no number", { headers: { "Content-Length": "5 bytes" }, body: "hello" }],
    ["two numbers", { headers: { "Content-Length": ["5", "6"] }, body: "hello" }],
    ["a Response of too little", new Response("hello", { headers: { "Content-Length": "10" } })],
    ["a Blob of too much", { headers: { "Content-Length": "1" }, body: new Blob(["hello"]) }],
  ] as [string, Answer][]) {
    test(`${what}: 500, and no client takes a body for a response`, async (t) => {
      const { peer, errors } = await askFor(t, () => answer);
      const answered = await readAnswer(peer);
      assert.deepEqual([answered.status, answered.closes], [500, true]);
      assert.equal(errors.length, 1);
      assert.match(errors[0].message, /Content-Length/);
    });
  }

  for (const [what, declared] of [
    ["too little", 20],
    ["too much", 3],
  ] as const) {
    test(`as it turns out later, ${what}: the connection is cut`, async (t) => {
      const body = async function* () {
        yield "hel";
        for (let i = 0; i < 3; i++) await setImmediate();
        yield "lo";
      };
      const headers = { "Content-Length": declared };
      const { peer, errors } = await askFor(t, () => ({ headers, body: body() }));
      assert.equal((await peer.readHead()).headers.get("content-length"), String(declared));
      assert.ok((await peer.readToEnd()).length <= declared);
      assert.equal(errors.length, 1);
    });
  }
});

describe("headers that belong to a connection", () => {
  test("of an answer that was made elsewhere are left out", async (t) => {
    const headers = {
      "Transfer-Encoding": "gzip, chunked",
      "Keep-Alive": "timeout=1000",
      Trailer: "X-Sum",
      Connection: "keep-alive, X-Private",
      "X-Kept": "yes",
    };
    const { peer } = await askFor(t, () => ({ headers, body: "hello" }), get + get);
    for (let i = 0; i < 2; i++) {
      const head = await peer.readHead();
      assert.deepEqual(
        ["transfer-encoding", "trailer", "connection", "x-kept", "content-length"].map((name) =>
          head.headers.get(name),
        ),
        [undefined, undefined, "X-Private", "yes", "5"],
      );
      assert.equal((await peer.read(5)).toString(), "hello");
    }
  });

  test("end it when the handler says so", async (t) => {
    const { peer } = await askFor(t, () => ({ headers: { Connection: "Close" }, body: "hello" }), get + get);
    assert.equal((await readAnswer(peer)).closes, true);
    assert.equal((await peer.readToEnd()).length, 0);
  });
});

describe("the length of an answer", () => {
  test("is said where it is known, so that HTTP/1.0 can go on", async (t) => {
    const old = headOf("GET / HTTP/1.0", "Connection: keep-alive");
    for (const answer of [
      () => ({ body: "hello" }),
      () => ({ body: new Blob(["hello"]) }),
      () => new Response("hello"),
    ]) {
      const { peer } = await askFor(t, answer, old + old);
      for (let i = 0; i < 2; i++) {
        const { closes, body } = await readAnswer(peer);
        assert.deepEqual([closes, body], [false, "hello"]);
      }
    }
  });

  test("is the connection's end where it is not, in HTTP/1.0", async (t) => {
    const body = async function* () {
      yield "a";
      for (let i = 0; i < 3; i++) await setImmediate();
      yield "b";
    };
    const old = headOf("GET / HTTP/1.0", "Connection: keep-alive");
    const { peer } = await askFor(t, () => ({ body: body() }), old);
    const { headers } = await peer.readHead();
    assert.equal(headers.get("transfer-encoding"), undefined);
    assert.equal((await peer.readToEnd()).toString(), "ab");
  });
});

describe("a body that comes in pieces", () => {
  test("that does not begin does not hold the head back", async (t) => {
    const { peer } = await askFor(t, () => ({ status: 202, body: new ReadableStream() }));
    assert.equal((await peer.readHead()).status, 202);
  });

  test("that fails at once is answered with 500", async (t) => {
    const failing = () =>
      new ReadableStream({
        start(controller) {
          controller.error(new Error("no more"));
        },
      });
    for (const answer of [() => ({ body: failing() }), () => new Response(failing())]) {
      const { peer, errors } = await askFor(t, answer);
      assert.equal((await readAnswer(peer)).status, 500);
      assert.equal(errors[0].message, "no more");
    }
  });

  test("that yields what is no chunk is answered with 500", async (t) => {
    const body = async function* () {
      yield 7;
    };
    const { peer, errors } = await askFor(t, () => ({ body: body() as never }));
    assert.equal((await readAnswer(peer)).status, 500);
    assert.equal(errors.length, 1);
  });

  test("can be a stream of Node's, and one that cannot be opened is no whole response", async (t) => {
    const { peer } = await askFor(t, () => ({ body: createReadStream(projectPath("LICENSE")) }));
    assert.match((await readAnswer(peer)).body, /MIT/);
    const missing = await askFor(t, () => ({ body: createReadStream(projectPath("no-such-file")) }));
    // Whether the head is out by the time the system says no depends on the system.
    const answered = (await missing.peer.readToEnd()).toString();
    assert.ok(!answered.startsWith("HTTP/1.1 200 ") || !answered.endsWith("0\r\n\r\n"), answered);
    assert.match(missing.errors[0].message, /ENOENT/);
  });

  test("is cancelled when the client goes, though it has nothing to say at the moment", async (t) => {
    const cancelled = firstCall<[]>();
    for (const answer of [
      () => ({ body: new ReadableStream({ cancel: () => cancelled.handler() }) }),
      () => new Response(new ReadableStream({ cancel: () => cancelled.handler() })),
    ]) {
      const { peer, errors } = await askFor(t, answer);
      await peer.readHead();
      peer.socket.resetAndDestroy();
      await cancelled.called;
      assert.deepEqual(errors, []);
    }
  });

  test("ends, as a stream of Node's, when the client goes", async (t) => {
    const stream = createReadStream("/dev/zero");
    const closed = once(stream, "close");
    const { peer, errors } = await askFor(t, () => ({ body: stream }));
    await peer.read(1_000_000);
    peer.socket.resetAndDestroy();
    await closed;
    assert.deepEqual(errors, []);
  });

  test("is cancelled when its client had gone before it was made", async (t) => {
    const asked = firstCall<[]>();
    const cancelled = firstCall<[]>();
    const left = firstCall<[]>();
    const { port } = await serve(t, async (request) => {
      if (request.pathname === "/other") return { body: "x" };
      asked.handler();
      await left.called;
      return new Response(new ReadableStream({ cancel: () => cancelled.handler() }));
    });
    const peer = await openRaw(t as never, { port });
    peer.write(get);
    await asked.called;
    peer.socket.resetAndDestroy();
    // The server has heard of it when it has answered somebody who came later.
    for (let i = 0; i < 5; i++) await ask(port, { path: "/other" });
    left.handler();
    await cancelled.called;
  });

  test("waits for a client that reads slowly", async (t) => {
    let pulled = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          if (++pulled > 200) controller.close();
          else controller.enqueue(new Uint8Array(262_144));
        },
      },
      { highWaterMark: 0 },
    );
    const { peer } = await askFor(t, () => ({ body }));
    await peer.readHead();
    peer.socket.pause();
    for (let before = -1; before !== pulled; ) {
      before = pulled;
      for (let i = 0; i < 50; i++) await setImmediate();
    }
    assert.ok(pulled < 200, "what nobody takes is not made");
    peer.socket.resume();
    while (pulled <= 200) await peer.read(65_536);
  });
});

describe("what a fetch handler answers", () => {
  for (const [what, answer] of [
    ["nothing", () => undefined],
    ["a text", () => "hello"],
    ["a status", () => 200],
    ["a Response that is an error", () => Response.error()],
    [
      "a Response that has been read",
      async () => {
        const response = new Response("hello");
        await response.text();
        return response;
      },
    ],
  ] as const) {
    test(`${what}, is answered with 500, and the error handler is told`, async (t) => {
      const failed = firstCall<[unknown, Error]>();
      const { port } = await startServer(t, { fetch: answer as never, error: failed.handler });
      assert.equal((await ask(port)).status, 500);
      await failed.called;
    });
  }
});
