import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { HandshakeError, HttpClient, type HttpClientOptions, type HttpRequestInit, StateError } from "sluice";
import { resolveHttpOptions } from "#src/client/http-options.js";
import { dialledStream } from "./dialled-stream.js";

/** Makes the next timer of `delayMs` one that passes when the test says so. */
function ownTimer(t: TestContext, delayMs: number) {
  let leftMs = delayMs;
  let onRenewed: () => void = () => {};
  let expire: () => void = () => {};
  const timer = {
    refresh() {
      leftMs = delayMs;
      onRenewed();
    },
  };
  const schedule = setTimeout;
  t.mock.method(globalThis, "setTimeout", (run: () => void, ms?: number) => {
    if (ms !== delayMs) return schedule(run, ms);
    expire = run;
    return timer;
  });
  return {
    pass(ms: number): void {
      leftMs -= ms;
      if (leftMs <= 0) expire();
    },
    renewed: () =>
      new Promise<void>((resolve) => {
        onRenewed = resolve;
      }),
  };
}

describe("HttpClient", () => {
  for (const url of ["not a url", "ftp://localhost/"]) {
    test(`rejects a request to ${url} with URL_INVALID`, async () => {
      await assert.rejects(
        new HttpClient().get(url),
        (error) => error instanceof HandshakeError && error.code === "URL_INVALID",
      );
    });
  }

  test("lets headers of a request replace those of the client, and these the URL's credentials", async () => {
    const { createConnection, peer } = dialledStream();
    const client = new HttpClient({ createConnection, headers: { "X-One": "1", Authorization: "Bearer x" } });
    const answer = client.request("http://ann:secret@example.com/a?b#c", {
      method: "POST",
      headers: { "x-one": "2" },
      body: "hi",
    });
    const { startLine, headers } = await peer.readHead();
    assert.equal(startLine, "POST /a?b HTTP/1.1");
    assert.equal(headers.get("host"), "example.com");
    assert.equal(headers.get("x-one"), "2");
    assert.equal(headers.get("authorization"), "Bearer x");
    assert.equal((await peer.read(2)).toString(), "hi");
    peer.write("HTTP/1.1 201 Created\r\nContent-Length: 7\r\nX-Two: b\r\n\r\n[1,2,3]");
    const response = await answer;
    assert.deepEqual([response.status, response.headers.get("x-two")], [201, "b"]);
    assert.deepEqual([response.text(), response.json(), response.body.length], ["[1,2,3]", [1, 2, 3], 7]);
  });

  test("leaves a body that is no JSON to its reader", async () => {
    const { createConnection, peer } = dialledStream();
    const answer = new HttpClient({ createConnection }).get("http://example.com/");
    await peer.readHead();
    peer.write(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{\xff", "latin1"));
    const response = await answer;
    assert.equal(response.text(), "{\ufffd");
    assert.throws(() => response.json(), SyntaxError);
  });

  test("holds a body to its limit", async () => {
    const { createConnection, peer } = dialledStream();
    const answer = new HttpClient({ createConnection, maxBodyBytes: 3 }).get("http://example.com/");
    await peer.readHead();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n1234");
    await assert.rejects(answer, { name: "LimitError", limit: 3, actual: 4 });
  });

  test("lets a body pause for bodyIdleTimeoutMs and no longer", async () => {
    const { createConnection, peer } = dialledStream();
    const client = new HttpClient({ createConnection, bodyIdleTimeoutMs: 20 });
    const answer = client.get("http://example.com/");
    await peer.readHead();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n12");
    await assert.rejects(answer, {
      name: "TransportError",
      code: "TIMED_OUT",
      message: "no byte of the response body came within 20 ms (bodyIdleTimeoutMs)",
    });
  });

  test("lets a body without pauses take longer than bodyIdleTimeoutMs", async (t) => {
    const bodyIdleTimeoutMs = 1000;
    const timer = ownTimer(t, bodyIdleTimeoutMs);
    const { createConnection, peer } = dialledStream();
    const answer = new HttpClient({ createConnection, bodyIdleTimeoutMs }).get("http://example.com/");
    await peer.readHead();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
    for (const byte of "123456") {
      timer.pass(bodyIdleTimeoutMs / 2);
      const renewed = timer.renewed();
      peer.write(byte);
      await renewed;
    }
    assert.equal((await answer).text(), "123456");
  });

  for (const init of [
    { method: "A B" },
    { headers: { "X-Split": "a\r\nb" } },
    { body: 7 },
    { body: { a: 1 } },
    { body: null },
  ]) {
    test(`dials nobody for ${JSON.stringify(init)}`, async () => {
      const createConnection = (): never => assert.fail("somebody dials");
      const client = new HttpClient({ createConnection });
      await assert.rejects(client.request("http://a.test/", init as HttpRequestInit), StateError);
    });
  }

  for (const [what, options] of [
    ["a body limit that is no number", { maxBodyBytes: Number.NaN }],
    ["a negative body limit", { maxBodyBytes: -1 }],
    ["a pause that no timer can wait for", { bodyIdleTimeoutMs: Infinity }],
    ["a negative timeout", { handshakeTimeoutMs: -1 }],
    ["a header with a line break", { headers: { "X-Split": "a\r\nb" } }],
    ["a subprotocol that is no token", { protocols: "a b" }],
  ] as const) {
    test(`refuses ${what} when it is made`, () => {
      assert.throws(() => new HttpClient(options as HttpClientOptions), StateError);
    });
  }

  test("refuses a transport that is none when it is made", () => {
    assert.throws(() => new HttpClient({ transport: "quic" as "node" }), { code: "INVALID_ARGUMENT" });
  });

  test("takes Infinity for a body without a limit", () => {
    assert.equal(resolveHttpOptions({ maxBodyBytes: Infinity }).maxBodyBytes, Infinity);
  });

  test("has the documented defaults, and hands those of connect on without its own", () => {
    const { maxBodyBytes, bodyIdleTimeoutMs, connect, connectOptions } = resolveHttpOptions({
      maxBodyBytes: 7,
      origin: "https://a.test",
    });
    assert.deepEqual([maxBodyBytes, bodyIdleTimeoutMs], [7, 10_000]);
    assert.deepEqual([connect.handshakeTimeoutMs, connect.origin], [10_000, "https://a.test"]);
    assert.deepEqual(connectOptions, { origin: "https://a.test" });
    assert.equal(resolveHttpOptions({}).maxBodyBytes, 16_777_216);
  });
});

describe("options of HttpClient", () => {
  for (const [options, message] of [
    [5, "the options of HttpClient are 5; they are given as an object"],
    [{ rejectUnauthorized: false }, /^rejectUnauthorized is not an option of HttpClient; use tls: /],
    [{ maxBodyBytes: "1mb" }, 'maxBodyBytes is "1mb"; it takes an integer of at least 0, or Infinity'],
    [{ lookup: 5 }, "lookup is 5; it takes a function like that of node:dns"],
  ] as const) {
    test(`are refused with: ${String(message)}`, () => {
      assert.throws(() => new HttpClient(options as never), { code: "INVALID_ARGUMENT", message });
    });
  }

  for (const [init, message] of [
    [null, "the options of a request are null; they are given as an object"],
    [{ json: {} }, "json is not an option of a request; use body: JSON.stringify(…)"],
    [{ body: {} }, "body is an object; it takes a string or a Uint8Array"],
    [{ method: 5 }, "method is 5; it takes a string"],
    [{ signal: "x" }, 'signal is "x"; it takes an AbortSignal, such as controller.signal'],
  ] as const) {
    test(`of a request are refused with: ${message}`, async () => {
      const createConnection = (): never => assert.fail("somebody dials");
      const request = new HttpClient({ createConnection }).request("http://a.test/", init as never);
      await assert.rejects(request, { code: "INVALID_ARGUMENT", message });
    });
  }

  for (const [init, message] of [
    [null, "the options of get are null; they are given as an object"],
    [{ method: "DELETE" }, 'method is not an option of get; use request(url, { method: "…" })'],
    [{ body: "x" }, 'body is not an option of get; use request(url, { method: "POST", body })'],
    [{ query: {} }, "query is not an option of get; it is part of the URL"],
  ] as const) {
    test(`of get are refused with: ${message}`, async () => {
      const createConnection = (): never => assert.fail("somebody dials");
      const request = new HttpClient({ createConnection }).get("http://a.test/", init as never);
      await assert.rejects(request, { code: "INVALID_ARGUMENT", message });
    });
  }

  test("for plain requests alone are not passed on to connect", async () => {
    const { createConnection, peer } = dialledStream();
    const client = new HttpClient({ createConnection, maxBodyBytes: 3 });
    const opening = client.websocket("ws://example.com/").connect();
    await peer.readHead();
    peer.socket.end();
    await assert.rejects(opening, { code: "CONNECTION_ENDED" });
  });
});

describe("WebSocketBuilder", () => {
  test("takes options of known names", () => {
    const builder = new HttpClient().websocket("ws://example.com/");
    assert.throws(() => builder.option("maxPayload" as never, 1 as never), {
      code: "INVALID_ARGUMENT",
      message: "maxPayload is not an option of connect; use maxMessageBytes",
    });
    assert.throws(() => builder.subprotocols(5 as never), {
      message: "protocols is 5; it takes a subprotocol or a list of them",
    });
  });

  test("lets its options for protocols and headers stand in place of those before", async () => {
    const { createConnection, peer } = dialledStream();
    const opening = new HttpClient({ createConnection, protocols: "a", headers: { "X-One": "1" } })
      .websocket("ws://example.com/")
      .option("protocols", ["b"])
      .option("headers", { "X-Two": "2" })
      .connect();
    const { headers } = await peer.readHead();
    assert.deepEqual(
      [headers.get("sec-websocket-protocol"), headers.get("x-one"), headers.get("x-two")],
      ["b", undefined, "2"],
    );
    peer.socket.end();
    await assert.rejects(opening, { code: "CONNECTION_ENDED" });
  });

  test("adds to what the client has, and leaves that as it is", async () => {
    const { createConnection, peer } = dialledStream();
    const client = new HttpClient({ createConnection, protocols: "a", headers: { "X-One": "1" } });
    const opening = client
      .websocket("ws://example.com/")
      .subprotocol("b")
      .subprotocols(["c", "d"])
      .header("X-One", "2")
      .extension("permessage-deflate", { serverMaxWindowBits: 9 })
      .option("origin", "https://a.test")
      .connect();
    const { headers } = await peer.readHead();
    assert.equal(headers.get("sec-websocket-protocol"), "a, b, c, d");
    assert.equal(headers.get("x-one"), "1, 2");
    assert.match(headers.get("sec-websocket-extensions") ?? "", /server_max_window_bits=9/);
    assert.equal(headers.get("origin"), "https://a.test");
    peer.socket.end();
    await assert.rejects(opening, { code: "CONNECTION_ENDED" });

    const second = dialledStream();
    const plain = client
      .websocket("ws://example.com/")
      .compression(false)
      .option("createConnection", second.createConnection)
      .connect();
    const { headers: others } = await second.peer.readHead();
    assert.equal(others.get("sec-websocket-protocol"), "a");
    assert.equal(others.get("x-one"), "1");
    assert.equal(others.has("sec-websocket-extensions"), false);
    second.peer.socket.end();
    await assert.rejects(plain, { code: "CONNECTION_ENDED" });
  });

  test("knows one extension", () => {
    const builder = new HttpClient().websocket("ws://example.com/");
    assert.throws(() => builder.extension("x-webkit-deflate-frame"), {
      name: "StateError",
      message: 'extension "x-webkit-deflate-frame" is not known; "permessage-deflate" is',
    });
  });
});
