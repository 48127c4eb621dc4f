import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openRaw } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { startProxy } from "../support/sluice-proxy.js";
import { headOf } from "../support/wire.js";

describe("an answer to a plain request that is cut off", () => {
  const chunked = headOf("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
  const counted = headOf("HTTP/1.1 200 OK", "Content-Length: 10");
  const cuts: [string, string, boolean][] = [
    ["within its length", `${counted}hello`, false],
    ["within a chunk", `${chunked}a\r\nhello`, false],
    ["between two chunks", `${chunked}5\r\nhello\r\n`, false],
    ["by a reset, without a length", `${headOf("HTTP/1.1 200 OK")}hello`, true],
  ];
  for (const [name, answer, isReset] of cuts) {
    test(`${name} is no whole one for the client, nor in the log`, async (t) => {
      const server = await startRawServer(t);
      const { port, logged } = await startProxy(t, { to: server.url.replace("ws", "http") });
      const client = await openRaw(t, { port });
      client.write(headOf("GET / HTTP/1.1", "Host: a"));
      const upstream = await server.accept();
      await upstream.readHead();
      upstream.write(answer);
      const { headers } = await client.readHead();
      const first = (await client.read(5)).toString();
      if (isReset) upstream.socket.resetAndDestroy();
      else upstream.socket.end();
      const body = first + (await client.readToEnd()).toString();
      if (headers.has("content-length")) assert.equal(body, "hello");
      else assert.doesNotMatch(body, /0\r\n\r\n$/);
      const { status, error } = await logged();
      assert.deepEqual([status, error], [200, "UPSTREAM_INVALID"]);
    });
  }
});
