import assert from "node:assert/strict";
import { maxHeaderSize } from "node:http";
import { describe, test } from "node:test";
import { HandshakeError, HttpClient, LimitError, StateError, TransportError } from "sluice";
import { startRawServer } from "../support/raw-server.js";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";
import { headOf } from "../support/wire.js";

function http(url: string): string {
  return url.replace(/^ws/, "http");
}

describe("HttpClient", () => {
  test("gets a URL", async (t) => {
    const { url } = await startServer(t, {
      request: ({ url: path, headers }) => ({
        status: 203,
        headers: { "X-Host": headers.get("host") ?? "", "Set-Cookie": ["a=1", "b=2"] },
        body: JSON.stringify({ path }),
      }),
    });
    const response = await new HttpClient().get(`${http(url)}/a/b?c#part`);
    assert.equal(response.status, 203);
    assert.equal(response.headers.get("x-host"), new URL(url).host);
    assert.deepEqual(response.headers.getAll("set-cookie"), ["a=1", "b=2"]);
    assert.equal(response.text(), '{"path":"/a/b?c"}');
    assert.deepEqual(response.json(), { path: "/a/b?c" });
    assert.ok(response.body instanceof Uint8Array);
  });

  test("sends a method, headers and a body", async (t) => {
    const { url } = await startServer(t, {
      async request(request) {
        const { method, headers } = request;
        return {
          body: `${method} ${headers.get("x-a")} ${headers.get("content-length")} ${await request.text()}`,
        };
      },
    });
    const init = { method: "PUT", headers: { "X-A": "yes" }, body: "text" };
    assert.equal((await new HttpClient().request(http(url), init)).text(), "PUT yes 4 text");
    const bytes = { method: "POST", body: Buffer.from("bytes") };
    assert.equal((await new HttpClient().request(http(url), bytes)).text(), "POST undefined 5 bytes");
  });

  test("sends the client's headers, and the request's in place of those with the same name", async (t) => {
    const { url } = await startServer(t, {
      request: ({ headers }) => ({
        body: `${headers.get("accept")} ${headers.get("x-own")} ${headers.get("authorization")}`,
      }),
    });
    const client = new HttpClient({
      headers: { Accept: "a", "X-Own": "client", Authorization: "Bearer client" },
    });
    const init = { headers: { accept: "b" } };
    assert.equal((await client.get(http(url), init)).text(), "b client Bearer client");
    const withUser = http(url).replace("//", "//ann:secret@");
    assert.equal(
      (await new HttpClient().get(withUser)).text(),
      `undefined undefined Basic ${btoa("ann:secret")}`,
    );
    assert.equal((await client.get(withUser, { headers: { Authorization: "x" } })).text(), "a client x");
  });

  test("resolves with any status", async (t) => {
    const { url } = await startServer(t, {
      request: ({ pathname }) => ({ status: Number(pathname.slice(1)) }),
    });
    for (const status of [204, 302, 404, 500]) {
      assert.equal((await new HttpClient().get(`${http(url)}/${status}`)).status, status);
    }
  });

  test("reads chunked bodies, and those that end with the connection", async (t) => {
    const server = await startRawServer(t);
    for (const [headers, body] of [
      [["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"],
      [["Connection: close"], "abc"],
    ] as const) {
      const answer = new HttpClient().get(http(server.url));
      const peer = await server.accept();
      await peer.readHead();
      peer.write(headOf("HTTP/1.1 200 OK", ...headers) + body);
      peer.socket.end();
      assert.equal((await answer).text(), "abc");
    }
  });

  for (const url of ["nothing", "ftp://x.test/", "http://", "http://x:99999/"]) {
    test(`rejects ${url} as a URL`, async () => {
      await assert.rejects(new HttpClient().get(url), { name: "HandshakeError", code: "URL_INVALID" });
    });
  }

  for (const [what, init] of [
    ["a method that is no token", { method: "GE T" }],
    ["a header with a line break", { headers: { "X-A": "a\r\nX-B: c" } }],
    ["a header name that is no token", { headers: { "X A": "a" } }],
  ] as const) {
    test(`rejects ${what}, and no socket stays open`, async (t) => {
      const server = await startRawServer(t);
      await assert.rejects(new HttpClient().request(http(server.url), init), StateError);
    });
  }

  test("ends its connection after the response, also where the server would keep it", async (t) => {
    const server = await startRawServer(t);
    const answer = new HttpClient().get(http(server.url), { headers: { Connection: "keep-alive" } });
    const peer = await server.accept();
    await peer.readHead();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    assert.equal((await answer).text(), "hi");
    await peer.readToEnd();
  });

  test("rejects an answer that switches protocols, and asks for no tunnel", async (t) => {
    const server = await startRawServer(t);
    const answer = new HttpClient().get(http(server.url));
    const peer = await server.accept();
    await peer.readHead();
    peer.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    await assert.rejects(answer, { code: "UNEXPECTED_STATUS", status: 101 });
    await peer.readToEnd();
    await assert.rejects(new HttpClient().request(http(server.url), { method: "connect" }), StateError);
  });

  test("rejects what is no HTTP, or not whole", async (t) => {
    for (const answer of ["hello\r\n\r\n", headOf("HTTP/1.1 200 OK", "Content-Length: 10"), ""]) {
      const server = await startRawServer(t);
      const failure = assert.rejects(new HttpClient().get(http(server.url)), TransportError);
      const peer = await server.accept();
      await peer.readHead();
      peer.write(answer);
      peer.socket.end();
      await failure;
    }
  });

  for (const [what, answer, code, message] of [
    [
      "bytes that are no HTTP",
      "SSH-2.0-x\r\n",
      "IO_FAILED",
      /^HOST answered with bytes that are no HTTP response \("SSH-2\.0-x/,
    ],
    [
      "a head that is none",
      "HTTP/1.1 200 OK\r\nX Y: z\r\n\r\n",
      "IO_FAILED",
      /^HOST answered with what is no valid HTTP response: Invalid header token$/,
    ],
    [
      "a head that is too long",
      `HTTP/1.1 200 OK\r\nX: ${"a".repeat(maxHeaderSize)}\r\n\r\n`,
      "IO_FAILED",
      new RegExp(
        `^the header lines from HOST exceed the limit of ${maxHeaderSize} bytes \\(--max-http-header-size of Node\\.js\\)$`,
      ),
    ],
    [
      "no answer",
      "",
      "CONNECTION_RESET",
      /^HOST ended the connection before its response head was complete; it may expect TLS \(https:\)$/,
    ],
    [
      "half a head",
      "HTTP/1.1 200 OK\r\nX: ",
      "CONNECTION_RESET",
      /^HOST ended the connection before its response head was complete;/,
    ],
    [
      "half a body",
      headOf("HTTP/1.1 200 OK", "Content-Length: 10"),
      "CONNECTION_RESET",
      /^HOST ended the connection within the body of its response$/,
    ],
    [
      "a chunk without a length",
      `${headOf("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nhi\r\nZZ\r\n`,
      "IO_FAILED",
      /^HOST answered with what is no valid HTTP response: Invalid character in chunk size$/,
    ],
    [
      "trailers that are too long",
      `${headOf("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0\r\nX: ${"a".repeat(maxHeaderSize)}`,
      "IO_FAILED",
      /^the header lines from HOST exceed the limit/,
    ],
  ] as const) {
    test(`says who answered with ${what}`, async (t) => {
      const server = await startRawServer(t);
      const failure = assert.rejects(new HttpClient().get(http(server.url)), (error) => {
        assert.ok(error instanceof TransportError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message.replace(new URL(server.url).host, "HOST"), message);
        assert.ok(error.cause instanceof Error);
        return true;
      });
      const peer = await server.accept();
      await peer.readHead();
      peer.write(answer);
      peer.socket.end();
      await failure;
    });
  }

  for (const [status, rest] of [
    [204, "a body that it cannot have"],
    [200, "hiHTTP/9 what nobody asked for\r\n\r\n"],
  ] as const) {
    test(`takes a whole response with ${status}, whatever comes behind it`, async (t) => {
      const server = await startRawServer(t);
      const answer = new HttpClient().get(http(server.url));
      const peer = await server.accept();
      await peer.readHead();
      peer.write(headOf(`HTTP/1.1 ${status} Fine`, "Content-Length: 2") + rest);
      assert.equal((await answer).status, status);
      await peer.readToEnd();
    });
  }

  test("rejects a body of more than maxBodyBytes", async (t) => {
    const { url } = await startServer(t, { request: () => ({ body: "0123456789" }) });
    assert.equal((await new HttpClient({ maxBodyBytes: 10 }).get(http(url))).text(), "0123456789");
    await assert.rejects(new HttpClient({ maxBodyBytes: 9 }).get(http(url)), (error) => {
      assert.ok(error instanceof LimitError, String(error));
      assert.deepEqual([error.code, error.limit, error.actual], ["BODY_TOO_LARGE", 9, 10]);
      return true;
    });
  });

  test("refuses a maxBodyBytes that is no number of bytes", () => {
    for (const maxBodyBytes of [NaN, -1, 1.5, "9"] as number[])
      assert.throws(() => new HttpClient({ maxBodyBytes }), StateError);
    for (const maxBodyBytes of [0, 1, Infinity]) assert.ok(new HttpClient({ maxBodyBytes }));
  });

  test("waits handshakeTimeoutMs for the head", async (t) => {
    const server = await startRawServer(t);
    await assert.rejects(new HttpClient({ handshakeTimeoutMs: 30 }).get(http(server.url)), {
      code: "HANDSHAKE_TIMED_OUT",
      message: "no response head came within 30 ms (handshakeTimeoutMs)",
    });
    await (await server.accept()).readToEnd();
  });

  test("lets a body take longer than handshakeTimeoutMs", async (t) => {
    let finish: () => void = () => {};
    const { url } = await startServer(t, {
      request: () => ({
        body: (async function* () {
          yield "a";
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          yield "b";
        })(),
      }),
    });
    const client = new HttpClient({ handshakeTimeoutMs: 200 });
    const answer = client.get(http(url));
    // A request that begins later and is over its time says that the first one's is over as well.
    const silent = await startRawServer(t);
    await assert.rejects(client.get(http(silent.url)), { code: "HANDSHAKE_TIMED_OUT" });
    finish();
    assert.equal((await answer).text(), "ab");
  });

  test("aborts with the signal: before, while waiting, and in the middle of the body", async (t) => {
    await assert.rejects(new HttpClient().get("http://127.0.0.1:1/", { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
    const server = await startRawServer(t);
    for (const answer of ["", headOf("HTTP/1.1 200 OK", "Content-Length: 10")]) {
      const controller = new AbortController();
      const request = new HttpClient().get(http(server.url), { signal: controller.signal });
      const failure = assert.rejects(request, (error) => {
        assert.ok(error instanceof HandshakeError, String(error));
        assert.deepEqual([error.name, error.code], ["AbortError", "ABORTED"]);
        return true;
      });
      const peer = await server.accept();
      await peer.readHead();
      peer.write(answer);
      if (answer !== "") await new Promise((resolve) => peer.socket.write("half", resolve));
      controller.abort();
      await failure;
      await peer.readToEnd();
    }
  });

  test("builds WebSockets from its defaults", async (t) => {
    const { url, server } = await startServer(t, echo, { protocols: ["graphql-ws"], compression: true });
    const client = new HttpClient({ headers: { "X-Default": "yes" }, compression: false });
    const ws = await client.websocket(url).subprotocol("graphql-ws").header("X-Own", "too").connect();
    assert.equal(ws.protocol, "graphql-ws");
    assert.equal(ws.extensions, "");
    const [{ request }] = server.connections;
    assert.equal(request.headers.get("x-default"), "yes");
    assert.equal(request.headers.get("x-own"), "too");
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
  });

  test("builders take several subprotocols, compression and options, and leave the client as it was", async (t) => {
    const { url, server } = await startServer(
      t,
      { upgrade: ({ protocols }) => ({ protocol: protocols.at(-1) }) },
      { compression: true },
    );
    const client = new HttpClient();
    const builder = client
      .websocket(url)
      .subprotocols(["a", "b"])
      .subprotocol("c")
      .compression({ serverMaxWindowBits: 10 });
    const ws = await builder.option("origin", http(url)).connect();
    assert.equal(ws.protocol, "c");
    assert.match(ws.extensions, /server_max_window_bits=10/);
    assert.equal([...server.connections][0].request.headers.get("origin"), http(url));
    await ws.close();
    const plain = await client.websocket(url).connect();
    assert.equal(plain.protocol, "");
    await plain.close();
  });
});
