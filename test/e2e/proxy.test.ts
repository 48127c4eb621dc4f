import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { connect, HttpClient } from "sluice";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { hasTool } from "../support/outside-process.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";

interface After {
  after(hook: () => void): void;
}

/** A proxy that tunnels, and remembers what it was asked. */
async function startProxy(t: After, certificates?: Certificates) {
  const proxy: Server = certificates ? (createSecureServer(certificates.server) as Server) : createServer();
  const asked: { authority: string; authorization: string | undefined; host: string | undefined }[] = [];
  const streams = new Set<Duplex>();
  proxy.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const { "proxy-authorization": authorization, host } = request.headers;
    asked.push({ authority: request.url ?? "", authorization, host });
    const port = Number(request.url?.split(":").at(-1));
    const upstream = connectTcp(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const stream of [client, upstream]) {
      streams.add(stream);
      stream.on("error", () => {});
    }
  });
  t.after(() => {
    proxy.close();
    for (const stream of streams) stream.destroy();
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as { port: number };
  return { asked, port, url: `${certificates ? "https://localhost" : "http://127.0.0.1"}:${port}` };
}

/** Runs with these variables and no other that names a proxy. */
async function withEnvironment(variables: Record<string, string>, run: () => Promise<void>): Promise<void> {
  const names = ["ws_proxy", "wss_proxy", "http_proxy", "https_proxy", "all_proxy", "no_proxy"];
  const before = { ...process.env };
  for (const name of names) for (const key of [name, name.toUpperCase()]) delete process.env[key];
  Object.assign(process.env, variables);
  try {
    await run();
  } finally {
    for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
    Object.assign(process.env, before);
  }
}

describe("an HTTP proxy", () => {
  test("tunnels ws", async (t) => {
    const { url, port } = await startServer(t, echo);
    const proxy = await startProxy(t);
    const ws = await connect(url, { proxy: proxy.url });
    ws.send("x".repeat(100_000));
    assert.equal(await nextMessage(ws), "x".repeat(100_000));
    assert.equal((await ws.close()).wasClean, true);
    assert.deepEqual(proxy.asked, [
      { authority: `127.0.0.1:${port}`, authorization: undefined, host: `127.0.0.1:${port}` },
    ]);
  });

  test("is told the user name and password of its URL, and the server is not", async (t) => {
    const { url, server } = await startServer(t, echo);
    const proxy = await startProxy(t);
    const ws = await connect(url, { proxy: proxy.url.replace("//", "//ann:p%40ss@") });
    const [served] = server.connections;
    assert.equal(served.request.headers.has("proxy-authorization"), false);
    assert.equal(served.request.headers.has("authorization"), false);
    await ws.close();
    assert.equal(proxy.asked[0].authorization, `Basic ${Buffer.from("ann:p@ss").toString("base64")}`);
  });

  test("that refuses is a HandshakeError with its status", async (t) => {
    const proxy = await startRawServer(t);
    const opening = connect("ws://some.test/", { proxy: `http://127.0.0.1:${proxy.port}` });
    const failure = assert.rejects(opening, { code: "PROXY_REFUSED", status: 407 });
    const peer = await proxy.accept();
    const { startLine } = await peer.readHead();
    assert.equal(startLine, "CONNECT some.test:80 HTTP/1.1");
    peer.write(headOf("HTTP/1.1 407 Proxy Authentication Required", "Content-Length: 0"));
    await failure;
    await peer.readToEnd();
  });

  test("that answers a WebSocket itself is not believed", async (t) => {
    const proxy = await startRawServer(t);
    const opening = connect("ws://some.test/", { proxy: `http://127.0.0.1:${proxy.port}` });
    const failure = assert.rejects(opening, { code: "PROXY_REFUSED" });
    const peer = await proxy.acceptUpgrade();
    await failure;
    await peer.readToEnd();
  });

  test("that does not answer is waited for until the deadline", async (t) => {
    const proxy = await startRawServer(t);
    const options = { proxy: `http://127.0.0.1:${proxy.port}`, handshakeTimeoutMs: 30 };
    await assert.rejects(connect("ws://some.test/", options), { code: "HANDSHAKE_TIMED_OUT" });
    await (await proxy.accept()).readToEnd();
  });

  test("that is not there is a TransportError", async (t) => {
    const { url, server } = await startServer(t, echo);
    await server.close();
    await assert.rejects(connect("ws://some.test/", { proxy: url.replace("ws", "http") }), {
      code: "CONNECTION_REFUSED",
    });
  });

  for (const proxy of ["socks5://127.0.0.1:1", "nothing", "http://"]) {
    test(`cannot be ${proxy}`, async () => {
      await assert.rejects(connect("ws://some.test/", { proxy }), { code: "PROXY_INVALID" });
    });
  }

  test("tunnels wss, whose certificate is the server's", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const certificates = makeCertificates();
    const { url, port } = await startServer(t, echo, { tls: certificates.server });
    const proxy = await startProxy(t);
    const ws = await connect(url.replace("127.0.0.1", "localhost"), {
      proxy: proxy.url,
      tls: { ca: certificates.ca },
    });
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
    assert.equal(proxy.asked[0].authority, `localhost:${port}`);
    await assert.rejects(connect(url, { proxy: proxy.url }), { code: "TLS_FAILED" });
  });

  test("can be reached by https itself, for ws and wss", async (t) => {
    if (!hasTool(t, "openssl", ["version"])) return;
    const certificates = makeCertificates();
    const proxy = await startProxy(t, certificates);
    const plain = await startServer(t, echo);
    const secure = await startServer(t, echo, { tls: certificates.server });
    for (const { url } of [plain, secure]) {
      const ws = await connect(url, { proxy: proxy.url, tls: { ca: certificates.ca } });
      ws.send("x");
      assert.equal(await nextMessage(ws), "x");
      await ws.close();
      await assert.rejects(connect(url, { proxy: proxy.url, tls: { rejectUnauthorized: false } }), {
        code: "TLS_FAILED",
      });
    }
    assert.equal(proxy.asked.length, 2);
  });

  test("carries plain requests too", async (t) => {
    const { url } = await startServer(t, { request: ({ url: path }) => ({ body: path }) });
    const proxy = await startProxy(t);
    const response = await new HttpClient({ proxy: proxy.url }).get(`${url.replace("ws", "http")}/a?b`);
    assert.equal(response.text(), "/a?b");
    assert.equal(proxy.asked.length, 1);
  });
});

