import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as sluice from "sluice";
import * as protocol from "sluice/protocol";
import {
  HandshakeError,
  HeaderMap,
  handshakeErrorCodes,
  isUpgradeRequest,
  type RequestHead,
  validateUpgradeRequest,
} from "#src/handshake/index.js";
import { failed, requestHead, sampleKey, succeeded, upgradeRequest } from "./head-text.js";

describe("a valid upgrade request", () => {
  test("RFC 6455 §1.2: the example of the protocol is taken apart", () => {
    const head = requestHead(
      "GET /chat HTTP/1.1",
      "Host: server.example.com",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Origin: http://example.com",
      "Sec-WebSocket-Protocol: chat, superchat",
      "Sec-WebSocket-Version: 13",
    );
    assert.deepEqual(succeeded(validateUpgradeRequest(head)), {
      key: sampleKey,
      protocols: ["chat", "superchat"],
      extensions: [],
      origin: "http://example.com",
      host: "server.example.com",
      resourceName: "/chat",
      path: "/chat",
    });
  });

  test("RFC 6455 §4.2.1: the order of the headers is not important", () => {
    const lines = [...upgradeRequest().headers].reverse();
    const head = requestHead("GET / HTTP/1.1", ...lines.map(([name, value]) => `${name}: ${value}`));
    succeeded(validateUpgradeRequest(head));
  });

  test("RFC 6455 §4.2.1: values are compared in any case", () => {
    succeeded(validateUpgradeRequest(upgradeRequest({ Upgrade: "WebSocket", Connection: "UPGRADE" })));
  });

  test("RFC 6455 §4.2.1: Connection includes the token Upgrade, among others and over several lines", () => {
    succeeded(validateUpgradeRequest(upgradeRequest({ Connection: "keep-alive, Upgrade" })));
    succeeded(validateUpgradeRequest(upgradeRequest({ Connection: ["keep-alive", "upgrade"] })));
  });

  test("RFC 6455 §4.2.1: Upgrade contains the value websocket, among others", () => {
    succeeded(validateUpgradeRequest(upgradeRequest({ Upgrade: "foo/2, websocket" })));
  });

  test("RFC 6455 §4.2.1: a higher minor version of HTTP may be used", () => {
    succeeded(validateUpgradeRequest(upgradeRequest({}, "GET / HTTP/1.2")));
  });

  test("RFC 6455 §4.2.1: subprotocols and extensions are optional and may each take several lines", () => {
    const head = upgradeRequest({
      "Sec-WebSocket-Protocol": ["a", "b, c"],
      "Sec-WebSocket-Extensions": ["permessage-deflate; client_max_window_bits", "constructor; __proto__"],
    });
    const offer = succeeded(validateUpgradeRequest(head));
    assert.deepEqual(offer.protocols, ["a", "b", "c"]);
    assert.deepEqual(offer.extensions, [
      { name: "permessage-deflate", parameters: [{ name: "client_max_window_bits", value: true }] },
      { name: "constructor", parameters: [{ name: "__proto__", value: true }] },
    ]);
  });

  test("may say that its body has 0 bytes", () => {
    succeeded(validateUpgradeRequest(upgradeRequest({ "Content-Length": "0" })));
  });

  test("without an Origin header has no origin", () => {
    assert.equal(succeeded(validateUpgradeRequest(upgradeRequest())).origin, undefined);
    assert.equal(succeeded(validateUpgradeRequest(upgradeRequest({ Origin: "" }))).origin, "");
  });
});

