import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { before, describe, test } from "node:test";
import { connect as connectTls, createSecureContext, type TLSSocket } from "node:tls";
import {
  type ConnectOptions,
  connect,
  createServer,
  HttpClient,
  StateError,
  TransportError,
  type WebSocketConnection,
} from "sluice";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { hasTool, type TestContext } from "../support/outside-process.js";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";

interface Context extends TestContext {
  after(hook: () => Promise<void> | void): void;
}

let certificates: Certificates | undefined;

before((t) => {
  if (hasTool(t as never, "openssl", ["version"])) certificates = makeCertificates();
});

/** The certificates, unless they could not be made. */
function given(t: TestContext): Certificates {
  if (certificates === undefined) t.skip("there is no openssl to make certificates with");
  return certificates ?? ({} as Certificates);
}

async function isRefusedBy(
  t: Context,
  pair: "selfSigned" | "expired" | "second",
  tls: ConnectOptions["tls"],
): Promise<string> {
  const { url } = await startServer(t as never, echo, { tls: given(t)[pair] });
  const error = await connect(url.replace("127.0.0.1", "localhost"), { tls }).catch(
    (failure: TransportError) => failure,
  );
  assert.ok(error instanceof TransportError, "the certificate is refused");
  assert.equal(error.code, "TLS_FAILED");
  assert.equal(error.retryable, false);
  assert.match(error.message, /localhost:\d+/);
  assert.doesNotMatch(error.message, /\n/);
  return error.errno ?? "";
}

