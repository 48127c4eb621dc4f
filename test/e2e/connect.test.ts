import assert from "node:assert/strict";
import { connect as connectTcp, type LookupFunction } from "node:net";
import { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { connect, HandshakeError, StateError, TransportError } from "sluice";
import { type RawServer, startRawServer } from "../support/raw-server.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

describe("connect", () => {
  test("answers an open connection that says what was agreed", async (t) => {
    const { url, port } = await startServer(t, echo, { protocols: ["a"] });
    const ws = await connect(`${url}/path?query`, {
      protocols: "a",
      headers: { "X-Test": "yes" },
      context: { id: 7 },
    });
    assert.equal(ws.role, "client");
    assert.equal(ws.readyState, 1);
    assert.equal(ws.url, `${url}/path?query`);
    assert.equal(ws.protocol, "a");
    assert.equal(ws.extensions, "");
    assert.equal(ws.remoteAddress, "127.0.0.1");
    assert.equal(ws.transport, process.env.SLUICE_TRANSPORT ?? "node");
    assert.deepEqual(ws.context, { id: 7 });
    assert.equal(ws.request.method, "GET");
    assert.equal(ws.request.pathname, "/path");
    assert.equal(ws.request.headers.get("host"), `127.0.0.1:${port}`);
    assert.equal(ws.request.headers.get("x-test"), "yes");
    assert.match(ws.request.headers.get("sec-websocket-key") ?? "", /^[\w+/]{22}==$/);
    await ws.close();
    assert.equal(ws.readyState, 3);
  });

  test("takes http: for ws:, and a URL object", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(new URL(url.replace("ws:", "http:")));
    assert.equal(ws.url, `${url}/`);
    await ws.close();
  });

  test("sends the user name and password of the URL, unless a header says otherwise", async (t) => {
    const { port, server } = await startServer(t, echo);
    const authorizations: (string | undefined)[] = [];
    for (const headers of [{}, { Authorization: "Bearer x" }]) {
      const ws = await connect(`ws://ann:s%20p@127.0.0.1:${port}/`, { headers });
      for (const { request } of server.connections) authorizations.push(request.headers.get("authorization"));
      assert.ok(!ws.url.includes("ann"));
      await ws.close();
      for (const served of server.connections) await served.closed;
    }
    assert.deepEqual(authorizations, [`Basic ${Buffer.from("ann:s p").toString("base64")}`, "Bearer x"]);
  });

  for (const url of [
    "",
    "nothing",
    "ftp://x.test",
    "ws://",
    "ws://x.test/#part",
    "//x.test",
    "ws://x:99999/",
  ]) {
    test(`refuses ${JSON.stringify(url)} as a URL`, async () => {
      await assert.rejects(connect(url), { name: "HandshakeError", code: "URL_INVALID" });
    });
  }

  for (const [what, options] of [
    ["a line break in a header's value", { headers: { "X-Name": "a\r\nX-Other: b" } }],
    ["a line feed in a header's value", { headers: { "X-Name": "a\nb" } }],
    ["a NUL in a header's value", { headers: { "X-Name": "a\0b" } }],
    ["a line break in a header's name", { headers: { "X\r\nY": "a" } }],
    ["a header of the handshake's", { headers: { "Sec-WebSocket-Key": "x" } }],
    ["a line break in the origin", { origin: "http://x\r\nX-Other: b" }],
    ["a subprotocol that is no token", { protocols: ["a b"] }],
    ["a subprotocol twice", { protocols: ["a", "a"] }],
    ["a negative limit", { maxMessageBytes: -1 }],
    ["a timeout that is no number", { handshakeTimeoutMs: "10" as never }],
    ["a number of redirects that is none", { followRedirects: 1.5 }],
    ["a window of 7 bits", { compression: { clientMaxWindowBits: 7 } }],
    ["a transport that is none", { transport: "pigeon" as never }],
    ["a negative delay", { reconnect: { minDelayMs: -1 } }],
  ] as const) {
    test(`throws StateError for ${what}`, async () => {
      await assert.rejects(connect("ws://127.0.0.1:1/", options), StateError);
    });
  }

  test("rejects when nobody listens", async (t) => {
    const { port, server } = await startServer(t, echo);
    await server.close();
    await assert.rejects(connect(`ws://127.0.0.1:${port}`), (error) => {
      assert.ok(error instanceof TransportError);
      assert.deepEqual(
        [error.code, error.errno, error.retryable],
        ["CONNECTION_REFUSED", "ECONNREFUSED", true],
      );
      return true;
    });
  });

  test("rejects a name that nobody knows", async () => {
    const lookup: LookupFunction = (name, _options, done) => {
      done(Object.assign(new Error(`no ${name}`), { code: "ENOTFOUND" }), "", 4);
    };
    await assert.rejects(connect("ws://nowhere.test", { lookup }), { code: "HOST_NOT_FOUND" });
  });
});

