import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  createUpgradeResponse,
  HandshakeError,
  HeaderMap,
  handshakeErrorCodes,
  isInterimResponse,
  parseResponseHead,
  type SentOffer,
  validateUpgradeResponse,
} from "#src/handshake/index.js";
import {
  failed,
  responseHead,
  sampleAccept,
  sampleKey,
  succeeded,
  upgradeResponse,
  whole,
} from "./head-text.js";

const sent: SentOffer = {
  key: sampleKey,
  protocols: ["chat", "superchat"],
  extensionNames: ["permessage-deflate"],
};
const invalid = { name: "StateError", code: "INVALID_ARGUMENT" };

describe("the 101 response of a server", () => {
  test("RFC 6455 §4.2.2: is the example of §1.3 for the sample key", () => {
    assert.equal(
      Buffer.from(createUpgradeResponse({ key: sampleKey, protocol: "chat" })).toString("latin1"),
      "HTTP/1.1 101 Switching Protocols\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${sampleAccept}\r\n` +
        "Sec-WebSocket-Protocol: chat\r\n" +
        "\r\n",
    );
  });

  test("RFC 6455 §4.2.2: has no Sec-WebSocket-Protocol and no Sec-WebSocket-Extensions when none was agreed", () => {
    const head = succeeded(parseResponseHead(...whole(createUpgradeResponse({ key: sampleKey }))));
    assert.equal(head.headers.has("sec-websocket-protocol"), false);
    assert.equal(head.headers.has("sec-websocket-extensions"), false);
  });

  test("carries the application's headers behind its own", () => {
    const bytes = createUpgradeResponse({
      key: sampleKey,
      extensions: "permessage-deflate",
      headers: { "Set-Cookie": ["a=1", "b=2"] },
      sha1: (message) => createHash("sha1").update(message).digest(),
    });
    const head = succeeded(parseResponseHead(...whole(bytes)));
    assert.deepEqual([...head.headers].slice(2), [
      ["Sec-WebSocket-Accept", sampleAccept],
      ["Sec-WebSocket-Extensions", "permessage-deflate"],
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
  });

  test("does not take headers that are its own, and none that could not be sent", () => {
    for (const name of [
      "Upgrade",
      "CONNECTION",
      "Sec-WebSocket-Accept",
      "sec-websocket-protocol",
      "Content-Length",
    ]) {
      assert.throws(() => createUpgradeResponse({ key: sampleKey, headers: { [name]: "x" } }), invalid);
    }
    assert.throws(() => createUpgradeResponse({ key: sampleKey, headers: { a: "b\r\n\r\n" } }), invalid);
    assert.throws(() => createUpgradeResponse({ key: sampleKey, protocol: "a, b" }), invalid);
    assert.throws(() => createUpgradeResponse({ key: sampleKey, extensions: "a\r\nb: c" }), invalid);
  });

  test("is one that the client takes", () => {
    const options = { key: sampleKey, protocol: "superchat", extensions: "permessage-deflate; x=1" };
    const head = succeeded(parseResponseHead(...whole(createUpgradeResponse(options))));
    assert.deepEqual(succeeded(validateUpgradeResponse(head, sent)), {
      protocol: "superchat",
      extensions: [{ name: "permessage-deflate", parameters: [{ name: "x", value: "1" }] }],
    });
  });
});

describe("a client takes a response", () => {
  test("RFC 6455 §4.1: with only what is required, and then nothing was agreed", () => {
    assert.deepEqual(validateUpgradeResponse(upgradeResponse(), sent), { protocol: "", extensions: [] });
  });

  test("RFC 6455 §4.1: with values in any case and blanks around the accept value", () => {
    const head = upgradeResponse({
      Upgrade: "WebSocket",
      Connection: "keep-alive, UPGRADE",
      "Sec-WebSocket-Accept": ` ${sampleAccept} \t`,
    });
    succeeded(validateUpgradeResponse(head, sent));
  });

  test("with headers that the handshake does not know, named like inherited members too", () => {
    succeeded(validateUpgradeResponse(upgradeResponse({ constructor: "x", Server: "y" }), sent));
  });
});

describe("a client fails a response", () => {
  for (const status of [100, 200, 204, 301, 401, 407, 426, 503]) {
    test(`RFC 6455 §4.1: with status ${status}, and the error carries the head`, () => {
      const head = responseHead(`HTTP/1.1 ${status} Reason`, "Location: /x");
      const error = failed(validateUpgradeResponse(head, sent), "UNEXPECTED_STATUS", status);
      assert.equal(error.head, head);
    });
  }

  test("with status 101 of HTTP/1.0", () => {
    const head = upgradeResponse({}, "HTTP/1.0 101 Switching Protocols");
    failed(validateUpgradeResponse(head, sent), "HTTP_VERSION_UNSUPPORTED", 101);
  });

  for (const upgrade of [undefined, "", "h2c", "websocket, h2c", "websockets"]) {
    test(`RFC 6455 §4.1: whose Upgrade is ${upgrade === undefined ? "absent" : JSON.stringify(upgrade)}`, () => {
      failed(
        validateUpgradeResponse(upgradeResponse({ Upgrade: upgrade }), sent),
        "RESPONSE_UPGRADE_INVALID",
        101,
      );
    });
  }

  for (const connection of [undefined, "", "keep-alive", "upgraded"]) {
    test(`RFC 6455 §4.1: whose Connection is ${connection === undefined ? "absent" : JSON.stringify(connection)}`, () => {
      const head = upgradeResponse({ Connection: connection });
      failed(validateUpgradeResponse(head, sent), "RESPONSE_CONNECTION_INVALID", 101);
    });
  }

  for (const accept of [
    undefined,
    "",
    sampleAccept.toLowerCase(),
    sampleKey,
    `${sampleAccept}x`,
    `"${sampleAccept}"`,
  ]) {
    test(`RFC 6455 §4.1: whose accept value is ${accept === undefined ? "absent" : JSON.stringify(accept)}`, () => {
      failed(
        validateUpgradeResponse(upgradeResponse({ "Sec-WebSocket-Accept": accept }), sent),
        "ACCEPT_INVALID",
        101,
      );
    });
  }

  test("RFC 6455 §11.3.3: whose accept value comes twice", () => {
    const head = upgradeResponse({ "Sec-WebSocket-Accept": [sampleAccept, sampleAccept] });
    failed(validateUpgradeResponse(head, sent), "ACCEPT_INVALID", 101);
  });

  for (const protocol of ["", "other", "Chat", "chat, superchat", "chat,"]) {
    test(`RFC 6455 §4.1: whose subprotocol ${JSON.stringify(protocol)} was not offered`, () => {
      const head = upgradeResponse({ "Sec-WebSocket-Protocol": protocol });
      failed(validateUpgradeResponse(head, sent), "SUBPROTOCOL_NOT_OFFERED", 101);
    });
  }

  test("RFC 6455 §11.3.4: whose subprotocol comes twice", () => {
    const head = upgradeResponse({ "Sec-WebSocket-Protocol": ["chat", "chat"] });
    failed(validateUpgradeResponse(head, sent), "SUBPROTOCOL_NOT_OFFERED", 101);
  });

  test("RFC 6455 §4.1: that names a subprotocol when none was offered", () => {
    const head = upgradeResponse({ "Sec-WebSocket-Protocol": "chat" });
    failed(validateUpgradeResponse(head, { ...sent, protocols: [] }), "SUBPROTOCOL_NOT_OFFERED", 101);
  });

  for (const extensions of [
    "x-other",
    "permessage-deflate, x-other",
    "Permessage-Deflate",
    "constructor",
    "__proto__",
  ]) {
    test(`RFC 6455 §4.1: whose extensions ${extensions} were not all offered`, () => {
      const head = upgradeResponse({ "Sec-WebSocket-Extensions": extensions });
      failed(validateUpgradeResponse(head, sent), "EXTENSION_NOT_OFFERED", 101);
    });
  }

  test("RFC 6455 §11.3.2: whose extensions header comes twice", () => {
    const head = upgradeResponse({
      "Sec-WebSocket-Extensions": ["permessage-deflate", "permessage-deflate"],
    });
    failed(validateUpgradeResponse(head, sent), "HEADER_REPEATED", 101);
  });

  for (const extensions of [
    "",
    "permessage-deflate;",
    "permessage-deflate; a=",
    'permessage-deflate; a="b c"',
  ]) {
    test(`RFC 6455 §9.1: whose extensions ${JSON.stringify(extensions)} do not conform to the grammar`, () => {
      const head = upgradeResponse({ "Sec-WebSocket-Extensions": extensions });
      failed(validateUpgradeResponse(head, sent), "EXTENSIONS_MALFORMED", 101);
    });
  }
});

describe("an interim response", () => {
  test("is a 1xx that is not 101", () => {
    const interim = [100, 102, 103, 199].map((status) =>
      isInterimResponse(responseHead(`HTTP/1.1 ${status} x`)),
    );
    assert.deepEqual(interim, [true, true, true, true]);
    const final = [101, 200, 400].map((status) => isInterimResponse(responseHead(`HTTP/1.1 ${status} x`)));
    assert.deepEqual(final, [false, false, false]);
  });
});

describe("any response", () => {
  test("is an agreement within the offer or a documented error, and never an exception", () => {
    const own: [string, string][] = [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Accept", sampleAccept],
    ];
    const name = fc.constantFrom(
      "Sec-WebSocket-Protocol",
      "Sec-WebSocket-Extensions",
      "Upgrade",
      "__proto__",
    );
    const value = fc.oneof(
      fc.constantFrom("chat", "permessage-deflate; a=b", ",", ""),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(101, 101, 200),
        fc.array(fc.tuple(name, value), { maxLength: 3 }),
        (status, more) => {
          const headers = new HeaderMap([...own, ...more]);
          const result = validateUpgradeResponse({ version: "1.1", status, reason: "", headers }, sent);
          if (result instanceof HandshakeError) {
            assert.ok(Object.hasOwn(handshakeErrorCodes, result.code));
          } else {
            assert.ok(result.protocol === "" || sent.protocols.includes(result.protocol));
            assert.ok(result.extensions.every((extension) => sent.extensionNames.includes(extension.name)));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
