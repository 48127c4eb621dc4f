import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { describe, test } from "node:test";
import { connect, type HttpRequest, type ServerHandlers, type ServerOptions } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { headOf, upgradeHead } from "../support/wire.js";

interface After {
  after(hook: () => Promise<void>): void;
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
}

async function ask(port: number, options: RequestOptions = {}, body?: string | Uint8Array): Promise<Answer> {
  const request = httpRequest({ host: "127.0.0.1", port, agent: false, ...options });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  // What is left of a body that nobody wants may still fail to be sent.
  request.on("error", () => {});
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk as Uint8Array);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

async function serve(t: After, request: NonNullable<ServerHandlers["request"]>, options: ServerOptions = {}) {
  return startServer(t, { ...echo, request }, options);
}

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
    const answer = await ask(port, { method: "PUT", path: "/a/b?c=d", headers: { "X-Ask": "please" } }, "some text");
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
    const { port } = await serve(t, ({ pathname }) => ({ status: Number(pathname.slice(1)), body: "a body" }));
    for (const status of [204, 304]) {
      const answer = await ask(port, { path: `/${status}` });
      assert.equal(answer.status, status);
      assert.equal(answer.body, "");
    }
  });

  test("a body larger than maxBodyBytes is answered with 413, which the client gets to read", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), { maxBodyBytes: 10 });
    assert.equal((await ask(port, { method: "POST" }, "0123456789")).body, "0123456789");
    const answer = await ask(port, { method: "POST" }, "0123456789a");
    assert.equal(answer.status, 413);
    assert.equal(answer.body, "Content Too Large\n");
  });

  test("a client that is still sending a large body gets to read the 413 too", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), { maxBodyBytes: 10 });
    for (let i = 0; i < 5; i++) assert.equal((await ask(port, { method: "POST" }, Buffer.alloc(8_000_000))).status, 413);
  });

  test("a chunked body larger than maxBodyBytes is answered with 413 while it still comes", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }), { maxBodyBytes: 10 });
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
        throw new Error("no more");
      })(),
    }));
    await assert.rejects(ask(port));
    await (await connect(`ws://127.0.0.1:${port}`)).close();
  });

  test("because the body is no JSON: 500, and the server goes on", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: JSON.stringify(await request.json()) }));
    assert.equal((await ask(port, { method: "POST" }, "{")).status, 500);
    assert.equal((await ask(port, { method: "POST" }, "{}")).status, 200);
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
    const answer = await ask(port, { method: "POST", path: "/a?b=c", headers: { "X-Ask": "please" } }, "text");
    assert.equal(answer.status, 201);
    assert.equal(answer.body, "got text");
    assert.deepEqual(seen, { method: "POST", url: `http://127.0.0.1:${port}/a?b=c`, ask: "please" });
  });

  test("a GET has no body", async (t) => {
    const { port } = await startServer(t, { fetch: (request) => new Response(String(request.body)) });
    assert.equal((await ask(port)).body, "null");
  });

  test("a method that Request does not take is answered, and not with a crash", async (t) => {
    const { port } = await startServer(t, { fetch: () => new Response("x") });
    assert.ok((await ask(port, { method: "TRACE" })).status >= 400);
    assert.equal((await ask(port)).status, 200);
  });
});

describe("targets that could choose a host", () => {
  async function urlsFor(t: After, target: string, host = "own.test") {
    const { port } = await serve(t, ({ url, pathname }) => ({ body: JSON.stringify([url, pathname]) }));
    const standard = await startServer(t, { fetch: ({ url }) => new Response(JSON.stringify(url)) });
    const answers: unknown[] = [];
    for (const server of [port, standard.port]) {
      const peer = await openRaw(t as never, { port: server });
      peer.write(headOf(`GET ${target} HTTP/1.1`, `Host: ${host}`, "Connection: close"));
      const head = await peer.readHead();
      const body = (await peer.readToEnd()).toString();
      answers.push(head.status === 200 ? JSON.parse(/\r\n/.test(body) ? body.split("\r\n")[1] : body) : head.status);
    }
    return answers;
  }

  test("an absolute target that names this host is its path", async (t) => {
    const [[url, pathname], standard] = (await urlsFor(t, "http://own.test/a?b")) as [string[], string];
    assert.equal(url, "/a?b");
    assert.equal(pathname, "/a");
    assert.equal(standard, "http://own.test/a?b");
  });

  test("an absolute target that names another host is refused", async (t) => {
    assert.deepEqual(await urlsFor(t, "http://other.test/a"), [400, 400]);
  });

  test("a target that begins with two slashes is a path on this host", async (t) => {
    const [[url, pathname], standard] = (await urlsFor(t, "//other.test/a")) as [string[], string];
    assert.deepEqual([url, pathname], ["//other.test/a", "//other.test/a"]);
    assert.equal(standard, "http://own.test/other.test/a");
  });

  test("two Host headers are refused", async (t) => {
    const { port } = await serve(t, () => ({ body: "x" }));
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: a.test", "Host: b.test"));
    assert.equal((await peer.readHead()).status, 400);
  });

  test("a Host header that is no host is refused", async (t) => {
    for (const host of ["own.test/evil.test", "evil.test@own.test", "a b", "own.test:99999"]) {
      assert.deepEqual(await urlsFor(t, "/", host), [400, 400]);
    }
  });
});

