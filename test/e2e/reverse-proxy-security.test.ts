import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { type RawServer, startRawServer, switchingHead } from "../support/raw-server.js";
import { startProxy } from "../support/sluice-proxy.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";
import { closePayloadOf, headOf, opcodes, upgradeHead } from "../support/wire.js";

interface After {
  after(hook: () => void): void;
}

/** An upstream that answers every upgrade with these bytes, whatever it was asked. */
async function answering(
  t: After,
  answer: string | ((server: RawServer) => Promise<void>),
): Promise<RawServer> {
  const server = await startRawServer(t);
  const serve = async (): Promise<void> => {
    const peer = await server.accept();
    await peer.readHead();
    if (typeof answer === "string") peer.write(answer);
    peer.socket.on("error", () => {});
  };
  if (typeof answer === "string") void serve();
  else void answer(server);
  return server;
}

for (const mode of ["relay", "inspect"] as const) {
  describe(`an upstream that answers an upgrade badly, mode ${mode}`, () => {
    const switching = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    const cases: [string, string, number, string][] = [
      ["101 without an accept key", headOf(...switching), 502, "UPSTREAM_INVALID"],
      [
        "a wrong accept key",
        headOf(...switching, "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        502,
        "UPSTREAM_INVALID",
      ],
      [
        "101 to another protocol",
        headOf("HTTP/1.1 101 Switching Protocols", "Upgrade: h2c", "Connection: Upgrade"),
        502,
        "UPSTREAM_INVALID",
      ],
      ["garbage", "\x16\x03\x01 no HTTP at all\r\n\r\n", 502, "UPSTREAM_INVALID"],
      ["half a head", "HTTP/1.1 101 Switching", 504, "UPSTREAM_TIMED_OUT"],
      ["nothing", "", 504, "UPSTREAM_TIMED_OUT"],
      ["a head without end", `HTTP/1.1 101 X\r\nX: ${"x".repeat(20_000)}`, 502, "UPSTREAM_INVALID"],
      [
        "two ways to say where it ends",
        headOf("HTTP/1.1 200 OK", "Content-Length: 3", "Transfer-Encoding: chunked"),
        502,
        "UPSTREAM_INVALID",
      ],
      [
        "two lengths",
        headOf("HTTP/1.1 200 OK", "Content-Length: 3", "Content-Length: 4"),
        502,
        "UPSTREAM_INVALID",
      ],
    ];
    for (const [name, answer, status, code] of cases) {
      test(`${name} is answered with ${status}`, async (t) => {
        const upstream = await answering(t, answer);
        const { url, logged } = await startProxy(t, { to: upstream.url, mode, handshakeTimeoutMs: 150 });
        await assert.rejects(connect(url), { code: "UNEXPECTED_STATUS", status });
        assert.equal((await logged()).error, code);
      });
    }

    test("200 is passed on with its body and nothing behind it", async (t) => {
      const upstream = await answering(
        t,
        `${headOf("HTTP/1.1 200 OK", "Content-Length: 5", "Connection: keep-alive")}helloHTTP/1.1 200 OK\r\n\r\n`,
      );
      const { port, logged } = await startProxy(t, { to: upstream.url, mode });
      const client = await openRaw(t, { port });
      client.write(upgradeHead());
      const response = await client.readResponse();
      assert.deepEqual(
        [response.status, response.body, response.headers.get("connection")],
        [200, "hello", "close"],
      );
      assert.equal((await client.readToEnd()).length, 0);
      client.socket.end();
      assert.equal((await logged()).status, 200);
    });
  });
}

describe("the reverse proxy, asked badly", () => {
  test("tunnels nothing before the upstream's 101, and nothing ever without one", async (t) => {
    const upstream = await startRawServer(t);
    const { port } = await startProxy(t, { to: upstream.url });
    const smuggled = headOf("GET /admin HTTP/1.1", "Host: x");
    const client = await openRaw(t, { port });
    client.write(upgradeHead() + smuggled);
    const peer = await upstream.accept();
    const request = await peer.readHead();
    let hasMore = false;
    peer.socket.on("data", () => {
      hasMore = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(hasMore, false);
    peer.write(headOf("HTTP/1.1 404 Not Found", "Content-Length: 0"));
    assert.equal((await client.readResponse()).status, 404);
    client.write(smuggled);
    client.socket.end();
    await client.readToEnd();
    assert.equal(hasMore, false);
    assert.equal(request.headers.get("upgrade"), "websocket");
  });

  test("passes what came early on once the upstream has agreed", async (t) => {
    const upstream = await startRawServer(t);
    const { port } = await startProxy(t, { to: upstream.url });
    const client = await openRaw(t, { port });
    client.write(`${upgradeHead()}early`);
    const peer = await upstream.accept();
    peer.write(`${switchingHead(await peer.readHead())}soon`);
    assert.equal((await client.readHead()).status, 101);
    assert.equal((await client.read(4)).toString(), "soon");
    assert.equal((await peer.read(5)).toString(), "early");
  });

  test("refuses bodies, h2c beside a WebSocket, and targets that name another place", async (t) => {
    const server = await startServer(t, echo);
    const { port } = await startProxy(t, { to: server.url });
    const cases: [string, number][] = [
      [upgradeHead({ "Content-Length": "5" }), 400],
      [upgradeHead({ "Transfer-Encoding": "chunked" }), 400],
      [upgradeHead({ Upgrade: "websocket, h2c" }), 400],
      [upgradeHead({}, "http://evil.example/"), 400],
      [upgradeHead({}, "evil.example:80"), 400],
      [upgradeHead({}, "/public/../admin"), 404],
      [upgradeHead({ Host: "a%2eb" }), 404],
      [upgradeHead({ Host: "a,b" }), 404],
      [upgradeHead({ "Sec-WebSocket-Version": "8" }), 426],
      [headOf("GET http://evil.example/ HTTP/1.1", "Host: x"), 400],
      [headOf("CONNECT evil.example:80 HTTP/1.1", "Host: x"), 501],
      [headOf("GET / HTTP/1.1", "Host: x", "Host: y"), 400],
    ];
    for (const [request, status] of cases) {
      const client = await openRaw(t, { port });
      client.write(request);
      assert.equal((await client.readHead()).status, status, request);
      client.socket.destroy();
    }
    assert.equal(server.server.metrics().accepted, 0);
  });

  test("logs what it refuses itself, and upgrades a connection that was used for a plain request", async (t) => {
    const server = await startServer(t, { ...echo, request: () => ({ body: "plain" }) });
    const { port, logged } = await startProxy(t, { to: server.url });
    const bad = await openRaw(t, { port });
    bad.write(upgradeHead({ "Sec-WebSocket-Key": "short" }, "/bad"));
    assert.equal((await bad.readHead()).status, 400);
    const { status, url, error } = await logged();
    assert.deepEqual([status, url, error], [400, "/bad", "KEY_INVALID"]);
    const client = await openRaw(t, { port });
    client.write(headOf("GET / HTTP/1.1", "Host: x"));
    const { status: plainStatus, body } = await client.readResponse();
    assert.deepEqual([plainStatus, body], [200, "plain"]);
    await client.upgrade();
    client.sendFrame({ opcode: opcodes.text, payload: "hi" });
    assert.equal((await client.readFrame()).payload.toString(), "hi");
  });

  test("asks its upstream and no other for a path that looks like a host", async (t) => {
    const asked: string[] = [];
    const server = await startServer(t, {
      request: (request) => {
        asked.push(request.url);
        return { body: "" };
      },
    });
    const { port } = await startProxy(t, { to: server.url });
    const client = await openRaw(t, { port });
    client.write(headOf("GET //evil.example/x HTTP/1.1", "Host: x", "Connection: close"));
    assert.equal((await client.readHead()).status, 200);
    assert.deepEqual(asked, ["//evil.example/x"]);
  });

  test("does not let Connection take away what it says itself", async (t) => {
    const heads: [string, string | undefined][] = [];
    const server = await startServer(t, {
      request: ({ headers }) => {
        for (const name of ["x-forwarded-for", "x-private", "cookie"]) heads.push([name, headers.get(name)]);
        return { body: "" };
      },
    });
    const { port } = await startProxy(t, { to: server.url });
    const client = await openRaw(t, { port });
    const named = "Connection: close, X-Forwarded-For, X-Private, Cookie";
    client.write(
      headOf("GET / HTTP/1.1", "Host: x", named, "X-Forwarded-For: 6.6.6.6", "X-Private: 1", "Cookie: a=b"),
    );
    assert.equal((await client.readHead()).status, 200);
    assert.deepEqual(heads, [
      ["x-forwarded-for", "127.0.0.1"],
      ["x-private", undefined],
      ["cookie", "a=b"],
    ]);
  });

  test("passes plain requests on that offer another protocol, without the offer", async (t) => {
    const seen: (string | undefined)[] = [];
    const server = await startServer(t, {
      request: ({ headers }) => {
        seen.push(headers.get("upgrade"), headers.get("http2-settings"), headers.get("connection"));
        return { body: "" };
      },
    });
    const { port } = await startProxy(t, { to: server.url });
    const client = await openRaw(t, { port });
    client.write(
      headOf(
        "GET / HTTP/1.1",
        "Host: x",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABk",
      ),
    );
    assert.equal((await client.readHead()).status, 200);
    assert.deepEqual(seen.slice(0, 2), [undefined, undefined]);
    assert.doesNotMatch(seen[2] ?? "", /upgrade|settings/i);
  });

  test("answers 500 for what a hook makes of a request that cannot be sent, and says no more", async (t) => {
    const server = await startServer(t, echo);
    const bad = [
      { headers: { "X-A": "b\r\nX-Injected: 1" } },
      { target: "/a b" },
      { headers: 5 as unknown as undefined },
    ];
    for (const answer of bad) {
      const { url, logged } = await startProxy(t, {
        to: server.url,
        hooks: { upstreamRequest: () => answer as never },
      });
      await assert.rejects(connect(url), { code: "UNEXPECTED_STATUS", status: 500 });
      assert.equal((await logged()).error, "HOOK_FAILED");
    }
  });

  test("gives up on a request that does not come, and on an upstream that is not there", async (t) => {
    const { port, url, logged } = await startProxy(t, {
      to: "ws://127.0.0.1:1",
      requestTimeoutMs: 80,
      retries: 0,
    });
    const slow = await openRaw(t, { port });
    slow.write("GET / HTTP/1.1\r\nHost: x\r\n");
    assert.equal((await slow.readHead()).status, 408);
    assert.equal((await logged()).error, "HANDSHAKE_TIMED_OUT");
    await assert.rejects(connect(url), { status: 502 });
    assert.equal((await logged()).error, "UPSTREAM_UNREACHABLE");
  });

  test("waits for no hook of a client that has gone, and for none when it closes", async (t) => {
    const server = await startServer(t, echo);
    const never = (): Promise<never> => new Promise(() => {});
    for (const mode of ["relay", "inspect"] as const) {
      for (const name of ["request", "upstreamSelected", "upstreamRequest", "upstreamResponse"] as const) {
        let asked = (): void => {};
        const isAsked = new Promise<void>((resolve) => {
          asked = resolve;
        });
        const hook = (): Promise<never> => {
          asked();
          return never();
        };
        const { port, proxy, logged } = await startProxy(t, {
          to: server.url,
          mode,
          hooks: { [name]: hook },
        });
        const client = await openRaw(t, { port });
        client.write(upgradeHead());
        await isAsked;
        client.socket.resetAndDestroy();
        assert.equal((await logged()).error, "CLIENT_GONE");
        assert.equal(proxy.connections, 0);
        const other = await openRaw(t, { port });
        other.write(upgradeHead());
        await new Promise((resolve) => setImmediate(resolve));
        await proxy.close({ timeoutMs: 50 });
        assert.equal(proxy.connections, 0);
      }
    }
    const { handler: shown, called: isShown } = firstCall<[]>();
    const { url, proxy } = await startProxy(t, {
      to: server.url,
      mode: "inspect",
      hooks: {
        message: () => {
          shown();
          return never();
        },
      },
    });
    const ws = await connect(url);
    ws.send("never passed");
    await isShown;
    await proxy.close({ timeoutMs: 50 });
    assert.equal(proxy.connections, 0);
  });

  test("answers 500 for a hook that answers nonsense", async (t) => {
    const server = await startServer(t, echo);
    for (const hooks of [
      { upstreamRequest: () => 5 },
      { upstreamRequest: () => ({ header: {} }) },
      { upstreamResponse: () => "x" },
    ]) {
      const { url } = await startProxy(t, { to: server.url, hooks: hooks as never });
      await assert.rejects(connect(url), { status: 500 });
    }
  });

  test("lives on when either side is cut off in the middle of anything", async (t) => {
    const upstream = await startRawServer(t);
    const { port, proxy, logged } = await startProxy(t, { to: upstream.url, handshakeTimeoutMs: 500 });
    for (const cut of ["client before the answer", "client after it", "upstream after it", "both"]) {
      const client = await openRaw(t, { port });
      client.write(upgradeHead());
      const peer = await upstream.accept();
      const request = await peer.readHead();
      if (cut === "client before the answer") client.socket.resetAndDestroy();
      peer.write(switchingHead(request));
      if (cut === "client after it" || cut === "both") {
        await client.readHead();
        client.socket.resetAndDestroy();
      }
      if (cut === "upstream after it" || cut === "both") peer.socket.resetAndDestroy();
      client.socket.destroy();
      peer.socket.destroy();
      await logged();
    }
    assert.equal(proxy.connections, 0);
  });

  test("refuses clients beyond maxClients, and takes them again when others have left", async (t) => {
    const server = await startServer(t, echo);
    const { url, logged } = await startProxy(t, { to: server.url, maxClients: 1 });
    const first = await connect(url);
    await assert.rejects(connect(url), { status: 503 });
    await first.close();
    await logged();
    await logged();
    const next = await connect(url);
    await next.close();
  });

  test("counts plain requests among the clients until they are answered", async (t) => {
    const upstream = await startRawServer(t);
    const { port, url, logged } = await startProxy(t, { to: upstream.url, maxClients: 2 });
    const request = headOf("GET / HTTP/1.1", "Host: x");
    const first = await openRaw(t, { port });
    const second = await openRaw(t, { port });
    first.write(request);
    const peer = await upstream.accept();
    second.write(request);
    await upstream.accept();
    const third = await openRaw(t, { port });
    third.write(request);
    assert.equal((await third.readResponse()).status, 503);
    await assert.rejects(connect(url), { status: 503 });
    assert.deepEqual([(await logged()).error, (await logged()).error], Array(2).fill("TOO_MANY_CONNECTIONS"));
    await peer.readHead();
    peer.write(headOf("HTTP/1.1 200 OK", "Content-Length: 0", "Connection: close"));
    assert.equal((await first.readResponse()).status, 200);
    assert.equal((await logged()).status, 200);
    third.write(request);
    await (await upstream.accept()).readHead();
  });

  test("passes what is no frame on as it is in mode relay, and ends it with 1014 in mode inspect", async (t) => {
    for (const mode of ["relay", "inspect"] as const) {
      const upstream = await startRawServer(t);
      const { port } = await startProxy(t, { to: upstream.url, mode });
      const client = await openRaw(t, { port });
      client.write(upgradeHead());
      const peer = await upstream.accept();
      peer.write(`${switchingHead(await peer.readHead())}HTTP/1.1 200 OK\r\n\r\n`);
      await client.readHead();
      if (mode === "relay") assert.equal((await client.read(19)).toString(), "HTTP/1.1 200 OK\r\n\r\n");
      else assert.deepEqual(await client.readClose(), { code: 1014, reason: "" });
      client.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000) });
      client.socket.destroy();
      peer.socket.destroy();
    }
  });
});
