import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tlsFailureOf } from "#src/proxy/listening/tls-failure.js";
import { TransportError } from "#src/transport/index.js";

/** As Node says it: with OpenSSL's names of functions and files, and a line break. */
function failure(code: string, reason?: string): TransportError {
  const message =
    reason === undefined ? `said of ${code}` : `0:error:0A:SSL routines:f:${reason}:../a/b.c:1:\n`;
  const cause = Object.assign(new Error(message), { code, ...(reason && { reason }) });
  return new TransportError("TLS_FAILED", message, { cause });
}

const prefix = "the TLS handshake with 192.0.2.1 at [::]:443 failed: ";

describe("a TLS handshake that fails", () => {
  const cases: [string, string | undefined, string, RegExp][] = [
    ["ERR_SSL_HTTP_REQUEST", "http request", "http", /^what came is HTTP without TLS; have it use https: /],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number", "no-tls", /no TLS \(wrong version number\)$/],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "unsupported protocol", "version", /from minVersion to maxVersion$/],
    ["ERR_SSL_NO_SHARED_CIPHER", "no shared cipher", "cipher", /\(no shared cipher\); see ciphers/],
    ["ERR_SSL_NO_APPLICATION_PROTOCOL", "no application protocol", "protocol", /\bHTTP\/2\b/],
    ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "no certificate", "certificate", /\(no certificate\)$/],
    ["SELF_SIGNED_CERT_IN_CHAIN", undefined, "certificate", /\(SELF_SIGNED_CERT_IN_CHAIN\)$/],
    [
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "tlsv1 alert unknown ca",
      "alert",
      /shown \(tlsv1 alert unknown ca\);/,
    ],
    ["ERR_SSL_TLSV1_ALERT_USER_CANCELLED", "user cancelled", "alert", /^it broke off \(user cancelled\)$/],
    ["ERR_TLS_HANDSHAKE_TIMEOUT", undefined, "timeout", /\(requestTimeoutMs\)$/],
    ["ERR_SSL_TLSV1_UNHEARD_OF", "unheard of", "other", /^unheard of$/],
    ["EPROTO", undefined, "other", /^said of EPROTO$/],
  ];
  for (const [code, said, reason, text] of cases) {
    test(`by ${code} has the reason "${reason}", and one line that says whose and what to do`, () => {
      const found = tlsFailureOf(failure(code, said), "[::]:443", "192.0.2.1");
      const { message, cause } = found.error;
      assert.deepEqual([found.reason, found.listener, found.client], [reason, "[::]:443", "192.0.2.1"]);
      assert.ok(message.startsWith(prefix), message);
      assert.match(message.slice(prefix.length), text);
      assert.doesNotMatch(message, /[\r\n]/);
      assert.equal((cause as { code: string }).code, code);
    });
  }

  test("of a client whose address is not known names nobody", () => {
    const { error } = tlsFailureOf(failure("ERR_SSL_HTTP_REQUEST", "http request"), "/run/a.sock", undefined);
    assert.match(error.message, /^the TLS handshake at \/run\/a\.sock failed: what came is HTTP/);
  });
});
