import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSecureContext } from "node:tls";
import type { DialSettings } from "#src/client/connect-options.js";
import { redirectedDial } from "#src/client/redirected-dial.js";
import { parseWebSocketUrl } from "#src/client/target.js";
import { socketDialer } from "#src/transport/index.js";

const { target: first } = parseWebSocketUrl("wss://a.test/");
const trust = { ca: "authority", rejectUnauthorized: true, checkServerIdentity: () => undefined };
const dialerFor = () => socketDialer;
const options: DialSettings = {
  dialerFor,
  proxy: "env",
  tls: {
    ...trust,
    minVersion: "TLSv1.3",
    cert: "certificate",
    key: "key",
    pfx: "archive",
    passphrase: "secret",
    servername: "inner.test",
    host: "inner.test",
    session: Buffer.from("ticket"),
    pskCallback: () => null,
    secureContext: createSecureContext({}),
    clientCertEngine: "engine",
    privateKeyEngine: "engine",
    privateKeyIdentifier: "identifier",
    port: 8443,
    path: "/socket",
    ...{ aFutureOption: "of Node's" },
  },
};

describe("the way to where a redirect leads", () => {
  test("is the same within one origin", () => {
    assert.equal(redirectedDial(options, first, parseWebSocketUrl("wss://a.test/b").target), options);
  });

  for (const url of ["wss://b.test/", "wss://a.test:8443/"]) {
    test(`to ${url} keeps whom to trust, and leaves out who the client is and the first server's name`, () => {
      const tls = { ...trust, minVersion: "TLSv1.3" };
      const { target } = parseWebSocketUrl(url);
      assert.deepEqual(redirectedDial(options, first, target), { dialerFor, proxy: "env", tls });
    });
  }

  test("to another origin needs no options of TLS", () => {
    assert.deepEqual(redirectedDial({ dialerFor }, first, parseWebSocketUrl("wss://b.test/").target), {
      dialerFor,
    });
  });

  test("to another origin leaves behind the wish to check nothing", () => {
    const { target } = parseWebSocketUrl("wss://b.test/");
    const given = { dialerFor, tls: { ca: "authority", rejectUnauthorized: false } };
    assert.deepEqual(redirectedDial(given, first, target), { dialerFor, tls: { ca: "authority" } });
    assert.equal(redirectedDial(given, first, first), given);
  });
});