describe("an attempt ends", () => {
  async function silent(t: Parameters<typeof startRawServer>[0]): Promise<RawServer> {
    return startRawServer(t);
  }

  test("after handshakeTimeoutMs", async (t) => {
    const server = await silent(t);
    await assert.rejects(connect(server.url, { handshakeTimeoutMs: 30 }), {
      code: "HANDSHAKE_TIMED_OUT",
      status: 0,
    });
    await (await server.accept()).readToEnd();
  });

  test("after handshakeTimeoutMs while the name is looked up", async () => {
    await assert.rejects(connect("ws://slow.test", { handshakeTimeoutMs: 30, lookup: () => {} }), {
      code: "HANDSHAKE_TIMED_OUT",
    });
  });

  test("after handshakeTimeoutMs while TLS shakes hands", async (t) => {
    const server = await silent(t);
    await assert.rejects(connect(server.url.replace("ws:", "wss:"), { handshakeTimeoutMs: 30 }), {
      code: "HANDSHAKE_TIMED_OUT",
    });
    await (await server.accept()).readToEnd();
  });

  test("after handshakeTimeoutMs while the caller's stream is made", async () => {
    const createConnection = (): Promise<Duplex> => new Promise(() => {});
    await assert.rejects(connect("ws://x.test", { handshakeTimeoutMs: 30, createConnection }), {
      code: "HANDSHAKE_TIMED_OUT",
    });
  });

  test("when the signal aborts, and the socket with it", async (t) => {
    const server = await silent(t);
    const controller = new AbortController();
    const opening = connect(server.url, { signal: controller.signal });
    const peer = await server.accept();
    await peer.readHead();
    const reason = new Error("changed my mind");
    controller.abort(reason);
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof HandshakeError);
      assert.deepEqual([error.code, error.name, error.cause], ["ABORTED", "AbortError", reason]);
      return true;
    });
    await peer.readToEnd();
  });

  test("at once when the signal is aborted already", async () => {
    await assert.rejects(connect("ws://127.0.0.1:1", { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
  });

  test("and a signal that aborts later does nothing to an open connection", async (t) => {
    const { url } = await startServer(t, echo);
    const controller = new AbortController();
    const ws = await connect(url, { signal: controller.signal });
    controller.abort();
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
  });
});

describe("how a server is reached", () => {
  test("lookup resolves names in place of the system, for one address or several", async (t) => {
    const { port } = await startServer(t, echo);
    const asked: string[] = [];
    const lookup: LookupFunction = (name, options, done) => {
      asked.push(name);
      if (options.all) done(null, [{ address: "127.0.0.1", family: 4 }]);
      else done(null, "127.0.0.1", 4);
    };
    await (await connect(`ws://some.test:${port}`, { lookup })).close();
    assert.deepEqual(asked, ["some.test"]);
  });

  test("createConnection may answer a socket that is still connecting", async (t) => {
    const { port } = await startServer(t, echo);
    const targets: [string, number, boolean][] = [];
    const ws = await connect("ws://some.test:81/x", {
      createConnection({ hostname, port: wanted, isSecure }) {
        targets.push([hostname, wanted, isSecure]);
        return connectTcp(port, "127.0.0.1");
      },
    });
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
    assert.deepEqual(targets, [["some.test", 81, false]]);
  });

  test("createConnection may answer a promise of any stream", async (t) => {
    const { port } = await startServer(t, echo);
    const ws = await connect("ws://some.test/", {
      async createConnection() {
        const socket = connectTcp(port, "127.0.0.1");
        return Duplex.from({ readable: socket, writable: socket });
      },
    });
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    assert.equal((await ws.close()).wasClean, true);
  });

  test("createConnection that fails rejects", async () => {
    const failure = new Error("no way");
    const createConnection = (): Promise<Duplex> => Promise.reject(failure);
    await assert.rejects(connect("ws://some.test", { createConnection }), (error) => {
      return error === failure || (error as Error).cause === failure;
    });
  });

  test("createConnection's socket that cannot connect rejects", async (t) => {
    const { port, server } = await startServer(t, echo);
    await server.close();
    await assert.rejects(
      connect("ws://some.test", { createConnection: () => connectTcp(port, "127.0.0.1") }),
      {
        code: "CONNECTION_REFUSED",
      },
    );
  });
});
