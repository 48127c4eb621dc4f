import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { type RawServer, startRawServer } from "../support/raw-server.js";
import { startProxy } from "../support/sluice-proxy.js";
import { firstCall } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";
import { turns } from "../unit/transport/recording-sink.js";

const request = headOf("GET / HTTP/1.1", "Host: a");

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
      client.write(request);
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

describe("an answer to a plain request that breaks off before the client has any of it", () => {
  for (const [name, answer] of [
    ["behind its head", headOf("HTTP/1.1 200 OK", "Content-Length: 10")],
    ["within its body", `${headOf("HTTP/1.1 200 OK", "Content-Length: 10")}hello`],
  ] as const) {
    test(`${name} is 502 for the client, and in the log`, async (t) => {
      const server = await startRawServer(t);
      const { handler: answered, called: isAnswered } = firstCall<[]>();
      const { handler: goOn, called: isBroken } = firstCall<[]>();
      const upstreamResponse = async (): Promise<void> => {
        answered();
        await isBroken;
      };
      const { port, logged, errors } = await startProxy(t, { to: server.url, hooks: { upstreamResponse } });
      const client = await openRaw(t, { port });
      client.write(request);
      const upstream = await server.accept();
      await upstream.readHead();
      upstream.write(answer);
      await isAnswered;
      upstream.socket.resetAndDestroy();
      await turns(20);
      goOn();
      assert.equal((await client.readHead()).status, 502);
      const body = String(await client.readToEnd());
      assert.equal(body, "Bad Gateway\n");
      const { status, error, bytesSent } = await logged();
      assert.deepEqual([status, error, bytesSent], [502, "UPSTREAM_INVALID", body.length]);
      assert.equal(errors.length, 1);
    });
  }

  test("or of all that there is in the same turn, is for the client what the log says", async (t) => {
    const server = await startRawServer(t);
    const { port, logged } = await startProxy(t, { to: server.url });
    for (let round = 0; round < 20; round++) {
      const client = await openRaw(t, { port });
      client.write(request);
      const upstream = await server.accept();
      await upstream.readHead();
      upstream.write(`${headOf("HTTP/1.1 200 OK", "Content-Length: 10")}hello`);
      upstream.socket.resetAndDestroy();
      const head = await client.readHead();
      const { status, error } = await logged();
      assert.ok(status === 200 || status === 502, `${status}`);
      assert.deepEqual([head.status, error], [status, "UPSTREAM_INVALID"]);
      client.socket.destroy();
    }
  });
});

/** A client that has the head and the first five of ten bytes of an answer. */
async function halfAnswered(
  t: TestContext,
  server: RawServer,
  port: number,
): Promise<{ client: RawPeer; upstream: RawPeer }> {
  const client = await openRaw(t, { port });
  client.write(request);
  const upstream = await server.accept();
  await upstream.readHead();
  upstream.write(`${headOf("HTTP/1.1 200 OK", "Content-Length: 10")}hello`);
  await client.readHead();
  await client.read(5);
  return { client, upstream };
}

describe("an answer to a plain request that the proxy does not wait for when it closes", () => {
  test("has a code of its own in the log where it has not begun", async (t) => {
    const server = await startRawServer(t);
    const { proxy, port, logged, errors } = await startProxy(t, { to: server.url });
    const client = await openRaw(t, { port });
    client.write(request);
    await (await server.accept()).readHead();
    await proxy.close({ timeoutMs: 20 });
    assert.equal((await client.readHead()).status, 503);
    assert.equal(String(await client.read(20)), "Service Unavailable\n");
    const { status, error, bytesSent } = await logged();
    assert.deepEqual([status, error, bytesSent, errors], [503, "DRAIN_TIMED_OUT", 20, []]);
  });

  test("has that too, beside the status that the client has got, within its body", async (t) => {
    const server = await startRawServer(t);
    const { proxy, port, logged, errors } = await startProxy(t, { to: server.url });
    const { client } = await halfAnswered(t, server, port);
    await proxy.close({ timeoutMs: 20 });
    assert.equal((await client.readToEnd()).length, 0);
    const { status, error, bytesSent } = await logged();
    assert.deepEqual([status, error, bytesSent, errors], [200, "DRAIN_TIMED_OUT", 5, []]);
  });
});

test("an answer to a plain request whose client goes within it says so in the log, and nowhere else", async (t) => {
  const server = await startRawServer(t);
  const { port, logged, errors } = await startProxy(t, { to: server.url });
  const { client, upstream } = await halfAnswered(t, server, port);
  client.socket.resetAndDestroy();
  const { status, error, bytesSent } = await logged();
  await upstream.readToEnd();
  assert.deepEqual([status, error, bytesSent, errors], [200, "CLIENT_GONE", 5, []]);
});
