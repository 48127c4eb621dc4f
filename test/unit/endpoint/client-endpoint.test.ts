import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ClientEndpoint,
  type ClientEndpointOptions,
  type ClientEvent,
  createUpgradeResponse,
  describeTarget,
  encodeResponseHead,
  HandshakeError,
  StateError,
} from "sluice/protocol";
import {
  bytesOf,
  compression,
  concat,
  consume,
  createClient,
  everySplit,
  key,
  textOf,
} from "./endpoint-pair.js";

const keyText = "AAECAwQFBgcICQoLDA0ODw==";

function answer(options: Partial<Parameters<typeof createUpgradeResponse>[0]> = {}): Uint8Array {
  return createUpgradeResponse({ key: keyText, ...options });
}

/** The code of the error that a response leads to, as the one event. */
function failureOf(response: Uint8Array, options: Partial<ClientEndpointOptions> = {}): string {
  const client = createClient(options);
  const events: ClientEvent[] = client.receive(response.slice());
  assert.equal(events.length, 1);
  const [event] = events;
  assert.ok(event.type === "error" && event.error instanceof HandshakeError, event.type);
  assert.equal(client.isFinished, true);
  assert.equal(client.isOpen, false);
  assert.deepEqual(client.takeOutput(), new Uint8Array(0));
  assert.deepEqual(client.receive(response.slice()), [], "nothing follows an error");
  return event.error.code;
}

