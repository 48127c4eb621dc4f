import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import {
  accept,
  attach,
  connect,
  HandshakeError,
  HttpClient,
  isUpgradeRequest,
  StateError,
  type WebSocketConnection,
} from "sluice";
import { makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, nextMessage } from "../support/sluice-server.js";
import { headOf, upgradeHead } from "../support/wire.js";

interface After {
  after(hook: () => void): void;
}

async function listening(t: After, server: Server): Promise<{ port: number; url: string }> {
  const sockets = new Set<Duplex>();
  server.on("connection", (socket) => sockets.add(socket));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { port, url: `ws://127.0.0.1:${port}` };
}

async function statusOf(url: string): Promise<number> {
  const ws = await connect(url).catch((error: HandshakeError) => error.status);
  if (typeof ws === "number") return ws;
  await ws.close();
  return 101;
}

/** An upgrade that came with the request before it. (A listener of the test's would be one more that may answer.) */
const upgradeArrives = (): Promise<unknown> => new Promise(setImmediate);

describe("attach", () => {
  test("serves the upgrades of an HTTP server, which goes on serving the rest", async (t) => {
    const http = createServer((_request, response) => response.end("plain"));
    const service = attach(http, echo);
    const { url } = await listening(t, http);
    const ws = await connect(url);
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    assert.equal((await new HttpClient().get(url.replace("ws", "http"))).text(), "plain");
    assert.equal(service.connections.size, 1);
    assert.equal(service.metrics().accepted, 1);
    await service.close();
    assert.equal((await ws.closed).code, 1001);
  });

  test("takes one function for everything, of which it calls the messages' part", async (t) => {
    const http = createServer();
    attach(http, (request) => (request.type === "websocket" ? `Echo: ${request.data}` : undefined));
    const { url } = await listening(t, http);
    const ws = await connect(url);
    ws.send("x");
    assert.equal(await nextMessage(ws), "Echo: x");
    await ws.close();
  });

  test("several are told apart by path, whatever the order, and one without a path takes the rest", async (t) => {
    const http = createServer();
    const say = (text: string) => ({ open: (ws: WebSocketConnection) => void ws.send(text) });
    attach(http, say("rest"));
    attach(http, say("a"), { path: "/a" });
    attach(http, say("b"), { path: "/b" });
    const { url } = await listening(t, http);
    for (const [path, text] of [
      ["/a", "a"],
      ["/b?x=y", "b"],
      ["/c", "rest"],
      ["/", "rest"],
    ]) {
      const ws = await connect(url + path);
      assert.equal(await nextMessage(ws), text);
      await ws.close();
    }
  });

  test("a path that nobody serves is answered with 404", async (t) => {
    const http = createServer();
    attach(http, echo, { path: "/a" });
    const { url } = await listening(t, http);
    assert.equal(await statusOf(`${url}/b`), 404);
    assert.equal(await statusOf(`${url}/a`), 101);
  });

  test("lets go of a client whose path nobody serves, whatever it still sends", async (t) => {
    const http = createServer();
    const sockets = new Set<object>();
    http.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    const { port } = await listening(t, http);
    attach(http, {}, { path: "/served" });
    for (const end of ["end", "destroy"] as const) {
      const peer = await openRaw(t, { port });
      peer.write(
        "GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nlate bytes",
      );
      assert.match((await peer.readHead()).startLine, /404/);
      peer.write("more");
      peer.socket[end]();
    }
    while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test("answers in the order of the requests, an upgrade or another protocol behind a slow one too", async (t) => {
    const http = createServer((request, response) => {
      setImmediate(() => setImmediate(() => response.end(`answer to ${request.url}`)));
    });
    const { port } = await listening(t, http);
    attach(http, { open: (ws) => void ws.send("open") });
    const slow = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
    const other = "GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    const upgrade =
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const first = await openRaw(t, { port });
    first.write(slow + upgrade);
    assert.equal((await first.readResponse()).body, "answer to /slow");
    assert.match((await first.readHead()).startLine, /101/);
    assert.equal((await first.readFrame()).payload.toString(), "open");
    const second = await openRaw(t, { port });
    second.write(slow + other + slow);
    for (const path of ["/slow", "/other"])
      assert.equal((await second.readResponse()).body, `answer to ${path}`);
  });

  test("upgrades that are not ours are left to other listeners", async (t) => {
    const http = createServer();
    attach(http, echo, { path: "/ours" });
    http.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      if (request.url !== "/ours") socket.end("HTTP/1.1 418 Foreign\r\nConnection: close\r\n\r\n");
    });
    const { port, url } = await listening(t, http);
    assert.equal(await statusOf(`${url}/theirs`), 418);
    assert.equal(await statusOf(`${url}/ours`), 101);
    const peer = await openRaw(t, { port });
    peer.write(headOf("GET /ours HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: other"));
    const waiting = await openRaw(t, { port });
    waiting.write(headOf("GET /x HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: other"));
    assert.equal((await waiting.readHead()).status, 418);
  });

  test("a request that offers another protocol is served as before", async (t) => {
    const http = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end(`${request.method} ${request.url} ${body}`);
    });
    attach(http, echo);
    const { port } = await listening(t, http);
    const peer = await openRaw(t, { port });
    const upgrade = [
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAAQAAP__",
    ];
    for (let i = 0; i < 3; i++) {
      peer.write(`${headOf("POST /x HTTP/1.1", "Host: x", ...upgrade, "Content-Length: 2")}hi`);
      assert.equal((await peer.readResponse()).body, "POST /x hi");
    }
    await peer.upgrade();
  });

  test("refuses what createServer refuses", async (t) => {
    const http = createServer();
    attach(http, { ...echo, upgrade: ({ pathname }) => (pathname === "/no" ? { status: 401 } : undefined) });
    const { port, url } = await listening(t, http);
    assert.equal(await statusOf(`${url}/no`), 401);
    for (const [headers, status] of [
      [{ Origin: "http://evil.test" }, 403],
      [{ "Sec-WebSocket-Version": "12" }, 426],
      [{ "Sec-WebSocket-Key": "short" }, 400],
      [{ "Content-Length": "5" }, 400],
      [{ Upgrade: "websocket, h2c" }, 400],
    ] as const) {
      const peer = await openRaw(t, { port });
      peer.write(upgradeHead(headers));
      assert.equal((await peer.readHead()).status, status);
    }
  });

  test("a slow hook is answered with 408", async (t) => {
    const http = createServer();
    attach(http, { upgrade: () => new Promise<boolean>(() => {}) }, { handshakeTimeoutMs: 30 });
    const { url } = await listening(t, http);
    assert.equal(await statusOf(url), 408);
  });

  test("close detaches its own handlers only, and twice is once", async (t) => {
    const http = createServer();
    const [a, b] = [attach(http, echo, { path: "/a" }), attach(http, echo, { path: "/b" })];
    const { url } = await listening(t, http);
    await a.close();
    await a.close();
    assert.equal(await statusOf(`${url}/a`), 404);
    assert.equal(await statusOf(`${url}/b`), 101);
    await b.close();
    assert.equal(http.listenerCount("upgrade"), 0);
    attach(http, echo);
    assert.equal(await statusOf(url), 101);
  });

  test("close waits for upgrades that are being decided, and lets none of them in", async (t) => {
    let decide: (isWelcome: boolean) => void = () => {};
    const asked = firstCall<[unknown]>();
    const http = createServer();
    const service = attach(http, {
      upgrade(request) {
        asked.handler(request);
        return new Promise<boolean>((resolve) => {
          decide = resolve;
        });
      },
    });
    const { port } = await listening(t, http);
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead());
    await asked.called;
    let isClosed = false;
    const closed = service.close().then(() => {
      isClosed = true;
    });
    await new Promise(setImmediate);
    assert.equal(isClosed, false);
    decide(true);
    assert.equal((await peer.readHead()).status, 503);
    peer.socket.end();
    await closed;
  });

  test("close ends an upgrade that is never decided, after timeoutMs", async (t) => {
    const asked = firstCall<[unknown]>();
    const http = createServer();
    const service = attach(http, {
      upgrade(request) {
        asked.handler(request);
        return new Promise<boolean>(() => {});
      },
    });
    const { port } = await listening(t, http);
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead());
    await asked.called;
    await service.close({ timeoutMs: 20 });
    assert.equal((await peer.readToEnd()).length, 0);
  });

  for (const hasOther of [false, true]) {
    const others = hasOther ? ", where others listen for upgrades too" : "";
    test(`close refuses an upgrade that waits behind a slow answer, in its turn${others}`, async (t) => {
      const asked = firstCall<[ServerResponse]>();
      const http = createServer((_request, response) => asked.handler(response));
      const service = attach(
        http,
        { upgrade: () => assert.fail("nobody is asked any more") },
        { path: "/a" },
      );
      const kept = attach(http, echo, { path: "/b" });
      if (hasOther) http.on("upgrade", () => {});
      const { port } = await listening(t, http);
      const peer = await openRaw(t, { port });
      peer.write(headOf("GET /slow HTTP/1.1", "Host: x") + upgradeHead({}, "/a"));
      const [response] = await asked.called;
      await upgradeArrives();
      const closed = service.close({ timeoutMs: Infinity });
      await kept.close();
      response.end("slow");
      assert.equal((await peer.readResponse()).body, "slow");
      assert.equal((await peer.readHead()).status, 503);
      let isClosed = false;
      void closed.then(() => {
        isClosed = true;
      });
      await new Promise(setImmediate);
      assert.equal(isClosed, false);
      peer.socket.end();
      await closed;
    });
  }

  test("close ends an upgrade that waits for its turn, after timeoutMs, and forgets one whose connection is cut", async (t) => {
    const asked = [firstCall<[IncomingMessage]>(), firstCall<[IncomingMessage]>()] as const;
    let count = 0;
    const http = createServer((request) => asked[count++].handler(request));
    const service = attach(http, echo);
    const { port } = await listening(t, http);
    const waiting = headOf("GET /slow HTTP/1.1", "Host: x") + upgradeHead();
    const left = await openRaw(t, { port });
    left.write(waiting);
    const [{ socket }] = await asked[0].called;
    await upgradeArrives();
    socket.destroy();
    await left.readToEnd();
    await service.close({ timeoutMs: Infinity });
    const again = attach(http, echo);
    const peer = await openRaw(t, { port });
    peer.write(waiting);
    await asked[1].called;
    await upgradeArrives();
    await again.close({ timeoutMs: 20 });
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("a path that nobody serves is answered in its turn, though all have closed meanwhile", async (t) => {
    const asked = firstCall<[ServerResponse]>();
    const http = createServer((_request, response) => asked.handler(response));
    const service = attach(http, echo, { path: "/a" });
    const { port } = await listening(t, http);
    const peer = await openRaw(t, { port });
    peer.write(headOf("GET /slow HTTP/1.1", "Host: x") + upgradeHead({}, "/b"));
    const [response] = await asked.called;
    await upgradeArrives();
    await service.close();
    response.end("slow");
    assert.equal((await peer.readResponse()).body, "slow");
    assert.equal((await peer.readHead()).status, 404);
  });

  test("close refuses a code that may not be sent", async (t) => {
    const http = createServer();
    const service = attach(http, echo);
    const { url } = await listening(t, http);
    await assert.rejects(service.close({ code: 1005 }), StateError);
    assert.equal(await statusOf(url), 101);
  });

  test("publishes to its own subscribers only", async (t) => {
    const http = createServer();
    const joining = { open: (ws: WebSocketConnection) => ws.subscribe("topic") };
    const [a, b] = [attach(http, joining, { path: "/a" }), attach(http, joining, { path: "/b" })];
    const { url } = await listening(t, http);
    const ws = await connect(`${url}/a`);
    assert.equal(a.publish("topic", "x"), 1);
    assert.equal(b.publish("topic", "y"), 0);
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
  });

  test("works on an HTTPS server", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const certificates = makeCertificates();
    const https = createSecureServer(certificates.server, (_request, response) => response.end("plain"));
    let isSecure: boolean | undefined;
    attach(https, {
      ...echo,
      upgrade: (request) => {
        isSecure = request.isSecure;
      },
    });
    const { port } = await listening(t, https as Server);
    const tls = { ca: certificates.ca };
    const ws = await connect(`wss://localhost:${port}`, { tls, origin: `https://localhost:${port}` });
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    assert.equal(isSecure, true);
    await ws.close();
    const headers = { Connection: "Upgrade", Upgrade: "h2c" };
    const response = await new HttpClient({ tls }).get(`https://localhost:${port}/`, { headers });
    assert.equal(response.text(), "plain");
  });
});