describe("the environment", () => {
  test("is not asked by default", async (t) => {
    const { url } = await startServer(t, echo);
    await withEnvironment({ ALL_PROXY: "http://127.0.0.1:1" }, async () => {
      await (await connect(url)).close();
      await (await connect(url, { proxy: false })).close();
    });
  });

  for (const [name, hasScheme] of [
    ["WS_PROXY", true],
    ["ws_proxy", true],
    ["HTTP_PROXY", true],
    ["http_proxy", false],
    ["ALL_PROXY", true],
  ] as const) {
    test(`names the proxy for ws in ${name}`, async (t) => {
      const { url } = await startServer(t, echo);
      const proxy = await startProxy(t);
      const value = hasScheme ? proxy.url : `127.0.0.1:${proxy.port}`;
      await withEnvironment({ [name]: value }, async () => {
        await (await connect(url, { proxy: "env" })).close();
      });
      assert.equal(proxy.asked.length, 1);
    });
  }

  test("names none for wss in HTTP_PROXY", async (t) => {
    const { url, server } = await startServer(t, echo);
    await server.close();
    const proxy = await startProxy(t);
    await withEnvironment({ HTTP_PROXY: proxy.url }, async () => {
      await assert.rejects(connect(url.replace("ws:", "wss:"), { proxy: "env" }));
    });
    assert.equal(proxy.asked.length, 0);
  });

  test("leaves out what NO_PROXY names", async (t) => {
    const { url } = await startServer(t, echo);
    const proxy = await startProxy(t);
    for (const excluded of ["127.0.0.1", "*", "127.0.0.0/8", "other.test,127.0.0.1"]) {
      await withEnvironment({ ALL_PROXY: proxy.url, NO_PROXY: excluded }, async () => {
        await (await connect(url, { proxy: "env" })).close();
      });
    }
    assert.equal(proxy.asked.length, 0);
  });

  test("without a proxy means a direct connection", async (t) => {
    const { url } = await startServer(t, echo);
    await withEnvironment({}, async () => {
      await (await connect(url, { proxy: "env" })).close();
    });
  });
});