describe("client endpoint", () => {
  test("makes a request of its options", () => {
    const client = createClient({
      protocols: ["chat", "superchat"],
      headers: { Authorization: "Bearer x" },
      origin: "https://example.com",
      compression: compression({ serverMaxWindowBits: 10 }),
    });
    const lines = [
      "GET /chat?room=1 HTTP/1.1",
      "Host: example.com",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${keyText}`,
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Protocol: chat, superchat",
      "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; client_max_window_bits",
      "Origin: https://example.com",
      "Authorization: Bearer x",
    ];
    assert.equal(textOf(client.request), `${lines.join("\r\n")}\r\n\r\n`);
  });

  test("takes the parts of a URL from describeTarget", () => {
    const target = describeTarget(new URL("wss://example.com:8443/a/b?c"));
    assert.ok(!(target instanceof HandshakeError));
    const client = createClient({ host: target.hostHeader, target: target.target });
    assert.match(textOf(client.request), /^GET \/a\/b\?c HTTP\/1\.1\r\nHost: example\.com:8443\r\n/);
  });

  test("asks for / when it is given no target", () => {
    const client = new ClientEndpoint({ host: "example.com", key, nextMaskKey: () => 1 });
    assert.match(textOf(client.request), /^GET \/ HTTP\/1\.1\r\n/);
  });

  test("is open after a verified 101, and says what was agreed", () => {
    const client = createClient({ protocols: ["chat"], compression: compression() });
    assert.equal(client.isOpen, false);
    assert.equal(client.protocol, "");
    const extensions = "permessage-deflate; server_max_window_bits=12";
    const [event, ...more] = client.receive(
      answer({ protocol: "chat", extensions, headers: { "X-Way": "3" } }),
    );
    assert.deepEqual(more, []);
    assert.ok(event.type === "open");
    assert.equal(event.protocol, "chat");
    assert.equal(event.extensions, extensions);
    assert.equal(event.head.headers.get("x-way"), "3");
    assert.equal(client.protocol, "chat");
    assert.equal(client.extensions, extensions);
    assert.equal(client.isOpen, true);
    assert.equal(client.isFinished, false);
  });

  test("reads over interim responses at every split", () => {
    const interim = encodeResponseHead(103, "Early Hints", [["Link", "</style.css>"]]);
    const bytes = concat([interim, interim, answer(), Uint8Array.of(0x81, 2, 0x68, 0x69)]);
    for (const pieces of everySplit(bytes)) {
      const { events } = consume(createClient(), pieces);
      assert.deepEqual(
        events.map(({ type }) => type),
        ["open", "text"],
      );
    }
  });

  test("does not read interim responses without end", () => {
    const interim = encodeResponseHead(102, "Processing", []);
    const bytes = concat(Array.from({ length: 17 }, () => interim));
    assert.equal(failureOf(bytes), "UNEXPECTED_STATUS");
  });

  test("reports a refusal with its head, and forgets the body", () => {
    const client = createClient();
    const body = bytesOf("not today");
    const events = client.receive(encodeResponseHead(403, "Forbidden", [["Content-Length", "9"]], body));
    assert.equal(events.length, 1);
    const [event] = events;
    assert.ok(event.type === "error" && event.error instanceof HandshakeError);
    assert.equal(event.error.code, "UNEXPECTED_STATUS");
    assert.equal(event.error.status, 403);
    assert.equal(event.error.head?.headers.get("content-length"), "9");
    assert.deepEqual(client.sendText("too late"), new Uint8Array(0));
  });

  test("verifies what the server answers", () => {
    assert.equal(failureOf(bytesOf("SSH-2.0-OpenSSH_9.2\r\n\r\n")), "HEAD_MALFORMED");
    assert.equal(failureOf(answer({ key: "AQECAwQFBgcICQoLDA0ODw==" })), "ACCEPT_INVALID");
    assert.equal(failureOf(answer({ protocol: "chat" })), "SUBPROTOCOL_NOT_OFFERED");
    assert.equal(failureOf(answer({ extensions: "permessage-deflate" })), "EXTENSION_NOT_OFFERED");
    const offering = { compression: compression({ serverMaxWindowBits: 10 }) };
    const tooMany = answer({ extensions: "permessage-deflate; server_max_window_bits=12" });
    assert.equal(failureOf(tooMany, offering), "EXTENSION_PARAMETERS_INVALID");
    const twice = answer({ extensions: "permessage-deflate, permessage-deflate" });
    assert.equal(failureOf(twice, { compression: compression() }), "EXTENSION_PARAMETERS_INVALID");
  });

  test("holds no more of a head than it may", () => {
    const head = answer({ headers: { "X-Long": "x".repeat(1000) } });
    assert.equal(failureOf(head, { limits: { maxHeadBytes: 512 } }), "HEAD_TOO_LARGE");
    const many = answer({ headers: Array.from({ length: 8 }, (_, i) => [`X-${i}`, ""] as const) });
    assert.equal(failureOf(many, { limits: { maxHeaders: 10 } }), "TOO_MANY_HEADERS");
  });

  test("reports a stream that ends before the answer", () => {
    const client = createClient();
    assert.deepEqual(client.receive(answer().subarray(0, 30)), []);
    const [event, ...more] = client.receiveEnd();
    assert.deepEqual(more, []);
    assert.ok(event.type === "error" && event.error.code === "CONNECTION_ENDED");
    assert.deepEqual(client.receiveEnd(), []);
  });

  test("refuses options that no request can be made of", () => {
    const wrong: Partial<ClientEndpointOptions>[] = [
      { key: new Uint8Array(15) },
      { nextMaskKey: undefined },
      { host: "two hosts" },
      { target: "/a b" },
      { protocols: ["a", "a"] },
      { headers: { Upgrade: "h2c" } },
      { headers: { "X-Split": "a\r\nb" } },
      { compression: compression({ serverMaxWindowBits: 7 }) },
      { limits: { maxMessageBytes: -1 } },
      { limits: { maxHeaders: Number.NaN } },
    ];
    for (const options of wrong) {
      assert.throws(
        () => createClient(options),
        (error) => error instanceof StateError && error.code === "INVALID_ARGUMENT",
        JSON.stringify(options),
      );
    }
  });
});

describe("a client endpoint cannot be made", () => {
  const whole = { host: "a.test", key: new Uint8Array(16), nextMaskKey: () => 0 };
  for (const [what, options, message] of [
    ["without options", undefined, "ClientEndpoint needs options: host, key and nextMaskKey at least"],
    ["of null", null, "the options of ClientEndpoint are null; they are given as an object"],
    [
      "without a host",
      { ...whole, host: undefined },
      "host is undefined; a client needs the value of the Host header",
    ],
    [
      "without a key",
      { ...whole, key: undefined },
      "key is undefined; a client needs 16 random bytes as a Uint8Array",
    ],
    [
      "with a key of text",
      { ...whole, key: "AAAA" },
      'key is "AAAA"; a client needs 16 random bytes as a Uint8Array',
    ],
    [
      "without masking keys",
      { ...whole, nextMaskKey: undefined },
      "nextMaskKey is undefined; a client needs a source of unpredictable masking keys",
    ],
    [
      "with a target without a slash",
      { ...whole, target: "chat" },
      'target is "chat"; it takes a path that begins with "/"',
    ],
    [
      "with an origin that is no text",
      { ...whole, origin: 5 },
      'origin is 5; it takes a string such as "https://example.com"',
    ],
    [
      "with protocols that are none",
      { ...whole, protocols: 5 },
      "protocols is 5; it takes a subprotocol or a list of them",
    ],
    [
      "with a limit outside of limits",
      { ...whole, maxMessageBytes: 1 },
      "maxMessageBytes is not an option of ClientEndpoint; use limits: { maxMessageBytes }",
    ],
  ] as const) {
    test(what, () => {
      assert.throws(() => new ClientEndpoint(options as unknown as ClientEndpointOptions), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
        message,
      });
    });
  }

  test("of a string for one subprotocol it offers that one", () => {
    const { request } = new ClientEndpoint({ ...whole, protocols: "chat" });
    assert.match(Buffer.from(request).toString(), /^Sec-WebSocket-Protocol: chat\r$/m);
  });
});
