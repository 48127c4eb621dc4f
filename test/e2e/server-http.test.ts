import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { connect, type HttpRequest, LimitError } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";
import { ask, serve } from "./plain-request.js";

describe("plain HTTP", () => {
  test("without a handler is answered with 426", async (t) => {
    const { port } = await startServer(t, echo);
    const answer = await ask(port);
    assert.equal(answer.status, 426);
    assert.equal(answer.headers.upgrade, "websocket");
  });

  test("reaches the request handler with everything it said", async (t) => {
    let seen: HttpRequest | undefined;
    const { port } = await serve(t, async (request) => {
      seen = request;
      return { status: 201, headers: { "X-Answer": "yes" }, body: `got ${await request.text()}` };
    });
    const answer = await ask(
      port,
      { method: "PUT", path: "/a/b?c=d", headers: { "X-Ask": "please" } },
      "some text",
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.headers["x-answer"], "yes");
    assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
    assert.equal(answer.body, "got some text");
    assert.ok(seen);
    assert.equal(seen.type, "http");
    assert.equal(seen.method, "PUT");
    assert.equal(seen.url, "/a/b?c=d");
    assert.equal(seen.pathname, "/a/b");
    assert.equal(seen.headers.get("x-ask"), "please");
    assert.equal(seen.remoteAddress, "127.0.0.1");
    assert.equal(seen.isSecure, false);
  });

  test("bodies are read as JSON, as bytes, or as they come", async (t) => {
    const { port } = await serve(t, async (request) => {
      if (request.pathname === "/json") return { body: JSON.stringify(await request.json()) };
      if (request.pathname === "/bytes") return { body: await request.bytes() };
      let length = 0;
      for await (const chunk of request.body) length += chunk.length;
      return { body: String(length) };
    });
    assert.equal((await ask(port, { method: "POST", path: "/json" }, '{"a": [1]}')).body, '{"a":[1]}');
    assert.equal((await ask(port, { method: "POST", path: "/bytes" }, Buffer.from("bytes"))).body, "bytes");
    assert.equal((await ask(port, { method: "POST", path: "/" }, Buffer.alloc(3_000_000))).body, "3000000");
  });

  for (const [kind, makeBody, expected] of [
    ["a string", () => "text", "text"],
    ["bytes", () => Buffer.from("bytes"), "bytes"],
    ["a Blob", () => new Blob(["blob"], { type: "text/x-blob" }), "blob"],
    ["a web stream", () => new Blob(["web", " stream"]).stream(), "web stream"],
    [
      "an async iterable",
      async function* () {
        yield "a";
        yield Buffer.from("b");
      },
      "ab",
    ],
    ["nothing", () => null, ""],
  ] as const) {
    test(`the answer's body can be ${kind}`, async (t) => {
      const { port } = await serve(t, () => ({ body: makeBody() as never }));
      const answer = await ask(port);
      assert.equal(answer.status, 200);
      assert.equal(answer.body, expected);
      if (kind === "a Blob") assert.equal(answer.headers["content-type"], "text/x-blob");
    });
  }

  test("the answer can be a Response", async (t) => {
    const { port } = await serve(t, () => {
      const headers = new Headers([
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
      ]);
      return new Response("standard", { status: 202, headers });
    });
    const answer = await ask(port);
    assert.equal(answer.status, 202);
    assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
    assert.equal(answer.body, "standard");
  });

  test("nothing answered: 404", async (t) => {
    const { port } = await serve(t, (() => undefined) as never);
    assert.equal((await ask(port)).status, 404);
  });

  test("HEAD gets the headers and no body", async (t) => {
    const { port } = await serve(t, () => ({ headers: { "X-Answer": "yes" }, body: "a body" }));
    const answer = await ask(port, { method: "HEAD" });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["x-answer"], "yes");
    assert.equal(answer.body, "");
  });

  test("204 and 304 have no body", async (t) => {
    const { port } = await serve(t, ({ pathname }) => ({
      status: Number(pathname.slice(1)),
      body: "a body",
    }));
    for (const status of [204, 304]) {
      const answer = await ask(port, { path: `/${status}` });
      assert.equal(answer.status, status);
      assert.equal(answer.body, "");
    }
  });

  test("a body larger than maxBodyBytes is answered with 413, which the client gets to read", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), {
      maxBodyBytes: 10,
    });
    assert.equal((await ask(port, { method: "POST" }, "0123456789")).body, "0123456789");
    const answer = await ask(port, { method: "POST" }, "0123456789a");
    assert.equal(answer.status, 413);
    assert.equal(answer.body, "Content Too Large\n");
  });

  test("a body larger than maxBodyBytes rejects with the limit, which the handler may answer itself", async (t) => {
    const { port } = await serve(
      t,
      async (request) => {
        const error = await request.text().catch((reason) => reason);
        assert.ok(error instanceof LimitError, String(error));
        return { status: 200, body: `${error.code} ${error.limit}` };
      },
      { maxBodyBytes: 10 },
    );
    const answer = await ask(port, { method: "POST" }, "0123456789a");
    assert.deepEqual([answer.status, answer.body], [200, "BODY_TOO_LARGE 10"]);
  });

  test("a client that is still sending a large body gets to read the 413 too", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), {
      maxBodyBytes: 10,
    });
    for (let i = 0; i < 5; i++)
      assert.equal((await ask(port, { method: "POST" }, Buffer.alloc(8_000_000))).status, 413);
  });

  test("a chunked body larger than maxBodyBytes is answered with 413 while it still comes", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), {
      maxBodyBytes: 10,
    });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"));
    peer.write("20\r\n0123456789abcdef0123456789abcdef\r\n");
    assert.equal((await peer.readHead()).status, 413);
  });

  test("a body that is too large and does not end is not read for ever", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), {
      maxBodyBytes: 10,
      closeTimeoutMs: 50,
    });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"));
    peer.write("20\r\n0123456789abcdef0123456789abcdef\r\n");
    assert.equal((await peer.readResponse()).status, 413);
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("a client that waits for 100 is told to continue", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }));
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("POST / HTTP/1.1", "Host: x", "Expect: 100-continue", "Content-Length: 2"));
    assert.equal((await peer.readHead()).status, 100);
    peer.write("hi");
    assert.equal((await peer.readResponse()).body, "hi");
  });
});

