import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StateError } from "sluice";
import { ClientOpening, type ClientOpeningOptions } from "#src/endpoint/client-opening.js";
import type { Agreement } from "#src/endpoint/index.js";
import { acceptOf, HandshakeError, HeaderMap, type ResponseHead } from "#src/handshake/index.js";
import { compression, key, textOf } from "./endpoint-pair.js";

const options: ClientOpeningOptions = {
  host: "example.com",
  target: "/chat",
  key,
  protocols: [],
  origin: undefined,
  headers: undefined,
  compression: undefined,
  sha1: undefined,
};

function openingWith(changes: Partial<ClientOpeningOptions> = {}): ClientOpening {
  return new ClientOpening({ ...options, ...changes });
}

const offering = { compression: compression({ serverMaxWindowBits: 10 }) };

function response(extra: readonly (readonly [string, string])[] = [], status = 101): ResponseHead {
  const headers = new HeaderMap([
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptOf("AAECAwQFBgcICQoLDA0ODw==")],
    ...extra,
  ]);
  return { version: "1.1", status, reason: "", headers };
}

function agreed(result: Agreement | HandshakeError): Agreement {
  if (result instanceof HandshakeError) throw result;
  return result;
}

describe("client opening", () => {
  test("offers what it is told to, and has the request as data and as bytes", () => {
    const { request, bytes } = openingWith({
      protocols: ["chat", "superchat"],
      origin: "https://example.com",
      headers: { "X-Way": "1" },
      ...offering,
    });
    assert.deepEqual(request.headers, [
      ["Host", "example.com"],
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0ODw=="],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Protocol", "chat, superchat"],
      ["Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=10; client_max_window_bits"],
      ["Origin", "https://example.com"],
      ["X-Way", "1"],
    ]);
    const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`);
    assert.equal(textOf(bytes), `GET /chat HTTP/1.1\r\n${lines.join("")}\r\n`);
  });

  test("throws for what no request can be made of", () => {
    for (const changes of [
      { host: "two hosts" },
      { target: "/a b" },
      { key: new Uint8Array(15) },
      { protocols: ["a", "a"] },
      { headers: { Upgrade: "h2c" } },
    ]) {
      assert.throws(() => openingWith(changes), StateError, JSON.stringify(changes));
    }
  });

  test("agrees to what the response chose", () => {
    const chosen = [
      ["Sec-WebSocket-Protocol", "chat"],
      ["Sec-WebSocket-Extensions", "permessage-deflate ; server_max_window_bits=9"],
    ] as const;
    const agreement = agreed(openingWith({ protocols: ["chat"], ...offering }).judge(response(chosen)));
    assert.equal(agreement.protocol, "chat");
    assert.equal(agreement.extensions, "permessage-deflate; server_max_window_bits=9");
    assert.equal(agreement.codec?.encodingGroup, "15/3/5");
  });

  test("agrees to nothing where the response chose nothing", () => {
    const none = { protocol: "", extensions: "", codec: undefined };
    assert.deepEqual(agreed(openingWith().judge(response())), none);
    assert.deepEqual(agreed(openingWith({ protocols: ["chat"], ...offering }).judge(response())), none);
  });

  test("later changes to what was given change nothing", () => {
    const protocols = ["chat"];
    const opening = openingWith({ protocols });
    protocols[0] = "other";
    assert.equal(agreed(opening.judge(response([["Sec-WebSocket-Protocol", "chat"]]))).protocol, "chat");
  });

  test("asks the digest that it is given", () => {
    const opening = openingWith({ sha1: () => new Uint8Array(20) });
    const zeros = response().headers;
    assert.ok(opening.judge(response()) instanceof HandshakeError);
    const headers = new HeaderMap(
      [...zeros].map(([name, value]) => [
        name,
        name === "Sec-WebSocket-Accept" ? `${"A".repeat(27)}=` : value,
      ]),
    );
    agreed(opening.judge({ ...response(), headers }));
  });

  const refused: [string, HandshakeError["code"], readonly (readonly [string, string])[], object][] = [
    ["a subprotocol that was not offered", "SUBPROTOCOL_NOT_OFFERED", [["Sec-WebSocket-Protocol", "x"]], {}],
    [
      "an extension that was not offered",
      "EXTENSION_NOT_OFFERED",
      [["Sec-WebSocket-Extensions", "permessage-deflate"]],
      {},
    ],
    [
      "RFC 7692 §5: an extension twice",
      "EXTENSION_PARAMETERS_INVALID",
      [["Sec-WebSocket-Extensions", "permessage-deflate, permessage-deflate"]],
      offering,
    ],
    [
      "parameters that do not answer the offer",
      "EXTENSION_PARAMETERS_INVALID",
      [["Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=11"]],
      offering,
    ],
  ];
  for (const [what, code, headers, changes] of refused) {
    test(`refuses ${what}, and keeps the head`, () => {
      const head = response(headers);
      const error = openingWith(changes).judge(head);
      assert.ok(error instanceof HandshakeError);
      assert.equal(error.code, code);
      assert.equal(error.head, head);
    });
  }

  test("refuses another status than 101", () => {
    const error = openingWith().judge(response([], 200));
    assert.ok(error instanceof HandshakeError);
    assert.deepEqual([error.code, error.status], ["UNEXPECTED_STATUS", 200]);
  });
});
