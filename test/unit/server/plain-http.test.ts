import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerHandlers } from "#src/server/handlers.js";
import type { HttpConnection } from "#src/server/http-connection.js";
import type { HttpResponse, NodeHttpRequest } from "#src/server/http-exchange.js";
import { PlainExchange, type PlainRequest } from "#src/server/plain-http.js";
import { resolveServerOptions } from "#src/server/server-options.js";
import { complete, makeRequest, makeResponse, settle } from "./http-parts.js";

interface Parts {
  headers?: Record<string, string>;
  method?: string;
  url?: string;
  content?: string;
  isComplete?: boolean;
  given?: Partial<PlainRequest>;
  isClosing?: boolean;
}

/** One exchange, begun, with everything around it written down. */
function exchange(handlers: ServerHandlers, parts: Parts = {}) {
  const {
    headers = { Host: "x" },
    method = "GET",
    url = "/",
    content = "",
    isComplete = true,
    given,
  } = parts;
  const message = makeRequest(headers, method, url);
  const { response, stream } = makeResponse(message);
  if (content !== "") message.push(content);
  if (isComplete) complete(message);
  const reported: Error[] = [];
  const drained: unknown[] = [];
  const counts = { done: 0, ended: 0 };
  const host = {
    handlers,
    settings: resolveServerOptions({ maxBodyBytes: 10, maxHeaders: 3 }),
    isClosing: parts.isClosing ?? false,
    report: (error: Error) => reported.push(error),
    refused: () => {},
    ended: () => counts.ended++,
  };
  const connection = { drain: (body: unknown) => drained.push(body) } as unknown as HttpConnection;
  const turn = new PlainExchange(host, connection, { message, response, ...given });
  const begin = (): void => turn.begin(() => counts.done++);
  return { turn, begin, message, response, stream, reported, drained, counts };
}

async function answered(handlers: ServerHandlers, parts: Parts = {}) {
  const all = exchange(handlers, parts);
  all.begin();
  await settle();
  const status = Number(/^HTTP\/1\.1 (\d+) /.exec(all.stream.written)?.[1]);
  return { ...all, status, closes: all.stream.written.includes("Connection: close\r\n") };
}

const ok: ServerHandlers = { request: () => ({ body: "ok" }) };
const echo: ServerHandlers = { request: async (request) => ({ body: await request.text() }) };

describe("an exchange", () => {
  test("answers, and is over when its response is", async () => {
    const { status, closes, response, counts } = await answered(ok);
    assert.deepEqual([status, closes, counts.done], [200, false, 0]);
    response.emit("close");
    assert.deepEqual(counts, { done: 1, ended: 1 });
  });

  test("prefers `request`, then `fetch`, then 426", async () => {
    const fetch = (): Response => new Response(null, { status: 204 });
    assert.equal((await answered({ ...ok, fetch })).status, 200);
    assert.equal((await answered({ fetch })).status, 204);
    const { status, stream } = await answered({});
    assert.equal(status, 426);
    assert.match(stream.written, /Upgrade: websocket\r\nConnection: Upgrade\r\n/);
  });

  test("answers 404 when the handler has nothing to say", async () => {
    assert.equal((await answered({ request: (() => undefined) as never })).status, 404);
  });

  test("answers what was decided before, and asks no handler", async () => {
    assert.equal((await answered(ok, { given: { refusal: 417 } })).status, 417);
  });

  for (const [what, parts, status] of [
    ["too many headers", { headers: { Host: "x", A: "1", B: "2", C: "3" } }, 431],
    ["no Host", { headers: {} }, 400],
    ["a Host that is none", { headers: { Host: "a/b" } }, 400],
    ["another coding", { headers: { Host: "x", "Transfer-Encoding": "gzip, chunked" } }, 501],
    ["a target that is no path", { url: "nowhere" }, 400],
    ["a star with GET", { url: "*" }, 400],
    ["a star with OPTIONS", { url: "*", method: "OPTIONS" }, 200],
  ] as const) {
    test(`${what}: ${status}`, async () => {
      const { status: given, reported } = await answered(ok, parts as Parts);
      assert.equal(given, status);
      assert.deepEqual(reported, []);
    });
  }

  for (const [what, chunks, status] of [
    ["nothing of it has been sent", [], 502],
    ["its first chunk is held back", ["half"], 502],
    ["its head has been sent", ["half", "of it", ""], 200],
  ] as const) {
    test(`whose answer fails with an error that is excused has its status unless its head was sent: ${what}`, async () => {
      const begun: boolean[] = [];
      const { status: given, reported } = await answered({
        request: (request) => ({ body: failing(request as NodeHttpRequest) }),
      });
      assert.deepEqual([given, reported, begun], [status, [], [status === 200]]);

      async function* failing(request: NodeHttpRequest): AsyncGenerator<string> {
        for (const chunk of chunks) {
          yield chunk;
          if (chunk === "") await new Promise((resolve) => setImmediate(resolve));
        }
        begun.push(request.isAnswerBegun);
        const error = new Error("broken off");
        request.excuse(error, 502);
        throw error;
      }
    });
  }

  test("of another major version is answered with 505", async () => {
    const all = exchange(ok);
    all.message.httpVersionMajor = 2;
    all.begin();
    await settle();
    assert.match(all.stream.written, /^HTTP\/1\.1 505 /);
  });
});