describe("accept", () => {
  async function accepting(t: After, options: Parameters<typeof accept>[3] = {}) {
    const http = createServer();
    const outcome = firstCall<[WebSocketConnection | Error]>();
    http.on("upgrade", (request, socket, head) => {
      accept(request, socket, head, options).then(outcome.handler, outcome.handler);
    });
    return { ...(await listening(t, http)), outcome: outcome.called };
  }

  test("takes one upgrade by hand and answers the open connection", async (t) => {
    const { url, outcome } = await accepting(t, { protocol: "b", headers: { "X-Test": "yes" }, context: 7 });
    const client = await connect(url, { protocols: ["a", "b"] });
    const [ws] = await outcome;
    assert.ok(!(ws instanceof Error));
    assert.equal(ws.role, "server");
    assert.equal(ws.context, 7);
    assert.equal(client.protocol, "b");
    client.send("x");
    assert.equal(await nextMessage(ws), "x");
    ws.send("y");
    assert.equal(await nextMessage(client), "y");
    await client.close();
  });

  test("takes headers in every form, a repeated one among them", async (t) => {
    const headers = [
      ["X-One", "1"],
      ["X-One", "2"],
    ] as const;
    const { port, outcome } = await accepting(t, { headers });
    const peer = await openRaw(t, { port });
    assert.equal((await peer.upgrade()).headers.get("x-one"), "1, 2");
    const [ws] = await outcome;
    assert.ok(!(ws instanceof Error));
    ws.terminate();
  });

  test("answers a connection without topics, which says so", async (t) => {
    const { url, outcome } = await accepting(t);
    const client = await connect(url);
    const [ws] = await outcome;
    assert.ok(!(ws instanceof Error));
    const missing = { name: "StateError", message: /^a connection from `accept` has no topics/ };
    for (const call of [
      () => ws.subscribe("a"),
      () => ws.unsubscribe("a"),
      () => ws.isSubscribed("a"),
      () => ws.publish("a", "x"),
    ]) {
      assert.throws(call, missing);
    }
    assert.throws(() => client.subscribe("a"), /^StateError: a client's connection has no topics/);
    await client.close();
  });

  test("loses nothing that came before anybody listened", async (t) => {
    const { port, outcome } = await accepting(t);
    const peer = await openRaw(t, { port });
    const frames = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61, 0x81, 0x81, 0, 0, 0, 0, 0x62]);
    peer.write(Buffer.concat([Buffer.from(upgradeHead()), frames]));
    const [ws] = await outcome;
    assert.ok(!(ws instanceof Error));
    await peer.readHead();
    assert.equal(await nextMessage(ws), "a");
    assert.equal(await nextMessage(ws), "b");
    ws.terminate();
  });

  test("rejects with why, after the request was answered", async (t) => {
    const { url, outcome } = await accepting(t);
    const failure = await connect(url, { origin: "http://evil.test" }).catch(
      (error: HandshakeError) => error,
    );
    assert.ok(failure instanceof HandshakeError);
    assert.equal(failure.status, 403);
    const [error] = await outcome;
    assert.ok(error instanceof HandshakeError);
    assert.equal(error.code, "ORIGIN_FORBIDDEN");
  });

  test("rejects options that are out of range, and the caller still has the socket", async (t) => {
    const { url, outcome } = await accepting(t, { maxMessageBytes: -1 });
    void connect(url).catch(() => {});
    const [error] = await outcome;
    assert.ok(error instanceof StateError);
  });
});

test("isUpgradeRequest tells upgrades to WebSocket from everything else", () => {
  const ask = (headers: Record<string, string>): boolean =>
    isUpgradeRequest({ headers } as unknown as IncomingMessage);
  assert.equal(ask({ upgrade: "websocket", connection: "Upgrade" }), true);
  assert.equal(ask({ upgrade: "WebSocket" }), true);
  assert.equal(ask({ upgrade: "h2c" }), false);
  assert.equal(ask({ upgrade: "notwebsocket" }), false);
  assert.equal(ask({}), false);
  assert.equal(ask({ get: "a header of this name" }), false);
  assert.equal(isUpgradeRequest(new Request("http://x", { headers: { Accept: "x" } })), false);
});
