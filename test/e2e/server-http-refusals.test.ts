import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerHandlers } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";
import { readAnswer } from "./plain-request.js";

interface After {
  after(hook: () => Promise<void>): void;
}

const chunked = "2\r\nhi\r\n0\r\n\r\n";

function post(...headers: string[]): string {
  return headOf("POST / HTTP/1.1", "Host: x", ...headers);
}

/** What Node's parser may give up on before anybody can say what it asks for. */
const notKnown = [501, 400];

/** What no handler may see: where two readers could disagree about where a request ends, or to whom it goes. */
const refused: [what: string, request: string, status: number | number[]][] = [
  ["a length and chunks", `${post("Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\nG`, 400],
  ["two lengths", `${post("Content-Length: 2", "Content-Length: 3")}hi`, 400],
  ["the same length twice", `${post("Content-Length: 2", "Content-Length: 2")}hi`, 400],
  ["a list of lengths", `${post("Content-Length: 2, 2")}hi`, 400],
  ["a length with a sign", `${post("Content-Length: +2")}hi`, 400],
  ["a length beyond numbers", `${post("Content-Length: 99999999999999999999")}hi`, 400],
  ["a transfer coding that nobody knows", `${post("Transfer-Encoding: xchunked")}${chunked}`, notKnown],
  ["an empty transfer coding", `${post("Transfer-Encoding:")}${chunked}`, notKnown],
  ["chunks that are not the last coding", `${post("Transfer-Encoding: chunked, gzip")}${chunked}`, 400],
  ["a coding before the chunks", `${post("Transfer-Encoding: gzip, chunked")}${chunked}`, 501],
  ["chunks of chunks", `${post("Transfer-Encoding: chunked, chunked")}${chunked}`, 400],
  ["a folded header", "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", 400],
  ["a blank before a colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400],
  ["lines that end in LF", "GET / HTTP/1.1\nHost: x\n\n", 400],
  ["one line that ends in LF", "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400],
  ["a CR inside a line", "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400],
  ["a NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400],
  ["a chunk size in C's hexadecimal", `${post("Transfer-Encoding: chunked")}0x2\r\nhi\r\n0\r\n\r\n`, 400],
  ["a negative chunk size", `${post("Transfer-Encoding: chunked")}-2\r\nhi\r\n0\r\n\r\n`, 400],
  ["a chunk size beyond numbers", `${post("Transfer-Encoding: chunked")}${"f".repeat(17)}\r\nhi`, 400],
  ["a chunk that is longer than it says", `${post("Transfer-Encoding: chunked")}2\r\nhiX\r\n0\r\n\r\n`, 400],
  ["chunks that end in LF", `${post("Transfer-Encoding: chunked")}2\nhi\n0\n\n`, 400],
  ["a target of another scheme", headOf("GET ftp://x/a HTTP/1.1", "Host: x"), 400],
  ["an absolute target of another host", headOf("GET http://y/a HTTP/1.1", "Host: x"), 400],
  ["a target with a fragment", headOf("GET /a#b HTTP/1.1", "Host: x"), 400],
  ["a target that is no path", headOf("GET a HTTP/1.1", "Host: x"), 400],
  ["a star with another method than OPTIONS", headOf("GET * HTTP/1.1", "Host: x"), 400],
  ["no Host", headOf("GET / HTTP/1.1"), 400],
  ["an empty Host", headOf("GET / HTTP/1.1", "Host:"), 400],
  ["two Hosts", headOf("GET / HTTP/1.1", "Host: x", "Host: x"), 400],
  ["a Host with a path", headOf("GET / HTTP/1.1", "Host: x/y"), 400],
  ["HTTP/2.0", headOf("GET / HTTP/2.0", "Host: x"), 505],
  ["HTTP/1.9", headOf("GET / HTTP/1.9", "Host: x"), 400],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505, 400]],
  ["CONNECT", headOf("CONNECT x:80 HTTP/1.1", "Host: x:80"), 501],
  ["TRACK", headOf("TRACK / HTTP/1.1", "Host: x"), 501],
  ["an expectation that nobody knows", `${post("Expect: a-miracle", "Content-Length: 2")}hi`, 417],
];

/** What a `request` handler can see, and a `Request` cannot say. */
const unspeakable: [what: string, request: string, status: number][] = [
  ["TRACE", headOf("TRACE / HTTP/1.1", "Host: x"), 501],
  ["trace with a body", `${headOf("TRACE / HTTP/1.1", "Host: x", "Content-Length: 2")}hi`, 501],
  ["a Host that is no number of four bytes", headOf("GET / HTTP/1.1", "Host: 256.256.256.256"), 400],
  ["a Host that is an address with too many parts", headOf("GET / HTTP/1.1", "Host: 1.2.3.4.5"), 400],
  ["a Host in brackets that is no address", headOf("GET / HTTP/1.1", "Host: [1::2::3]"), 400],
  ["a Host with a broken escape", headOf("GET / HTTP/1.1", "Host: a%zz"), 400],
  ["a Host that escapes a slash", headOf("GET / HTTP/1.1", "Host: a%2fb"), 400],
];

async function watch(t: After, handler: "request" | "fetch") {
  const seen: string[] = [];
  const errors: unknown[] = [];
  const handlers: ServerHandlers = {
    error: (_ws, error) => errors.push(error),
  };
  if (handler === "fetch") {
    handlers.fetch = async (request) => {
      seen.push(request.url);
      return new Response(await request.text());
    };
  } else {
    handlers.request = async (request) => {
      seen.push(request.url);
      return { body: await request.text() };
    };
  }
  const { port } = await startServer(t, handlers);
  return { port, seen, errors };
}

for (const handler of ["request", "fetch"] as const) {
  describe(`in front of a ${handler} handler`, () => {
    for (const [what, request, status] of handler === "fetch" ? [...refused, ...unspeakable] : refused) {
      test(`${what}: ${[status].flat()[0]}, and the connection ends`, async (t) => {
        const { port, seen, errors } = await watch(t, handler);
        for (const isFirst of [true, false]) {
          const peer = await openRaw(t as never, { port });
          if (!isFirst) {
            peer.write(headOf("GET /earlier HTTP/1.1", "Host: x"));
            await readAnswer(peer);
          }
          peer.write(request);
          const answer = await peer.readHead();
          assert.ok([status].flat().includes(answer.status), `${answer.status}`);
          await peer.read(Number(answer.headers.get("content-length")));
          assert.equal((await peer.readToEnd()).length, 0, "one answer, and nothing behind it");
        }
        // A body is read by the handler, and found out while it is.
        assert.deepEqual(
          seen.filter((url) => !/earlier|^(?:http:\/\/x)?\/$/.test(url)),
          [],
        );
        assert.deepEqual(errors, []);
      });
    }
  });
}

test("a `request` handler sees TRACE, and what a URL cannot say", async (t) => {
  const { port, seen } = await watch(t, "request");
  for (const [, request] of unspeakable) {
    const peer = await openRaw(t as never, { port });
    peer.write(request);
    assert.equal((await readAnswer(peer)).status, 200);
  }
  assert.equal(seen.length, unspeakable.length);
});

test("OPTIONS of the whole server reaches a handler", async (t) => {
  const { port, seen } = await watch(t, "request");
  const peer = await openRaw(t as never, { port });
  peer.write(headOf("OPTIONS * HTTP/1.1", "Host: x"));
  assert.equal((await readAnswer(peer)).status, 200);
  assert.deepEqual(seen, ["*"]);
});

test("what is no JSON is answered with 400 and no error of the handler's, unless it catches that itself", async (t) => {
  const errors: unknown[] = [];
  const { port } = await startServer(t, {
    request: async (request) => {
      if (request.pathname === "/caught") await request.json().catch(() => {});
      return { body: JSON.stringify(await request.json()) };
    },
    error: (_ws, error) => errors.push(error),
  });
  const peer = await openRaw(t as never, { port });
  peer.write(`${post("Content-Length: 2")}{}`);
  assert.equal((await readAnswer(peer)).body, "{}");
  peer.write(`${post("Content-Length: 1")}{`);
  assert.equal((await readAnswer(peer)).status, 400);
  assert.deepEqual(errors, []);
});

test("a client that leaves in the middle of its body is no error of the handler's", async (t) => {
  for (const handler of ["request", "fetch"] as const) {
    const { port, errors } = await watch(t, handler);
    const leaving = await openRaw(t as never, { port });
    leaving.write(`${post("Content-Length: 10")}half`);
    leaving.socket.resetAndDestroy();
    for (let i = 0; i < 20; i++) {
      const peer = await openRaw(t as never, { port });
      peer.write(`${post("Content-Length: 2")}hi`);
      assert.equal((await readAnswer(peer)).body, "hi");
    }
    assert.deepEqual(errors, []);
  }
});
