import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { describe, test } from "node:test";
import { connect, createServer, type WebSocketConnection } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { startProxy } from "../support/sluice-proxy.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";

const modes = ["relay", "inspect"] as const;

for (const mode of modes) {
  describe(`the reverse proxy, mode ${mode}`, () => {
    test("carries messages of every kind and size, in order, both ways", async (t) => {
      const server = await startServer(t, echo, { maxMessageBytes: 4_000_000 });
      const inspect = mode === "inspect" ? { maxMessageBytes: 4_000_000 } : undefined;
      const options = { to: server.url, mode, inspect };
      const { url, logged } = await startProxy(t, options);
      const ws = await connect(`${url}/chat?x=1`, {
        maxMessageBytes: 4_000_000,
        maxBufferedBytes: 8_000_000,
      });
      const sent = [
        "",
        "hé",
        "x".repeat(70_000),
        new Uint8Array(0),
        new Uint8Array(300),
        new Uint8Array(3_000_000).fill(7),
      ];
      for (const message of sent) ws.send(message);
      for (const message of sent) assert.deepEqual(await nextMessage(ws), message);
      assert.ok((await ws.ping("p")) >= 0);
      const info = await ws.close(4001, "done");
      assert.deepEqual([info.code, info.wasClean], [4001, true]);
      const entry = await logged();
      assert.deepEqual(
        [entry.kind, entry.status, entry.url, entry.closeCode, entry.error, entry.upstream],
        ["websocket", 101, "/chat?x=1", 4001, undefined, server.url],
      );
      assert.deepEqual([entry.messagesReceived, entry.messagesSent], [6, 6]);
      assert.ok(entry.bytesReceived > 3_070_000 && entry.bytesSent > 3_070_000);
    });

    test("passes the server's close code on, and subprotocol and headers before", async (t) => {
      const server = await startServer(
        t,
        {
          upgrade: ({ headers }) => ({ headers: { "X-Seen": headers.get("x-mine") ?? "" } }),
          message: (ws) => void ws.close(3001, "enough"),
        },
        { protocols: ["b", "a"] },
      );
      const { url, logged } = await startProxy(t, {
        to: server.url,
        mode,
        responseHeaders: { "X-Served-By": "us" },
      });
      const ws = await connect(url, { protocols: ["a", "b"], headers: { "X-Mine": "1" } });
      assert.equal(ws.protocol, "b");
      ws.send("x");
      const info = await ws.closed;
      assert.deepEqual([info.code, info.reason], [3001, "enough"]);
      assert.equal((await logged()).closedBy, "upstream");
    });

    test("slows whoever sends to a peer that does not read, and loses nothing", async (t) => {
      let held: WebSocketConnection | undefined;
      let received = 0;
      const { handler: close, called: serverClosed } = firstCall<unknown[]>();
      const server = await startServer(t, {
        open: (ws) => {
          held = ws;
          ws.pause();
        },
        message: (_ws, data) => {
          received += data.length;
        },
        close,
      });
      const { url } = await startProxy(t, { to: server.url, mode });
      const ws = await connect(url, { maxBufferedBytes: Infinity });
      const chunk = new Uint8Array(100_000);
      let sent = 0;
      while (ws.bufferedAmount < 3_000_000 && sent < 100_000_000) {
        ws.send(chunk);
        sent += chunk.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok(ws.bufferedAmount > 2_000_000, "the proxy took everything for a peer that reads nothing");
      held?.resume();
      await ws.drained();
      await ws.close();
      await serverClosed;
      assert.equal(received, sent);
    });

    test("tells the client 1012 when it closes, and waits for it", async (t) => {
      const server = await startServer(t, echo);
      const { url, proxy } = await startProxy(t, { to: server.url, mode });
      const ws = await connect(url);
      assert.equal(proxy.connections, 1);
      const closed = proxy.close({ reason: "restart" });
      const info = await ws.closed;
      assert.deepEqual([info.code, info.reason], [1012, "restart"]);
      await closed;
      assert.equal(proxy.connections, 0);
      await assert.rejects(connect(url), { name: "TransportError" });
    });

    test("leaves without ending anything, and is over when its last connection is", async (t) => {
      const server = await startServer(t, echo);
      const { url, proxy } = await startProxy(t, { to: server.url, mode });
      const ws = await connect(url);
      let isOver = false;
      await proxy.leave();
      const over = proxy.idle().then(() => {
        isOver = true;
      });
      await assert.rejects(connect(url), { name: "TransportError" });
      ws.send("still here");
      assert.equal(await nextMessage(ws), "still here");
      assert.equal(isOver, false);
      await ws.close();
      await over;
    });

    test("ends a client whose upstream is cut off", async (t) => {
      const server = createServer(echo);
      const address = await server.listen({ port: 0, host: "127.0.0.1" });
      const { url } = await startProxy(t, { to: address.url, mode });
      const ws = await connect(url);
      for (const peer of server.connections) peer.terminate();
      const info = await ws.closed;
      assert.equal(info.code, mode === "inspect" ? 1014 : 1006);
      await server.close();
    });

    test("ends a connection on which nothing passes for too long", async (t) => {
      const server = await startServer(t, echo);
      const { url, logged } = await startProxy(t, { to: server.url, mode, idleTimeoutMs: 80 });
      const ws = await connect(url);
      await ws.closed;
      const entry = await logged();
      assert.deepEqual([entry.error, entry.closedBy], ["IDLE_TIMED_OUT", "proxy"]);
    });

    test("routes by host and path, replaces a prefix, and answers 404 for the rest", async (t) => {
      const servers = await Promise.all(
        ["one", "two"].map((name) => startServer(t, { message: (ws) => void ws.send(`${name} ${ws.url}`) })),
      );
      const { url, port, logged } = await startProxy(t, {
        mode,
        routes: [
          { name: "first", host: "one.example", to: servers[0].url },
          { pathPrefix: "/two", replacePath: "/deep", to: `${servers[1].url}/base/` },
          { name: "bare", pathPrefix: "/v2", replacePath: "/", to: servers[1].url },
        ],
      });
      const ask = async (target: string, host?: string): Promise<unknown> => {
        const ws = await connect(`${url}${target}`, host === undefined ? {} : { headers: { Host: host } });
        ws.send("?");
        const answer = await nextMessage(ws);
        await ws.close();
        return answer;
      };
      assert.equal(await ask("/x", `ONE.example:${port}`), "one /x");
      assert.equal(await ask("/two/a?b=c"), "two /base/deep/a?b=c");
      assert.equal(await ask("/%74wo/a"), "two /base/deep/a");
      assert.equal(await ask("/v2/x?b=/v2"), "two /x?b=/v2");
      assert.equal(await ask("/v2"), "two /");
      await assert.rejects(connect(`${url}/three`), { code: "UNEXPECTED_STATUS", status: 404 });
      const entries = await Promise.all(Array.from({ length: 6 }, logged));
      assert.deepEqual(entries.map(({ route, status }) => `${route} ${status}`).sort(), [
        "*/two* 101",
        "*/two* 101",
        "bare 101",
        "bare 101",
        "first 101",
        "undefined 404",
      ]);
    });

    test("takes new options for new requests and leaves what is open alone", async (t) => {
      const [one, two] = await Promise.all(
        ["one", "two"].map((name) => startServer(t, { message: (ws) => void ws.send(name) })),
      );
      const { url, proxy } = await startProxy(t, { to: one.url, mode });
      const before = await connect(url);
      proxy.reload({ to: two.url, mode });
      assert.throws(() => proxy.reload({ to: "nowhere" }), { code: "INVALID_ARGUMENT" });
      const after = await connect(url);
      for (const ws of [before, after]) ws.send("?");
      assert.deepEqual([await nextMessage(before), await nextMessage(after)], ["one", "two"]);
      await Promise.all([before.close(), after.close()]);
    });

    test("passes a refusal of the upstream's on, body and all", async (t) => {
      const server = await startServer(t, {
        upgrade: () => ({ status: 401, headers: { "WWW-Authenticate": "Basic" }, body: "who are you?" }),
      });
      const { url, logged } = await startProxy(t, { to: server.url, mode });
      const response = await fetch(url.replace("ws", "http"), { headers: { "X-Plain": "1" } });
      assert.equal(response.status, 426);
      await response.text();
      await assert.rejects(connect(url), { code: "UNEXPECTED_STATUS", status: 401 });
      const entries = [await logged(), await logged()];
      assert.deepEqual(entries.map(({ kind, status }) => [kind, status]).sort(), [
        ["http", 426],
        ["websocket", 401],
      ]);
    });
  });
}

describe("the reverse proxy, mode inspect", () => {
  test("compresses on one side only, where it is told to", async (t) => {
    const server = await startServer(t, echo, { compression: true });
    const { url, logged } = await startProxy(t, {
      to: server.url,
      mode: "inspect",
      inspect: { clientCompression: true },
    });
    const ws = await connect(url, { compression: true });
    assert.match(ws.extensions, /permessage-deflate/);
    const [upstream] = server.server.connections;
    assert.equal(upstream.extensions, "");
    const text = "compress me ".repeat(10_000);
    ws.send(text);
    assert.equal(await nextMessage(ws), text);
    await ws.close();
    const { bytesReceived, bytesSent } = await logged();
    assert.ok(bytesReceived < 20_000 && bytesSent < 20_000, `${bytesReceived} and ${bytesSent} bytes`);
  });

  test("ends a client that sends too much with 1009, and its upstream with 1001", async (t) => {
    const codes: number[] = [];
    let told = (): void => {};
    const upstreamClosed = new Promise<void>((resolve) => {
      told = resolve;
    });
    const server = await startServer(t, {
      close: (_ws, code) => {
        codes.push(code);
        told();
      },
    });
    const { url, logged } = await startProxy(t, {
      to: server.url,
      mode: "inspect",
      inspect: { maxMessageBytes: 1000 },
    });
    const ws = await connect(url);
    ws.send(new Uint8Array(1001));
    assert.equal((await ws.closed).code, 1009);
    await upstreamClosed;
    assert.deepEqual(codes, [1001]);
    assert.equal((await logged()).error, "MESSAGE_TOO_LARGE");
  });

  test("shows each message to the hook, which may change it, drop it, or fail", async (t) => {
    const server = await startServer(t, echo);
    const seen: string[] = [];
    const { url, errors } = await startProxy(t, {
      to: server.url,
      mode: "inspect",
      hooks: {
        message: async (exchange, { from, data }) => {
          seen.push(`${exchange.id} ${from} ${data}`);
          if (data === "drop") return null;
          if (data === "fail") throw new Error("no");
          return from === "client" && data === "change" ? { data: "changed" } : undefined;
        },
      },
    });
    const ws = await connect(url);
    for (const message of ["keep", "drop", "change"]) ws.send(message);
    assert.deepEqual([await nextMessage(ws), await nextMessage(ws)], ["keep", "changed"]);
    assert.deepEqual(seen.sort(), [
      "1 client change",
      "1 client drop",
      "1 client keep",
      "1 upstream changed",
      "1 upstream keep",
    ]);
    ws.send("fail");
    assert.equal((await ws.closed).code, 1011);
    assert.deepEqual(
      errors.map((error) => (error as { code?: string }).code),
      ["HOOK_FAILED"],
    );
  });
});

describe("plain requests through the reverse proxy", () => {
  test("go to the upstream and back, with their bodies, on kept connections", async (t) => {
    let connections = 0;
    const upstream = createHttpServer((request, response) => {
      response.setHeader("X-Method", request.method ?? "");
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      response.writeHead(request.url === "/missing" ? 404 : 200);
      request.pipe(response);
    });
    upstream.on("connection", () => connections++);
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    t.after(() => upstream.close());
    const { port } = upstream.address() as { port: number };
    const { url, logged } = await startProxy(t, { to: `http://127.0.0.1:${port}` });
    const base = url.replace("ws", "http");
    const body = "y".repeat(500_000);
    for (const [path, init, status] of [
      ["/a", { method: "POST", body }, 200],
      ["/missing", {}, 404],
      ["/b", { method: "PUT", body: new Blob([body]).stream(), duplex: "half" }, 200],
      ["/c", { method: "HEAD" }, 200],
    ] as [string, RequestInit, number][]) {
      const response = await fetch(base + path, init);
      assert.equal(response.status, status);
      assert.equal(response.headers.get("x-method"), init.method ?? "GET");
      assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
      assert.equal(await response.text(), init.body === undefined ? "" : body);
      const entry = await logged();
      assert.deepEqual([entry.kind, entry.status, entry.url], ["http", status, path]);
      assert.equal(entry.bytesSent, init.body === undefined ? 0 : body.length);
    }
    assert.equal(connections, 1);
  });

  test("are asked for again on a new connection when a kept one turns out to have ended, where they may be", async (t) => {
    const requests: string[] = [];
    let isCutting = false;
    const upstream = createHttpServer((request, response) => {
      requests.push(`${request.method} ${isCutting}`);
      if (isCutting) {
        isCutting = false;
        request.socket.destroy();
      } else request.resume().on("end", () => response.end("answer"));
    });
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    t.after(() => upstream.close());
    const { port } = upstream.address() as { port: number };
    const { url } = await startProxy(t, { to: `http://127.0.0.1:${port}` });
    const ask = async (method: string): Promise<number> => {
      const body = method === "POST" ? { body: "x" } : {};
      const response = await fetch(url.replace("ws", "http"), { method, ...body });
      await response.text();
      return response.status;
    };
    assert.equal(await ask("GET"), 200);
    isCutting = true;
    assert.equal(await ask("GET"), 200);
    assert.equal(await ask("GET"), 200);
    isCutting = true;
    assert.equal(await ask("POST"), 502);
    assert.deepEqual(requests, ["GET false", "GET true", "GET false", "GET false", "POST true"]);
  });

  test("have a deadline for the head of the answer, and none for a body that pauses", async (t) => {
    const upstream = createHttpServer((request, response) => {
      if (request.url === "/hints") {
        const timer = setInterval(() => response.writeEarlyHints({ link: "</a>; rel=preload" }), 20);
        response.on("close", () => clearInterval(timer));
        return;
      }
      response.write("first ");
      setTimeout(() => response.end("second"), 250);
    });
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    t.after(() => upstream.close());
    const { port } = upstream.address() as { port: number };
    const { url, logged } = await startProxy(t, { to: `http://127.0.0.1:${port}`, handshakeTimeoutMs: 100 });
    const base = url.replace("ws", "http");
    assert.equal(await (await fetch(`${base}/events`)).text(), "first second");
    assert.equal((await logged()).error, undefined);
    assert.equal((await fetch(`${base}/hints`)).status, 504);
    assert.equal((await logged()).error, "UPSTREAM_TIMED_OUT");
  });

  test("of clients that have gone wait in no queue, and reach no upstream", async (t) => {
    let requests = 0;
    let finish = (): void => {};
    const upstream = createHttpServer((_request, response) => {
      requests++;
      finish = () => response.end("done");
    });
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    t.after(() => upstream.close());
    const { port } = upstream.address() as { port: number };
    const { handler: asked, called: isAsked } = firstCall<[]>();
    const { url, logged } = await startProxy(t, {
      to: { url: `http://127.0.0.1:${port}`, maxConnections: 1 },
      hooks: { request: ({ method }) => (method === "POST" ? asked() : undefined) },
    });
    const base = url.replace("ws", "http");
    const first = fetch(base);
    while (requests === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // A client that only ends its side may still wait for the answer.
    const gone = await openRaw(t, { port: Number(new URL(base).port) });
    gone.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\npay");
    await isAsked;
    gone.socket.resetAndDestroy();
    assert.equal((await logged()).error, "CLIENT_GONE");
    finish();
    assert.equal(await (await first).text(), "done");
    assert.equal(requests, 1);
  });

  test("are answered with 502 and 504 where the upstream is not there, silent, or speaks no HTTP", async (t) => {
    const silent = await startServerOfBytes(t, () => {});
    const garbage = await startServerOfBytes(t, (socket) => socket.end("SSH-2.0-OpenSSH\r\n"));
    const cut = await startServerOfBytes(t, (socket) => socket.destroy());
    const cases: [string, number, string][] = [
      ["http://127.0.0.1:1", 502, "UPSTREAM_UNREACHABLE"],
      [silent, 504, "UPSTREAM_TIMED_OUT"],
      [garbage, 502, "UPSTREAM_INVALID"],
      [cut, 502, "UPSTREAM_INVALID"],
    ];
    for (const [to, status, code] of cases) {
      const { url, logged } = await startProxy(t, { to, handshakeTimeoutMs: 100 });
      const response = await fetch(url.replace("ws", "http"));
      assert.equal(response.status, status, to);
      assert.doesNotMatch(await response.text(), /127\.0\.0\.1/);
      assert.equal((await logged()).error, code);
    }
  });
});

async function startServerOfBytes(
  t: { after(hook: () => void): void },
  answer: (socket: import("node:net").Socket) => void,
): Promise<string> {
  const { createServer: createTcpServer } = await import("node:net");
  const sockets = new Set<import("node:net").Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("data", () => answer(socket));
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