describe("an upgrade request is refused", () => {
  for (const method of ["POST", "HEAD", "get", "CONNECT", "OPTIONS"]) {
    test(`RFC 6455 §4.2.1: with 405 when its method is ${method}`, () => {
      failed(validateUpgradeRequest(upgradeRequest({}, `${method} /chat HTTP/1.1`)), "METHOD_NOT_GET", 405);
    });
  }

  test("RFC 6455 §4.2.1: with 505 when it is HTTP/1.0", () => {
    failed(validateUpgradeRequest(upgradeRequest({}, "GET / HTTP/1.0")), "HTTP_VERSION_UNSUPPORTED", 505);
  });

  test("RFC 6455 §4.2.1: a request without Host is refused with 400", () => {
    failed(validateUpgradeRequest(upgradeRequest({ Host: undefined })), "HOST_MISSING", 400);
  });

  test("RFC 9112 §3.2: with 400 when it has two Host headers, equal or not", () => {
    failed(validateUpgradeRequest(upgradeRequest({ Host: ["a", "b"] })), "HEADER_REPEATED", 400);
    failed(validateUpgradeRequest(upgradeRequest({ Host: ["a", "a"] })), "HEADER_REPEATED", 400);
  });

  for (const host of ["", "a b", "a/b", "user@a", "a:port", "a, b", "http://a", "[::1"]) {
    test(`RFC 9112 §3.2: with 400 when Host is ${JSON.stringify(host)}`, () => {
      failed(validateUpgradeRequest(upgradeRequest({ Host: host })), "HOST_INVALID", 400);
    });
  }

  for (const upgrade of [undefined, "", "h2c", "websockets", "web socket", "websocket/13", "TLS/1.0"]) {
    test(`RFC 6455 §4.2.1: with 426 when Upgrade is ${upgrade === undefined ? "absent" : JSON.stringify(upgrade)}`, () => {
      failed(validateUpgradeRequest(upgradeRequest({ Upgrade: upgrade })), "NOT_AN_UPGRADE", 426);
    });
  }

  test("with 400 when Upgrade names h2c beside websocket", () => {
    failed(validateUpgradeRequest(upgradeRequest({ Upgrade: "h2c, websocket" })), "UPGRADE_INVALID", 400);
    failed(validateUpgradeRequest(upgradeRequest({ Upgrade: ["websocket", "H2C"] })), "UPGRADE_INVALID", 400);
  });

  for (const connection of [undefined, "", "keep-alive", "upgraded", "close", "x-upgrade"]) {
    test(`RFC 6455 §4.2.1: with 400 when Connection is ${connection === undefined ? "absent" : JSON.stringify(connection)}`, () => {
      failed(
        validateUpgradeRequest(upgradeRequest({ Connection: connection })),
        "CONNECTION_UPGRADE_MISSING",
        400,
      );
    });
  }

  test("RFC 6455 §4.2.1: with 400 when it has no key", () => {
    failed(validateUpgradeRequest(upgradeRequest({ "Sec-WebSocket-Key": undefined })), "KEY_MISSING", 400);
  });

  for (const key of [
    "",
    "short",
    "A".repeat(24),
    Buffer.alloc(15).toString("base64"),
    Buffer.alloc(17).toString("base64"),
  ]) {
    test(`RFC 6455 §4.2.1: with 400 when the key ${JSON.stringify(key)} does not decode to 16 bytes`, () => {
      failed(validateUpgradeRequest(upgradeRequest({ "Sec-WebSocket-Key": key })), "KEY_INVALID", 400);
    });
  }

  test("RFC 6455 §11.3.1: with 400 when the key comes twice", () => {
    const head = upgradeRequest({ "Sec-WebSocket-Key": [sampleKey, sampleKey] });
    failed(validateUpgradeRequest(head), "HEADER_REPEATED", 400);
  });

  for (const version of [undefined, "", "8", "7, 8", "14", "013", "13, 8", "thirteen"]) {
    test(`RFC 6455 §4.2.1: with 426 when the version is ${version === undefined ? "absent" : JSON.stringify(version)}`, () => {
      const head = upgradeRequest({ "Sec-WebSocket-Version": version });
      failed(validateUpgradeRequest(head), "WEBSOCKET_VERSION_UNSUPPORTED", 426);
    });
  }

  test("RFC 6455 §11.3.5: with 400 when the version comes twice", () => {
    failed(
      validateUpgradeRequest(upgradeRequest({ "Sec-WebSocket-Version": ["13", "13"] })),
      "HEADER_REPEATED",
      400,
    );
  });

  test("with 400 when Origin comes twice", () => {
    failed(
      validateUpgradeRequest(upgradeRequest({ Origin: ["http://a", "http://a"] })),
      "HEADER_REPEATED",
      400,
    );
  });

  for (const headers of [
    { "Content-Length": "5" },
    { "Content-Length": ["0", "5"] },
    { "Content-Length": "0, 5" },
    { "Content-Length": "+0" },
    { "Content-Length": "" },
    { "Transfer-Encoding": "chunked" },
    { "Transfer-Encoding": "identity" },
    { "Transfer-Encoding": "" },
  ]) {
    test(`with 400 when it announces a body: ${JSON.stringify(headers)}`, () => {
      failed(validateUpgradeRequest(upgradeRequest(headers)), "BODY_FORBIDDEN", 400);
    });
  }

  for (const protocols of ["", "a b", "a, a", "a;b"]) {
    test(`RFC 6455 §4.1: with 400 when the subprotocols are ${JSON.stringify(protocols)}`, () => {
      const head = upgradeRequest({ "Sec-WebSocket-Protocol": protocols });
      failed(validateUpgradeRequest(head), "SUBPROTOCOLS_MALFORMED", 400);
    });
  }

  test("RFC 6455 §4.1: with 400 when two lines name the same subprotocol", () => {
    const head = upgradeRequest({ "Sec-WebSocket-Protocol": ["a", "b, a"] });
    failed(validateUpgradeRequest(head), "SUBPROTOCOLS_MALFORMED", 400);
  });

  for (const extensions of ["", "a;", "a; b=", 'a; b="c d"']) {
    test(`RFC 6455 §9.1: with 400 when the extensions are ${JSON.stringify(extensions)}`, () => {
      const head = upgradeRequest({ "Sec-WebSocket-Extensions": extensions });
      failed(validateUpgradeRequest(head), "EXTENSIONS_MALFORMED", 400);
    });
  }
});