describe("a certificate is checked", () => {
  test("one that nobody signed is refused", async (t) => {
    assert.equal(await isRefusedBy(t, "selfSigned", {}), "DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test("one that is over is refused", async (t) => {
    assert.equal(await isRefusedBy(t, "expired", { ca: given(t).ca }), "CERT_HAS_EXPIRED");
  });

  test("one for another host is refused", async (t) => {
    assert.equal(await isRefusedBy(t, "second", { ca: given(t).ca }), "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  test("one of an unknown authority is refused", async (t) => {
    const { url } = await startServer(t, echo, { tls: given(t).server });
    await assert.rejects(connect(url), { code: "TLS_FAILED" });
  });

  test("and one that is not for the name given is told apart from one that is not for the URL's", async (t) => {
    const { ca, server } = given(t);
    const { url } = await startServer(t, echo, { tls: server });
    await assert.rejects(connect(url, { tls: { ca, servername: "elsewhere.test" } }), {
      code: "TLS_FAILED",
      message: /: give one that it is for, or none \(/,
    });
    const other = await startServer(t, echo, { tls: given(t).second });
    await assert.rejects(connect(other.url, { tls: { ca } }), {
      code: "TLS_FAILED",
      message: /: give its name with tls\.servername \(/,
    });
  });

  test("unless the caller asks for it", async (t) => {
    const { url } = await startServer(t, echo, { tls: given(t).selfSigned });
    await (await connect(url, { tls: { rejectUnauthorized: false } })).close();
  });

  test("also for plain requests", async (t) => {
    const { url } = await startServer(t, { request: () => ({ body: "x" }) }, { tls: given(t).selfSigned });
    await assert.rejects(new HttpClient().get(url.replace("wss", "https")), { code: "TLS_FAILED" });
  });
});

describe("wss", () => {
  test("with a known authority, by name and by address", async (t) => {
    const { ca, server } = given(t);
    const { url } = await startServer(t, echo, { tls: server });
    for (const host of ["localhost", "127.0.0.1"]) {
      const ws = await connect(url.replace("127.0.0.1", host), { tls: { ca } });
      ws.send("x".repeat(100_000));
      assert.equal(await nextMessage(ws), "x".repeat(100_000));
      assert.equal(ws.request.isSecure, true);
      assert.deepEqual((await ws.close()).wasClean, true);
    }
  });

  test("the listening address begins with wss", async (t) => {
    const { url } = await startServer(t, echo, { tls: given(t).server });
    assert.match(url, /^wss:\/\/127\.0\.0\.1:\d+$/);
  });

  test("a page of https is of the same origin, one of http is not", async (t) => {
    const { ca, server } = given(t);
    const { url, port } = await startServer(t, echo, { tls: server });
    await (await connect(url, { tls: { ca }, origin: `https://127.0.0.1:${port}` })).close();
    await assert.rejects(connect(url, { tls: { ca }, origin: `http://127.0.0.1:${port}` }), { status: 403 });
  });

  test("the peer's address is known to every handler, and to both ends when they are over", async (t) => {
    const { ca, server } = given(t);
    const seen: [string, string | undefined][] = [];
    const opened = firstCall<[WebSocketConnection]>();
    const { url } = await startServer(
      t,
      {
        request(request) {
          seen.push(["request", request.remoteAddress]);
          return {};
        },
        upgrade(request) {
          seen.push(["upgrade", request.remoteAddress]);
        },
        open(ws) {
          seen.push(["open", ws.remoteAddress]);
          opened.handler(ws);
        },
        close: (ws) => void seen.push(["close", ws.remoteAddress]),
      },
      { tls: server },
    );
    await new HttpClient({ tls: { ca } }).get(url.replace("wss", "https"));
    const ws = await connect(url, { tls: { ca } });
    const [served] = await opened.called;
    await Promise.all([ws.close(), served.closed]);
    assert.deepEqual(
      seen,
      ["request", "upgrade", "open", "close"].map((name) => [name, "127.0.0.1"]),
    );
    assert.deepEqual([ws.remoteAddress, served.remoteAddress], ["127.0.0.1", "127.0.0.1"]);
  });

  test("plain HTTP is served beside it", async (t) => {
    const { ca, server } = given(t);
    const { url } = await startServer(
      t,
      { request: ({ isSecure }) => ({ body: String(isSecure) }) },
      { tls: server },
    );
    assert.equal((await new HttpClient({ tls: { ca } }).get(url.replace("wss", "https"))).text(), "true");
  });

  test("a client certificate is asked for and seen", async (t) => {
    const { ca, server, client } = given(t);
    const { url } = await startServer(t, echo, {
      tls: { ...server, ca, requestCert: true, rejectUnauthorized: true },
    });
    await (await connect(url, { tls: { ca, ...client } })).close();
    // In TLS 1.3 the client's handshake is complete before the server has looked.
    const options = { tls: { ca } };
    const refused = {
      code: "TLS_FAILED",
      message: `${new URL(url).host} ended TLS with the alert certificate_required: it wants a client certificate: tls.cert and tls.key`,
    };
    await assert.rejects(connect(url, options), refused);
    await assert.rejects(new HttpClient(options).get(url.replace("wss", "https")), refused);
  });

  test("the name of the URL chooses the certificate, and servername overrides it", async (t) => {
    const { ca, server, second } = given(t);
    const names: string[] = [];
    const { url } = await startServer(t, echo, {
      tls: {
        ...server,
        SNICallback(name, done) {
          names.push(name);
          done(null, createSecureContext(name === "second.test" ? second : server));
        },
      },
    });
    await (await connect(url.replace("127.0.0.1", "localhost"), { tls: { ca } })).close();
    await (await connect(url, { tls: { ca, servername: "second.test" } })).close();
    const lookup: ConnectOptions["lookup"] = (_name, options, done) => {
      if (options.all) done(null, [{ address: "127.0.0.1", family: 4 }]);
      else done(null, "127.0.0.1", 4);
    };
    await (await connect(url.replace("127.0.0.1", "second.test"), { tls: { ca }, lookup })).close();
    await (await connect(url, { tls: { ca } })).close();
    assert.deepEqual(
      names,
      ["localhost", "second.test", "second.test"],
      "an address is never sent as a name",
    );
  });

  test("createConnection may answer a stream of tls.connect, and of no other for wss", async (t) => {
    const { ca, server } = given(t);
    const { url, port } = await startServer(t, echo, { tls: server });
    const ws = await connect(url, {
      createConnection: () => connectTls({ port, host: "127.0.0.1", ca }),
    });
    assert.equal(ws.request.isSecure, true);
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
    const createConnection = () => connectTcp(port, "127.0.0.1");
    await assert.rejects(connect(url, { createConnection }), { code: "INVALID_ARGUMENT" });
    await assert.rejects(connect(url, { createConnection: () => connectTls({ port, host: "127.0.0.1" }) }), {
      name: "TransportError",
      code: "TLS_FAILED",
    });
  });

  test("many messages and large ones keep their order", async (t) => {
    const { ca, server } = given(t);
    const { url } = await startServer(t, echo, { tls: server, maxBufferedBytes: Infinity });
    const ws = await connect(url, { tls: { ca }, maxBufferedBytes: Infinity });
    for (let i = 0; i < 500; i++) ws.send(`${i} ${"x".repeat(i * 10)}`);
    for (let i = 0; i < 500; i++) assert.equal(await nextMessage(ws), `${i} ${"x".repeat(i * 10)}`);
    await ws.close();
  });

  test("a client that speaks no TLS, or stops in the middle of it, harms nothing", async (t) => {
    const { ca, server } = given(t);
    const running = await startServer(t, echo, { tls: server, handshakeTimeoutMs: 500 });
    const { url, port } = running;
    const plain = await openRaw(t, { port });
    plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await plain.readToEnd();
    const silent = connectTcp(port, "127.0.0.1");
    silent.resume();
    await once(silent, "close");
    await (await connect(url, { tls: { ca } })).close();
    const { accepted, refused } = running.server.metrics();
    assert.deepEqual({ accepted, refused }, { accepted: 1, refused: 2 });
  });

  test("a TLS client that sends no request is answered with 408", async (t) => {
    const { ca, server } = given(t);
    const { port } = await startServer(t, echo, { tls: server, handshakeTimeoutMs: 400 });
    const socket: TLSSocket = connectTls({ port, host: "localhost", ca });
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    await once(socket, "close");
    assert.match(answer, /^HTTP\/1\.1 408 /);
  });
});

test("wss to a server without TLS is a TransportError that says so", async (t) => {
  const { url, port } = await startServer(t, echo);
  const message = `127.0.0.1:${port} does not speak TLS: use ws: (or http:) in place of wss: (or https:)`;
  await assert.rejects(connect(url.replace("ws:", "wss:")), { name: "TransportError", message });
});

test("ws to a server with TLS fails with what to use", async (t) => {
  const { url } = await startServer(t, echo, { tls: given(t).server });
  await assert.rejects(connect(url.replace("wss:", "ws:")), {
    name: "HandshakeError",
    code: "UNEXPECTED_STATUS",
    message: 'the server answered 400 "This port takes TLS: use https: or wss:" instead of 101',
  });
});

test("a certificate that a client cannot read is a StateError, and nobody stays connected", async (t) => {
  const { url } = await startServer(t, echo, { tls: given(t).server });
  await assert.rejects(
    connect(url, { tls: { cert: "-----BEGIN x", key: "-----BEGIN y" } }),
    (error) => error instanceof StateError && /^tls cannot be used: .+$/.test(error.message),
  );
});

test("a server is not made with the paths of its certificate and key", () => {
  assert.throws(() => createServer({}, { tls: { cert: "./cert.pem", key: "./key.pem" } }), {
    code: "INVALID_ARGUMENT",
    message: /^tls\.cert has no "-----BEGIN"/,
  });
});
