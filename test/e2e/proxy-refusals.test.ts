import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ProxyOptions } from "#src/proxy.js";
import { openRaw } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { startProxy } from "../support/sluice-proxy.js";
import { upgradeHead } from "../support/wire.js";

const upgrade = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
const nobody = "ws://127.0.0.1:9";

/** What the client sends, and the line that is written of it: kind, method, URL, status, error. */
const refusals: [string, string, readonly [string, string, string, number, string]][] = [
  ["a request line that is none", "hello\r\n\r\n", ["http", "", "", 400, "HEAD_MALFORMED"]],
  ["no Host", "GET /chat HTTP/1.1\r\n\r\n", ["http", "GET", "/chat", 400, "HOST_MISSING"]],
  [
    "a target that is a URL",
    "GET http://other/chat HTTP/1.1\r\nHost: a\r\n\r\n",
    ["http", "GET", "http://other/chat", 400, "TARGET_INVALID"],
  ],
  [
    "a header that is too large",
    `GET /big HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
    ["http", "GET", "/big", 431, "HEAD_TOO_LARGE"],
  ],
  [
    "an upgrade whose head is too large",
    `GET /chat HTTP/1.1\r\n${upgrade}X: ${"x".repeat(20_000)}\r\n\r\n`,
    ["websocket", "GET", "/chat", 431, "HEAD_TOO_LARGE"],
  ],
  [
    "a length beside a coding",
    "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    ["http", "POST", "/form", 400, "HEAD_MALFORMED"],
  ],
  [
    "CONNECT",
    "CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n",
    ["http", "CONNECT", "other:443", 501, "REQUEST_UNSUPPORTED"],
  ],
  [
    "a head that never ends",
    "GET /slow HTTP/1.1\r\nHost: a\r\nX: ",
    ["http", "GET", "/slow", 408, "HANDSHAKE_TIMED_OUT"],
  ],
];

describe("the log of a reverse proxy", () => {
  for (const [what, sent, expected] of refusals) {
    test(`has a line for a request that is refused for ${what}`, async (t) => {
      const isSlow = expected[3] === 408;
      const { port, logged, entries, errors } = await startProxy(t, {
        to: nobody,
        ...(isSlow && { requestTimeoutMs: 100 }),
      });
      const client = await openRaw(t, { port });
      client.write(sent);
      const { status } = await client.readHead();
      const body = await client.readToEnd();
      const {
        kind,
        method,
        url,
        status: noted,
        error,
        client: address,
        route,
        id,
        bytesSent,
      } = await logged();
      assert.deepEqual([kind, method, url, noted, error], expected);
      assert.deepEqual([status, address, route, id], [noted, "127.0.0.1", undefined, 1]);
      assert.deepEqual([bytesSent > 0, bytesSent], [true, body.length]);
      assert.deepEqual([entries.length, errors.length], [1, 0]);
    });
  }

  test("has a line for the second request of a connection too", async (t) => {
    const { port, logged } = await startProxy(t, { routes: [{ path: "/other", to: nobody }] });
    const client = await openRaw(t, { port });
    client.write("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.readResponse();
    assert.equal((await logged()).error, "NO_ROUTE");
    client.write("(junk)\r\n\r\n");
    await client.readHead();
    const { method, status, error } = await logged();
    assert.deepEqual([method, status, error], ["", 400, "HEAD_MALFORMED"]);
  });

  test("says for whom a refused request came, by the word of a trusted proxy", async (t) => {
    const { port, logged } = await startProxy(t, { to: nobody, trustedProxies: ["127.0.0.1"] });
    const client = await openRaw(t, { port });
    client.write(`GET / HTTP/1.1\r\nX-Forwarded-For: 203.0.113.7\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    assert.equal((await logged()).client, "203.0.113.7");
  });

  test("has no line for connections that end without a byte, by themselves or by the deadline", async (t) => {
    const { port, entries, logged } = await startProxy(t, { to: nobody, requestTimeoutMs: 100 });
    const [left, silent] = [await openRaw(t, { port }), await openRaw(t, { port })];
    left.socket.end();
    await left.readToEnd();
    assert.equal((await silent.readHead()).status, 408);
    const client = await openRaw(t, { port });
    client.write("hello\r\n\r\n");
    assert.equal((await logged()).status, 400);
    assert.equal(entries.length, 1);
  });

  const get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const answers: [string, string, ProxyOptions, number][] = [
    ["a request that no route has", get, { host: "b", to: nobody }, 404],
    ["an upgrade that no route has", upgradeHead(), { host: "b", to: nobody }, 404],
    ["an upstream that is not there", get, { to: nobody }, 502],
    ["the same for an upgrade", upgradeHead(), { to: nobody }, 502],
    [
      "a hook",
      get,
      { to: nobody, hooks: { request: () => ({ status: 401, body: "who is there? ü" }) } },
      401,
    ],
    [
      "the same for an upgrade",
      upgradeHead(),
      { to: nobody, hooks: { request: () => ({ status: 403 }) } },
      403,
    ],
    ["HEAD", get.replace("GET", "HEAD"), { host: "b", to: nobody }, 404],
  ];
  for (const [what, sent, options, expected] of answers) {
    test(`counts what is sent of the proxy's own answer behind its head: ${what}, ${expected}`, async (t) => {
      const { port, logged } = await startProxy(t, options);
      const client = await openRaw(t, { port });
      client.write(sent);
      const { status, headers } = await client.readHead();
      const body = await client.readToEnd();
      const { status: noted, bytesReceived, bytesSent } = await logged();
      assert.deepEqual([status, noted, bytesReceived, bytesSent], [expected, expected, 0, body.length]);
      if (!sent.startsWith("HEAD")) assert.equal(body.length, Number(headers.get("content-length")));
    });
  }

  test("counts nothing for a client that has gone before it was answered", async (t) => {
    const server = await startRawServer(t);
    for (const head of [get, upgradeHead()]) {
      const { port, logged } = await startProxy(t, { to: server.url });
      const client = await openRaw(t, { port });
      client.write(head);
      await (await server.accept()).readHead();
      client.socket.resetAndDestroy();
      const { status, error, bytesSent } = await logged();
      assert.deepEqual([status, error, bytesSent], [499, "CLIENT_GONE", 0]);
    }
  });
});