describe("what goes wrong", () => {
  test("in the handler is reported and answered with 500", async () => {
    for (const request of [
      () => {
        throw new Error("mine");
      },
      () => Promise.reject(new Error("mine")),
      () => ({ status: 7 }),
    ]) {
      const { status, closes, reported } = await answered({ request: request as never });
      assert.deepEqual([status, closes, reported.length], [500, true, 1]);
    }
  });

  test("by the client's doing is not", async () => {
    const json: ServerHandlers = { request: async (request) => ({ body: String(await request.json()) }) };
    for (const [handlers, content, expected] of [
      [echo, "01234567890", 413],
      [json, "{", 400],
      [{ fetch: async (request) => new Response(await request.text()) }, "01234567890", 413],
    ] as [ServerHandlers, string, number][]) {
      const { status, reported } = await answered(handlers, {
        method: "POST",
        content,
        headers: post(content),
      });
      assert.deepEqual([status, reported], [expected, []]);
    }
  });

  test("when the client has gone is nobody's fault", async () => {
    let fail: (error: Error) => void = () => {};
    const request = (): Promise<HttpResponse> => new Promise((_resolve, reject) => (fail = reject));
    const all = exchange({ request });
    all.begin();
    all.response.destroy();
    fail(new Error("the database noticed"));
    await settle();
    assert.deepEqual(all.reported, []);
  });

  test("with a body that cannot be read on answers 400 in the handler's place", async () => {
    const all = exchange(echo, { method: "POST", isComplete: false, headers: post("four") });
    all.begin();
    assert.equal(all.turn.interrupt(new Error("no chunk"), 400), true);
    await settle();
    assert.match(all.stream.written, /^HTTP\/1\.1 400 /);
    assert.deepEqual(all.reported, []);
  });

  test("with a body answers with its status when its turn comes", async () => {
    const all = exchange(ok, { method: "POST", isComplete: false, headers: post("four") });
    assert.equal(all.turn.interrupt(new Error("too slow"), 408), true);
    all.begin();
    await settle();
    assert.match(all.stream.written, /^HTTP\/1\.1 408 /);
  });

  test("behind a complete request is not its affair", () => {
    assert.equal(exchange(ok).turn.interrupt(new Error("no request"), 400), false);
  });
});

function post(content: string): Record<string, string> {
  return { Host: "x", "Content-Length": String(content.length) };
}

describe("the connection behind an answer", () => {
  const large = { Host: "x", "Content-Length": "1000000" };
  const chunked = { Host: "x", "Transfer-Encoding": "chunked" };
  const readsOne: ServerHandlers = {
    async request(request) {
      for await (const _chunk of request.body) break;
      return { body: "ok" };
    },
  };
  for (const [what, handlers, parts, closes] of [
    ["goes on", ok, {}, false],
    ["ends when the server closes", ok, { isClosing: true }, true],
    ["goes on when little of a body is left", ok, { headers: post("four"), isComplete: false }, false],
    ["goes on when nobody knows how much is left", ok, { headers: chunked, isComplete: false }, false],
    ["ends when much is left", ok, { headers: large, isComplete: false }, true],
    [
      "ends when much is left of a body that was begun",
      readsOne,
      { headers: large, isComplete: false, content: "x" },
      true,
    ],
    ["goes on when all has come", ok, { headers: large }, false],
    [
      "ends when the client was not told to send its body",
      ok,
      { headers: post("four"), isComplete: false, given: { isContinueExpected: true } },
      true,
    ],
  ] as [string, ServerHandlers, Parts, boolean][]) {
    test(what, async () => {
      const all = await answered(handlers, { method: "POST", ...parts });
      assert.deepEqual([all.status, all.closes], [200, closes]);
      assert.equal(all.drained.length, parts.isComplete === false ? 1 : 0);
    });
  }

  test("ends behind HTTP/1.0 with chunks", async () => {
    const all = exchange(ok, { method: "POST", headers: chunked });
    all.message.httpVersionMinor = 0;
    all.response.shouldKeepAlive = true;
    all.begin();
    await settle();
    assert.match(all.stream.written, /Connection: close/);
  });

  test("has no 100 in the middle of the response", async () => {
    let read: () => void = () => {};
    const handlers: ServerHandlers = {
      request: (request) => {
        read = () => void request.text().catch(() => {});
        return { body: new ReadableStream() };
      },
    };
    const all = await answered(handlers, {
      method: "POST",
      headers: post("four"),
      isComplete: false,
      given: { isContinueExpected: true },
    });
    assert.deepEqual([all.status, all.closes], [200, true]);
    read();
    await settle();
    assert.doesNotMatch(all.stream.written, /100 Continue/);
  });

  test("is left before its turn: what comes for it is dropped", async () => {
    const all = exchange(ok, { method: "POST", isComplete: false, headers: post("four") });
    all.turn.drop();
    all.message.push("four");
    await settle();
    assert.equal(all.message.readableLength, 0);
  });
});
