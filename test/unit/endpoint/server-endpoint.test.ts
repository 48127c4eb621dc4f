import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeError, ServerEndpoint, type ServerEndpointOptions, StateError } from "sluice/protocol";
import {
  bytesOf,
  compression,
  concat,
  createClient,
  createServer,
  everySplit,
  openPair,
  textOf,
} from "./endpoint-pair.js";

function offered(options: ServerEndpointOptions = {}, request = createClient().request): ServerEndpoint {
  const server = createServer(options);
  const events = server.receive(request.slice());
  assert.deepEqual(
    events.map(({ type }) => type),
    ["offer"],
  );
  return server;
}

/** A request is refused by the endpoint itself: the code of the error, and the first line of the answer. */
function refusalOf(
  request: Uint8Array,
  options: ServerEndpointOptions = {},
): { code: string; statusLine: string } {
  const server = createServer(options);
  const events = server.receive(request.slice());
  assert.equal(events.length, 1);
  const [event] = events;
  assert.ok(event.type === "error" && event.error instanceof HandshakeError, event.type);
  assert.equal(server.isFinished, true);
  assert.throws(() => server.accept(), { code: "NOT_OPEN" });
  return { code: event.error.code, statusLine: textOf(server.takeOutput()).split("\r\n", 1)[0] };
}

function isStateError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StateError && error.code === code;
}

