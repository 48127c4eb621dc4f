// Requests that come without TLS to routes that are for TLS alone.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { ProxyOptions } from "#src/proxy.js";
import { openRaw, RawPeer } from "../support/raw-client.js";
import { certificates } from "../support/ring-tls.js";
import { type RunningProxy, startProxy } from "../support/sluice-proxy.js";
import { echo, startServer } from "../support/sluice-server.js";
import { upgradeHead, type WireHead } from "../support/wire.js";

const nobody = "ws://127.0.0.1:9";
const upgrade =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** A plain request and an upgrade, with these lines behind the first. */
function bothKinds(target: string, lines: string): readonly [kind: "http" | "websocket", head: string][] {
  return [
    ["http", `GET ${target} HTTP/1.1\r\n${lines}\r\n`],
    ["websocket", `GET ${target} HTTP/1.1\r\n${lines}${upgrade}\r\n`],
  ];
}

async function answerTo(t: TestContext, port: number, head: string): Promise<WireHead & { body: string }> {
  const client = await openRaw(t, { port });
  client.write(Buffer.from(head, "latin1"));
  return client.readResponse();
}

async function startRedirecting(t: TestContext, options: ProxyOptions = {}): Promise<RunningProxy> {
  return startProxy(t, { to: nobody, redirectToHttps: true, ...options });
}

describe("a route that redirects to https:", () => {
  test("answers plain requests and upgrades with 308, without asking a hook or an upstream", async (t) => {
    const closed: number[] = [];
    const { port, logged, errors } = await startRedirecting(t, {
      name: "chat",
      hooks: {
        request: () => assert.fail("the hook is asked"),
        close: (_exchange, { status }) => closed.push(status),
      },
    });
    for (const [kind, head] of bothKinds("/room?id=7", "Host: Chat.Example:8080\r\n")) {
      const { status, headers, body } = await answerTo(t, port, head);
      assert.deepEqual([status, headers.get("location")], [308, "https://chat.example/room?id=7"]);
      const entry = await logged();
      assert.deepEqual([entry.kind, entry.route, entry.status], [kind, "chat", 308]);
      assert.deepEqual([entry.upstream, entry.error, entry.bytesSent], [undefined, undefined, body.length]);
    }
    assert.deepEqual([closed, errors], [[308, 308], []]);
  });

  test("names the port, and answers with the status, that it is told", async (t) => {
    const { port } = await startRedirecting(t, { redirectToHttps: { port: 8443, status: 301 } });
    for (const [, head] of bothKinds("/", "Host: [::1]:80\r\n")) {
      const { status, headers } = await answerTo(t, port, head);
      assert.deepEqual([status, headers.get("location")], [301, "https://[::1]:8443/"]);
    }
  });

  test("keeps its connection for further requests, of any method", async (t) => {
    const { port } = await startRedirecting(t);
    const client = await openRaw(t, { port });
    for (const method of ["POST", "PUT", "OPTIONS"]) {
      client.write(`${method} /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`);
      const { status, headers } = await client.readResponse();
      assert.deepEqual([status, headers.get("location")], [308, "https://a/form"]);
    }
    client.write("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal((await client.readHead()).status, 308);
    client.write("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert.equal((await client.readHead()).headers.get("location"), "https://a/");
  });

  test("passes on what comes over TLS, or of which a trusted proxy says so", async (t) => {
    const { url: to } = await startServer(t, { ...echo, request: () => ({ body: "passed" }) });
    const { proxy, port } = await startRedirecting(t, { to, trustedProxies: ["127.0.0.1"] });
    const { port: securePort } = await proxy.listen({
      ...{ port: 0, host: "127.0.0.1" },
      tls: certificates().server,
    });
    const open = async (): Promise<RawPeer> => {
      const socket = connectTls({ port: securePort, host: "127.0.0.1", rejectUnauthorized: false });
      t.after(() => socket.destroy());
      await once(socket, "secureConnect");
      return new RawPeer(socket);
    };
    const secure = await open();
    secure.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal((await secure.readResponse()).body, "passed");
    await secure.upgrade();
    for (const proto of ["X-Forwarded-Proto: https", "Forwarded: for=203.0.113.7;proto=https"]) {
      const said = await openRaw(t, { port });
      said.write(`GET / HTTP/1.1\r\nHost: a\r\n${proto}\r\n\r\n`);
      assert.equal((await said.readResponse()).body, "passed");
    }
    const behind = await answerTo(t, port, "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: http\r\n\r\n");
    assert.equal(behind.status, 308);
  });

  test("believes nobody else, and never a host beside Host", async (t) => {
    for (const trustedProxies of [[], ["127.0.0.1"]]) {
      const { port } = await startRedirecting(t, { trustedProxies });
      const claims = `X-Forwarded-Host: evil.example\r\n${trustedProxies.length === 0 ? "X-Forwarded-Proto: https\r\n" : ""}`;
      for (const [, head] of bothKinds("/", `Host: a\r\n${claims}`)) {
        const { status, headers } = await answerTo(t, port, head);
        assert.deepEqual([status, headers.get("location")], [308, "https://a/"]);
      }
    }
  });

  test("redirects nobody by a Host that is none", async (t) => {
    const { port, errors } = await startRedirecting(t);
    for (const host of [
      ...["user@evil.example", "a:80@evil.example", "a/b", "a?b", "a#b", "a\\b", "a b", "a:b", "a:99999"],
      ...["[::1", "[a]", "256.1.1.1", "", "a\rb", "a\r\n b", "a\u0000b", "a\r\nHost: b", "\u00e9"],
      ...["a%2fb", "a%0d%0ab", "a;b", "a,b"],
    ])
      for (const [kind, head] of bothKinds("/", `Host: ${host}\r\n`)) {
        const { status, headers } = await answerTo(t, port, head);
        const what = `${kind} ${JSON.stringify(host)}`;
        assert.ok(status === 400 || status === 404, `${what}: ${status}`);
        assert.equal(headers.get("location"), undefined, what);
      }
    assert.deepEqual(errors, []);
  });

  test("answers 400 where the request names no host at all", async (t) => {
    const { port, logged } = await startRedirecting(t);
    const { status, headers } = await answerTo(t, port, "GET / HTTP/1.0\r\n\r\n");
    assert.deepEqual([status, headers.get("location")], [400, undefined]);
    assert.equal((await logged()).error, "HOST_INVALID");
  });

  test("stays at the host whatever path is asked for", async (t) => {
    const { port } = await startRedirecting(t);
    for (const target of ["//evil.example/x", "/@evil.example", '/a|b?c="<>', "http://a/x", "http://a?x"]) {
      const { status, headers } = await answerTo(t, port, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      assert.equal(status, 308, target);
      assert.equal(new URL(headers.get("location") ?? "").host, "a", target);
    }
  });

  test("leaves alone the routes that say otherwise, such as for certificates that are to be renewed", async (t) => {
    const { url: to } = await startServer(t, { ...echo, request: ({ url }) => ({ body: url }) });
    const { port } = await startProxy(t, {
      to,
      redirectToHttps: true,
      routes: [
        { pathPrefix: "/.well-known/acme-challenge/", redirectToHttps: false, to },
        { name: "rest", to },
      ],
    });
    const answered = await answerTo(t, port, "GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.deepEqual([answered.status, answered.body], [200, "/.well-known/acme-challenge/x"]);
    assert.equal((await answerTo(t, port, upgradeHead())).status, 308);
  });
});