describe("a handler that fails", () => {
  for (const [how, handler] of [
    [
      "throws",
      () => {
        throw new Error("secret");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret"))],
    ["rejects with what cannot even be made into text", () => Promise.reject(Object.create(null))],
    ["answers a header with a line break", () => ({ headers: { "X-Name": "a\r\nSet-Cookie: b=c" } })],
    ["answers a status that HTTP does not have", () => ({ status: 7 })],
    ["answers a body that is none", () => ({ body: 7 as never })],
  ] as const) {
    test(`${how}: 500 without detail, and the error handler is told`, async (t) => {
      const error = firstCall<[unknown, Error]>();
      const { port } = await startServer(t, { request: handler, error: error.handler });
      const answer = await ask(port);
      assert.equal(answer.status, 500);
      assert.equal(answer.body, "Internal Server Error\n");
      assert.equal(answer.headers["set-cookie"], undefined);
      assert.equal((await error.called)[0], undefined);
    });
  }

  test("in the middle of its body ends the connection, so that the client knows", async (t) => {
    const { port } = await serve(t, () => ({
      body: (async function* () {
        yield "half";
        await setImmediate();
        await setImmediate();
        throw new Error("no more");
      })(),
    }));
    await assert.rejects(ask(port));
    await (await connect(`ws://127.0.0.1:${port}`)).close();
  });
});

describe("the fetch handler", () => {
  test("gets a Request and answers a Response", async (t) => {
    let seen: { method: string; url: string; ask: string | null } | undefined;
    const { port } = await startServer(t, {
      async fetch(request) {
        seen = { method: request.method, url: request.url, ask: request.headers.get("x-ask") };
        return new Response(`got ${await request.text()}`, { status: 201 });
      },
    });
    const answer = await ask(
      port,
      { method: "POST", path: "/a?b=c", headers: { "X-Ask": "please" } },
      "text",
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.body, "got text");
    assert.deepEqual(seen, { method: "POST", url: `http://127.0.0.1:${port}/a?b=c`, ask: "please" });
  });

  test("a GET has no body", async (t) => {
    const { port } = await startServer(t, { fetch: (request) => new Response(String(request.body)) });
    assert.equal((await ask(port)).body, "null");
  });

  test("reads at most maxBodyBytes, and answers 413 beyond", async (t) => {
    const errors: unknown[] = [];
    const { port } = await startServer(
      t,
      {
        fetch: async (request) => new Response(await request.text()),
        error: (_ws, error) => errors.push(error),
      },
      { maxBodyBytes: 10 },
    );
    assert.equal((await ask(port, { method: "POST" }, "0123456789")).body, "0123456789");
    assert.equal((await ask(port, { method: "POST" }, "0123456789a")).status, 413);
    const chunked = { method: "POST", headers: { "Transfer-Encoding": "chunked" } };
    assert.equal((await ask(port, chunked, Buffer.alloc(8_000_000))).status, 413);
    assert.deepEqual(errors, []);
  });
});