describe("a kept-alive connection", () => {
  test("serves one request after the other", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: request.url + (await request.text()) }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    for (let i = 0; i < 5; i++) {
      assert.equal((await ask(port, { agent, path: `/${i}`, method: "POST" }, "!")).body, `/${i}!`);
    }
  });

  test("can be upgraded by a later request", async (t) => {
    const { port, server } = await serve(t, () => ({ body: "first" }));
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost"));
    assert.equal((await peer.readResponse()).body, "first");
    await peer.upgrade();
    peer.sendFrame({ opcode: 1, payload: "hi" });
    assert.equal((await peer.readFrame()).payload.toString(), "hi");
    assert.equal(server.metrics().accepted, 1);
  });

  test("a later upgrade obeys the same rules as a first", async (t) => {
    const refused: [string, number][] = [
      [upgradeHead({ Origin: "http://evil.test" }), 403],
      [upgradeHead({}, "/elsewhere"), 404],
      [upgradeHead({ "Sec-WebSocket-Version": "8" }), 426],
      [upgradeHead({ "Sec-WebSocket-Key": undefined }), 400],
      [upgradeHead(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`X-${i}`, "y"]))), 431],
    ];
    for (const [head, status] of refused) {
      const { port } = await serve(t, () => ({ body: "first" }), { path: "/" });
      const peer = await openRaw(t as never, { port });
      peer.write(headOf("GET / HTTP/1.1", "Host: localhost"));
      await peer.readResponse();
      peer.write(head);
      assert.equal((await peer.readHead()).status, status);
    }
  });

  test("a later head that does not become complete is answered with 408", async (t) => {
    const { port } = await serve(t, () => ({ body: "first" }), { handshakeTimeoutMs: 60 });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost"));
    await peer.readResponse();
    peer.write("GET / HTTP/1.1\r\nHost: ");
    assert.equal((await peer.readHead()).status, 408);
  });

  test("an upgrade behind a request that is still being answered does not overtake it", async (t) => {
    let finish: () => void = () => {};
    const asked = firstCall<[HttpRequest]>();
    const { port } = await serve(t, async (request) => {
      asked.handler(request);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { body: "first" };
    });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost") + upgradeHead());
    await asked.called;
    finish();
    assert.equal((await peer.readResponse()).body, "first");
    assert.equal((await peer.readHead()).status, 101);
    peer.sendFrame({ opcode: 1, payload: "hi" });
    assert.equal((await peer.readFrame()).payload.toString(), "hi");
  });

  test("an upgrade behind a request whose client leaves meanwhile harms nothing", async (t) => {
    let finish: () => void = () => {};
    const asked = firstCall<[HttpRequest]>();
    const { port } = await serve(t, async (request) => {
      asked.handler(request);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { body: "first" };
    });
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: localhost") + upgradeHead());
    await asked.called;
    peer.socket.resetAndDestroy();
    await (await connect(`ws://127.0.0.1:${port}`)).close();
    finish();
    await (await connect(`ws://127.0.0.1:${port}`)).close();
  });
});

describe("a request that offers another protocol", () => {
  test("is answered as if it had not", async (t) => {
    const { port } = await serve(t, ({ pathname }) => ({ body: pathname }));
    const peer = await openRaw(t as never, { port });
    const settings = "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA";
    peer.write(headOf("GET /x HTTP/1.1", "Host: x", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", settings));
    const response = await peer.readResponse();
    assert.equal(response.status, 200);
    assert.equal(response.body, "/x");
  });

  test("and has a body is answered too, and the body is read as one", async (t) => {
    const { port } = await serve(t, async (request) => ({ body: await request.text() }));
    const peer = await openRaw(t as never, { port });
    peer.write(`${headOf("POST / HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 2")}hi`);
    const response = await peer.readResponse();
    assert.equal(response.status, 200);
    assert.equal(response.body, "hi");
    peer.write(headOf("GET / HTTP/1.1", "Host: x"));
    assert.equal((await peer.readResponse()).status, 200);
    await peer.upgrade();
  });
});

test("a socket that leaves right after its request harms nothing", async (t) => {
  const { port } = await serve(t, () => ({ body: "x" }));
  for (let i = 0; i < 20; i++) {
    const peer = await openRaw(t as never, { port });
    peer.write(headOf("GET / HTTP/1.1", "Host: x"));
    peer.socket.resetAndDestroy();
  }
  assert.equal((await ask(port)).body, "x");
  const ws = await connect(`ws://127.0.0.1:${port}`);
  ws.send("x");
  assert.equal(await nextMessage(ws), "x");
  await ws.close();
});
