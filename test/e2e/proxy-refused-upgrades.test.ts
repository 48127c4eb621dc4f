import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openRaw, type RawPeer } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { startProxy } from "../support/sluice-proxy.js";
import { headOf, upgradeHead } from "../support/wire.js";

interface After {
  after(hook: () => Promise<void> | void): void;
}

/** A client whose upgrade has come to an upstream, which has not answered. */
async function ask(t: After, mode: "relay" | "inspect" = "relay") {
  const server = await startRawServer(t);
  const { port, logged, errors } = await startProxy(t, {
    to: { url: server.url, maxConnections: 1 },
    mode,
    closeTimeoutMs: 60_000,
  });
  const open = async (): Promise<{ client: RawPeer; upstream: RawPeer }> => {
    const client = await openRaw(t, { port });
    client.write(upgradeHead());
    const upstream = await server.accept();
    await upstream.readHead();
    return { client, upstream };
  };
  return { ...(await open()), open, logged, errors };
}

const chunked = headOf("HTTP/1.1 403 Forbidden", "Transfer-Encoding: chunked");

describe("a refusal of an upstream's", () => {
  for (const mode of ["relay", "inspect"] as const) {
    test(`that is cut off is no whole one for the client, nor in the log, mode ${mode}`, async (t) => {
      const cuts: [string, string, boolean][] = [
        [`${headOf("HTTP/1.1 403 Forbidden", "Content-Length: 10")}hello`, "hello", false],
        [`${chunked}a\r\nhello`, "a\r\nhello", false],
        [`${chunked}5\r\nhello\r\n`, "5\r\nhello\r\n", false],
        [`${chunked}oops\r\n`, "o", false],
        [`${headOf("HTTP/1.1 403 Forbidden")}hello`, "5\r\nhello\r\n", true],
      ];
      for (const [answer, expected, isReset] of cuts) {
        const { client, upstream, logged, errors } = await ask(t, mode);
        upstream.write(answer);
        const head = await client.readHead();
        assert.equal(head.status, 403);
        const body = await client.read(expected.length);
        assert.equal(body.toString(), expected);
        if (isReset) upstream.socket.resetAndDestroy();
        else upstream.socket.end();
        assert.equal((await client.readToEnd()).toString(), "", answer);
        client.socket.end();
        const { status, error, bytesSent } = await logged();
        assert.deepEqual([status, error], [403, "UPSTREAM_INVALID"], answer);
        assert.ok(bytesSent > 0);
        assert.match(errors[0].message, /^upstream ws:/);
      }
    });
  }

  test("without a length ends for the client where the upstream's connection does", async (t) => {
    const { client, upstream, logged } = await ask(t);
    upstream.write(`${headOf("HTTP/1.1 403 Forbidden")}hello`);
    const { headers } = await client.readHead();
    assert.equal(headers.get("transfer-encoding"), "chunked");
    assert.equal((await client.read(10)).toString(), "5\r\nhello\r\n");
    upstream.socket.end();
    assert.equal((await client.readToEnd()).toString(), "0\r\n\r\n");
    client.socket.end();
    const { error, bytesSent } = await logged();
    assert.deepEqual([error, bytesSent], [undefined, 5]);
  });

  test("in chunks is over with its last chunk, and gives its place back", async (t) => {
    const { client, upstream, open, logged } = await ask(t);
    const body = "5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n";
    upstream.write(`${chunked}${body}HTTP/1.1 200 OK\r\n\r\n`);
    assert.equal((await client.readHead()).status, 403);
    assert.equal((await client.readToEnd()).toString(), body);
    await upstream.readToEnd();
    // The first client has not left.
    const second = await open();
    second.upstream.write(`${chunked}${body}`);
    assert.equal((await second.client.readHead()).status, 403);
    for (const peer of [client, second.client]) peer.socket.end();
    const entries = [await logged(), await logged()];
    assert.deepEqual(
      entries.map(({ error }) => error),
      [undefined, undefined],
    );
  });

  test("that has no content is passed on without any, and without a length that it may not have", async (t) => {
    const cases: [string, string | undefined][] = [
      [`${headOf("HTTP/1.1 204 No Content", "Content-Length: 5")}hello`, undefined],
      [`${headOf("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked")}0\r\n\r\n`, undefined],
      [`${headOf("HTTP/1.1 205 Reset Content", "Content-Length: 5")}hello`, "0"],
      [`${headOf("HTTP/1.1 205 Reset Content")}hello`, "0"],
      [`${headOf("HTTP/1.1 304 Not Modified", "Content-Length: 5")}hello`, "5"],
    ];
    for (const mode of ["relay", "inspect"] as const) {
      for (const [answer, length] of cases) {
        const { client, upstream, logged } = await ask(t, mode);
        upstream.write(answer);
        const { headers } = await client.readHead();
        assert.equal(headers.get("content-length"), length, answer);
        assert.equal(headers.has("transfer-encoding"), false);
        assert.equal((await client.readToEnd()).length, 0);
        client.socket.end();
        assert.equal((await logged()).error, undefined);
      }
    }
  });
});

describe("a refusal of the hook request", () => {
  test("has no content where its status has none, and the length that it may have", async (t) => {
    const { port, logged, errors } = await startProxy(t, {
      to: "ws://127.0.0.1:1",
      hooks: { request: ({ url }) => ({ status: Number(url.slice(1)), body: "hello" }) },
    });
    for (const [status, length] of [
      [204, undefined],
      [205, "0"],
      [304, undefined],
    ] as const) {
      const upgrade = upgradeHead({}, `/${status}`);
      const plain = headOf(`GET /${status} HTTP/1.1`, "Host: x", "Connection: close");
      for (const asked of [upgrade, plain]) {
        const client = await openRaw(t, { port });
        client.write(asked);
        const head = await client.readHead();
        assert.equal(head.status, status, asked);
        assert.equal(head.headers.get("content-length"), length, asked);
        assert.equal(head.headers.has("transfer-encoding"), false);
        assert.equal((await client.readToEnd()).toString(), "", asked);
        client.socket.end();
        const entry = await logged();
        // What is none of the client's mistakes is none of anybody's.
        assert.deepEqual([entry.status, entry.error], [status, undefined]);
      }
    }
    assert.deepEqual(errors, []);
  });
});

describe("a 101 of an upstream's", () => {
  for (const mode of ["relay", "inspect"] as const) {
    test(`is passed on without a length or a coding, mode ${mode}`, async (t) => {
      const server = await startRawServer(t);
      const { port } = await startProxy(t, { to: server.url, mode });
      const client = await openRaw(t, { port });
      client.write(upgradeHead());
      await server.acceptUpgrade(["Content-Length: 5", "X-Kept: 1"]);
      const { status, headers } = await client.readHead();
      assert.deepEqual([status, headers.get("x-kept")], [101, "1"]);
      assert.equal(headers.has("content-length"), false);
    });
  }
});
