import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Acceptance, acceptUpgrade, type ServerAgreement } from "#src/endpoint/index.js";
import type { ServerTerms } from "#src/endpoint/server-opening.js";
import { acceptOf, parseExtensions, type UpgradeOffer } from "#src/handshake/index.js";
import { compression, textOf } from "./endpoint-pair.js";

const key = "dGhlIHNhbXBsZSBub25jZQ==";

interface Attempt {
  protocols?: readonly string[];
  extensions?: string;
  acceptance?: Acceptance;
  terms?: Partial<ServerTerms>;
}

function attempt({ protocols = [], extensions, acceptance = {}, terms = {} }: Attempt): ServerAgreement {
  const offer: UpgradeOffer = {
    key,
    protocols,
    extensions: extensions === undefined ? [] : (parseExtensions(extensions) ?? assert.fail(extensions)),
    origin: undefined,
    host: "example.com",
    resourceName: "/",
    path: "/",
  };
  return acceptUpgrade(offer, acceptance, {
    protocols: [],
    compression: undefined,
    sha1: undefined,
    ...terms,
  });
}

const ready = { compression: compression() };

describe("server opening", () => {
  test("answers with 101 and the key's answer, and nothing that was not agreed", () => {
    const { protocol, extensions, codec, response } = attempt({ protocols: ["chat"], extensions: "x" });
    assert.deepEqual([protocol, extensions, codec], ["", "", undefined]);
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    ];
    assert.equal(textOf(response), `${lines.join("\r\n")}\r\n\r\n`);
  });

  test("chooses the first of its own subprotocols that was offered", () => {
    const { protocol, response } = attempt({
      protocols: ["a", "b", "c"],
      terms: { protocols: ["x", "c", "a"] },
    });
    assert.equal(protocol, "c");
    assert.match(textOf(response), /\r\nSec-WebSocket-Protocol: c\r\n/);
  });

  test("takes the application's choice before its own, also for none", () => {
    const offer = { protocols: ["a", "b"], terms: { protocols: ["a"] } };
    assert.equal(attempt({ ...offer, acceptance: { protocol: "b" } }).protocol, "b");
    const none = attempt({ ...offer, acceptance: { protocol: "" } });
    assert.equal(none.protocol, "");
    assert.doesNotMatch(textOf(none.response), /Sec-WebSocket-Protocol/);
  });

  test("RFC 6455 §4.2.2: throws for a choice that was not offered", () => {
    assert.throws(() => attempt({ protocols: ["a"], acceptance: { protocol: "z" } }), {
      name: "StateError",
      code: "INVALID_ARGUMENT",
      message: 'the chosen subprotocol is "z", which was not offered',
    });
  });

  test("agrees to compression when both ends have it, and says so", () => {
    const extensions = "permessage-deflate; client_max_window_bits";
    assert.equal(attempt({ extensions }).codec, undefined);
    assert.equal(attempt({ terms: ready }).codec, undefined);
    const agreement = attempt({ extensions, terms: ready });
    assert.equal(agreement.extensions, "permessage-deflate; server_max_window_bits=12");
    assert.equal(agreement.codec?.encodingGroup, "12/3/5");
    assert.ok(textOf(agreement.response).includes(`Sec-WebSocket-Extensions: ${agreement.extensions}\r\n`));
  });

  test("adds the application's headers, and throws for those that cannot be sent", () => {
    const { response } = attempt({ acceptance: { headers: { "X-Way": "1" } } });
    assert.match(textOf(response), /\r\nX-Way: 1\r\n\r\n$/);
    for (const headers of [{ "X-Split": "a\r\nb" }, { Upgrade: "h2c" }, { "Sec-WebSocket-Protocol": "z" }]) {
      assert.throws(() => attempt({ acceptance: { headers: { ...headers } } }), { name: "StateError" });
    }
  });
});