describe("server endpoint", () => {
  test("answers an offer for a valid request, at every split", () => {
    const client = createClient({ protocols: ["chat", "superchat"], headers: { Cookie: "a=b" } });
    for (const pieces of everySplit(client.request)) {
      const server = createServer();
      const events = pieces.flatMap((piece) => server.receive(piece.slice()));
      assert.equal(events.length, 1);
      const [event] = events;
      assert.ok(event.type === "offer");
      assert.equal(event.offer.path, "/chat");
      assert.equal(event.offer.resourceName, "/chat?room=1");
      assert.equal(event.offer.host, "example.com");
      assert.deepEqual(event.offer.protocols, ["chat", "superchat"]);
      assert.equal(event.head.headers.get("cookie"), "a=b");
      assert.equal(server.offer, event.offer);
      assert.equal(server.isOpen, false);
      assert.deepEqual(server.takeOutput(), new Uint8Array(0), "nothing is answered before the decision");
    }
  });

  test("accepts with a subprotocol and headers", () => {
    const { request } = createClient({ protocols: ["chat", "superchat"] });
    const server = offered({ protocols: ["soap", "superchat", "chat"] }, request);
    const response = textOf(server.accept({ headers: { "Set-Cookie": "a=b" } }));
    assert.match(response, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assert.match(response, /\r\nSec-WebSocket-Protocol: superchat\r\n/, "the server's order decides");
    assert.match(response, /\r\nSet-Cookie: a=b\r\n/);
    assert.match(response, /\r\n\r\n$/);
    assert.equal(server.isOpen, true);
    assert.equal(server.protocol, "superchat");
    assert.equal(offered({}, request).accept({ protocol: "chat" }).length > 0, true);
    const without = offered({ protocols: ["chat"] }, request);
    assert.doesNotMatch(textOf(without.accept({ protocol: "" })), /Sec-WebSocket-Protocol/);
  });

  test("agrees to the first offer of permessage-deflate that it can meet", () => {
    const { request } = createClient({ compression: compression() });
    const server = offered({ compression: compression({ clientMaxWindowBits: 10 }) }, request);
    assert.match(
      textOf(server.accept()),
      /\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12; client_max_window_bits=10\r\n/,
    );
    assert.equal(
      server.extensions,
      "permessage-deflate; server_max_window_bits=12; client_max_window_bits=10",
    );
  });

  test("refuses with the response it is given, and is finished", () => {
    const server = offered();
    const response = textOf(
      server.refuse({ status: 401, headers: { "WWW-Authenticate": "Basic" }, body: "who?" }),
    );
    assert.match(response, /^HTTP\/1\.1 401 Unauthorized\r\n/);
    assert.match(response, /\r\nWWW-Authenticate: Basic\r\n/);
    assert.match(response, /\r\nConnection: close\r\n\r\nwho\?$/);
    assert.equal(server.isFinished, true);
    assert.equal(server.isOpen, false);
    assert.deepEqual(server.receive(Uint8Array.of(0x81, 0x80)), []);
    assert.deepEqual(server.receiveEnd(), []);
    assert.deepEqual(server.sendText("no"), new Uint8Array(0));
  });

  test("answers a wrong request by itself", () => {
    const request = textOf(createClient().request);
    const change = (from: string | RegExp, to: string): Uint8Array => bytesOf(request.replace(from, to));
    const cases: [Uint8Array, string, string][] = [
      [bytesOf("\x16\x03\x01\x02"), "HEAD_MALFORMED", "HTTP/1.1 400 Bad Request"],
      [change("GET ", "POST "), "METHOD_NOT_GET", "HTTP/1.1 405 Method Not Allowed"],
      [change("Upgrade: websocket\r\n", ""), "NOT_AN_UPGRADE", "HTTP/1.1 426 Upgrade Required"],
      [change("Version: 13", "Version: 8"), "WEBSOCKET_VERSION_UNSUPPORTED", "HTTP/1.1 426 Upgrade Required"],
      [change(/Sec-WebSocket-Key: .*\r\n/, ""), "KEY_MISSING", "HTTP/1.1 400 Bad Request"],
      [change("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n"), "BODY_FORBIDDEN", "HTTP/1.1 400 Bad Request"],
    ];
    for (const [bytes, code, statusLine] of cases) assert.deepEqual(refusalOf(bytes), { code, statusLine });
  });

  test("lets in pages of its own origin only, unless it is told otherwise", () => {
    const from = (origin: string): Uint8Array => createClient({ origin }).request;
    const forbidden = { code: "ORIGIN_FORBIDDEN", statusLine: "HTTP/1.1 403 Forbidden" };
    assert.deepEqual(refusalOf(from("https://evil.example")), forbidden);
    assert.deepEqual(refusalOf(from("http://example.com.evil.example")), forbidden);
    assert.deepEqual(refusalOf(from("https://example.com")), forbidden, "the other scheme is another origin");
    const [event] = createServer({}).receive(from("https://\x9b2J").slice());
    assert.ok(event.type === "error");
    assert.equal(event.error.message, String.raw`origin "https://\u009b2J" may not connect`);
    offered({}, from("http://example.com"));
    offered({ isSecure: true }, from("https://example.com"));
    offered({ origins: ["https://app.example"] }, from("https://app.example"));
    offered({ origins: "any" }, from("https://evil.example"));
  });

  test("holds no more of a head than it may", () => {
    const { request } = createClient({ headers: { "X-Long": "x".repeat(1000) } });
    const answer = { code: "HEAD_TOO_LARGE", statusLine: "HTTP/1.1 431 Request Header Fields Too Large" };
    assert.deepEqual(refusalOf(request, { limits: { maxHeadBytes: 512 } }), answer);
  });

  test("keeps what comes before its decision, and delivers it afterwards", () => {
    const { client } = openPair();
    const server = offered();
    const frames = concat([client.sendText("early"), client.sendPing(bytesOf("bird"))]);
    for (const byte of frames) assert.deepEqual(server.receive(Uint8Array.of(byte)), []);
    const response = textOf(server.accept());
    assert.match(response, /^HTTP\/1\.1 101 /);
    assert.ok(response.endsWith("\r\n\r\n"));
    assert.equal(server.hasMore, true);
    assert.deepEqual(server.receive(), [
      { type: "text", data: "early" },
      { type: "ping", data: bytesOf("bird") },
    ]);
    assert.equal(textOf(server.takeOutput()), "\x8a\x04bird");
    assert.equal(server.hasMore, false);
    assert.deepEqual(server.receive(), []);
  });

  test("refuses a client that says more than a head before the decision", () => {
    const server = offered({ limits: { maxHeadBytes: 1024 } });
    assert.deepEqual(server.receive(new Uint8Array(1024)), []);
    const [event] = server.receive(new Uint8Array(1));
    assert.ok(event.type === "error" && event.error.code === "BODY_FORBIDDEN");
    assert.equal(server.isFinished, true);
    assert.match(
      textOf(server.accept()),
      /^HTTP\/1\.1 400 /,
      "the decision comes too late and answers the refusal",
    );
    assert.deepEqual(server.accept(), new Uint8Array(0));
    assert.deepEqual(server.refuse({ status: 404 }), new Uint8Array(0));
    assert.equal(server.isOpen, false);
  });

  test("one read of a request and too much behind it is an offer and then an error", () => {
    const server = createServer();
    const events = server.receive(concat([createClient().request, new Uint8Array(20_000)]));
    assert.deepEqual(
      events.map(({ type }) => type),
      ["offer", "error"],
    );
  });

  test("can be answered once, and not before the request", () => {
    const server = createServer();
    assert.throws(() => server.accept(), isStateError("NOT_OPEN"));
    assert.throws(() => server.refuse({ status: 404 }), isStateError("NOT_OPEN"));
    server.receive(createClient().request.slice());
    server.accept();
    assert.throws(() => server.accept(), isStateError("ALREADY_USED"));
    assert.throws(() => server.refuse({ status: 404 }), isStateError("ALREADY_USED"));
  });

  test("an answer that cannot be sent throws and leaves the request unanswered", () => {
    const server = offered({}, createClient({ protocols: ["chat"] }).request);
    for (const [answer, message] of [
      [
        () => server.accept({ subprotocol: "z" } as never),
        "subprotocol is not an option of accept; use protocol",
      ],
      [
        () => server.refuse(undefined as never),
        "the options of refuse are undefined; they are given as an object",
      ],
      [
        () => server.refuse({ statusCode: 404 } as never),
        "statusCode is not an option of refuse; use status",
      ],
      [() => server.refuse({} as never), "status undefined is not a final status from 200 to 599"],
    ] as const) {
      assert.throws(answer, { code: "INVALID_ARGUMENT", message });
    }
    assert.throws(() => server.accept({ protocol: "soap" }), isStateError("INVALID_ARGUMENT"));
    assert.throws(
      () => server.accept({ headers: { "X-Split": "a\r\nb" } }),
      isStateError("INVALID_ARGUMENT"),
    );
    assert.throws(() => server.refuse({ status: 101 }), isStateError("INVALID_ARGUMENT"));
    assert.equal(server.isFinished, false);
    assert.deepEqual(server.takeOutput(), new Uint8Array(0));
    assert.match(textOf(server.accept({ protocol: "chat" })), /^HTTP\/1\.1 101 /);
  });

  test("reports a stream that ends before its request, or before the decision", () => {
    for (const server of [createServer(), offered()]) {
      const [event] = server.receiveEnd();
      assert.ok(event.type === "error" && event.error.code === "CONNECTION_ENDED");
      assert.equal(server.isFinished, true);
      assert.deepEqual(server.takeOutput(), new Uint8Array(0));
    }
  });

  test("refuses options out of range", () => {
    for (const options of [
      { protocols: ["a b"] },
      { limits: { maxFragments: 0 } },
      { compression: compression({ level: 10 }) },
    ]) {
      assert.throws(() => createServer(options), isStateError("INVALID_ARGUMENT"));
    }
  });
});

describe("a server endpoint cannot be made", () => {
  for (const [options, message] of [
    [null, "the options of ServerEndpoint are null; they are given as an object"],
    [{ origin: "any" }, "origin is not an option of ServerEndpoint; use origins"],
    [{ maxPayload: 1 }, "maxPayload is not an option of ServerEndpoint; use limits: { maxMessageBytes }"],
    [{ origins: "all" }, 'origins is "all"; it takes "same", "any" or a list'],
    [{ origins: ["a.test"] }, 'origin "a.test" is not a scheme and a host, such as "https://example.com"'],
    [{ isSecure: "yes" }, 'isSecure is "yes"; it takes true or false'],
    [{ protocols: [5] }, "subprotocol 5 is not a token"],
  ] as const) {
    test(message, () => {
      assert.throws(() => new ServerEndpoint(options as never), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message,
      });
    });
  }
});