describe("whether a request asks for a WebSocket", () => {
  test("is what its Upgrade header says, whatever else is wrong", () => {
    assert.equal(isUpgradeRequest(upgradeRequest()), true);
    assert.equal(
      isUpgradeRequest(upgradeRequest({ Upgrade: "WEBSOCKET", Host: undefined }, "POST / HTTP/1.0")),
      true,
    );
    assert.equal(isUpgradeRequest(upgradeRequest({ Upgrade: "h2c" })), false);
    assert.equal(isUpgradeRequest(upgradeRequest({ Upgrade: undefined })), false);
    assert.equal(isUpgradeRequest({ headers: new HeaderMap() }), false);
    assert.equal(isUpgradeRequest(new Request("http://x", { headers: { Accept: "x" } })), false);
    assert.equal(isUpgradeRequest({ headers: { upgrade: "h2c, websocket" } }), true);
    assert.equal(isUpgradeRequest({ headers: { get: "a header of this name" } }), false);
  });

  test("is asked by the same function with and without servers", () => {
    assert.equal(isUpgradeRequest, sluice.isUpgradeRequest);
    assert.equal(isUpgradeRequest, protocol.isUpgradeRequest);
  });
});

describe("any request", () => {
  test("is an offer or a documented error with a status to answer, and never an exception", () => {
    const names = [
      ...Object.keys(handshakeHeaders),
      "Content-Length",
      "Transfer-Encoding",
      "Origin",
      "__proto__",
    ];
    const values = [
      "",
      ...Object.values(handshakeHeaders),
      "h2c",
      "0",
      "null",
      ",",
      ";",
      "=",
      '"',
      "constructor",
    ];
    const value = fc.oneof(fc.constantFrom(...values), fc.string({ unit: "binary" }));
    const lines = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 12 });
    const kept = fc.subarray(Object.entries(handshakeHeaders));
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom("GET", "POST")),
        fc.oneof(fc.constant("/"), fc.string()),
        kept,
        lines,
        (method, target, own, more) => {
          const head: RequestHead = {
            method,
            target,
            version: "1.1",
            headers: new HeaderMap([...own, ...more]),
          };
          const result = validateUpgradeRequest(head);
          if (result instanceof HandshakeError) {
            assert.ok(Object.hasOwn(handshakeErrorCodes, result.code));
            assert.ok(result.status >= 400 && result.status < 600);
            assert.match(result.message, /^[\x20-\x7e…]*$/);
          } else {
            assert.equal(result.resourceName.startsWith("/"), true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

const handshakeHeaders = {
  Host: "a",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": sampleKey,
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Protocol": "a, b",
  "Sec-WebSocket-Extensions": "a; b=c",
};
