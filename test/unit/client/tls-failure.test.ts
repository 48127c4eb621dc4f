import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explainTlsFailure } from "#src/client/tls-failure.js";
import { TransportError } from "#src/transport/index.js";

function failure(code: string, message: string): TransportError {
  return new TransportError("TLS_FAILED", message, { cause: Object.assign(new Error(message), { code }) });
}

describe("a failure of TLS", () => {
  for (const [code, message, explained] of [
    [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "self-signed certificate",
      "self-signed certificate from a.test:443: trust it with tls.ca, or check nothing with tls.rejectUnauthorized: false",
    ],
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "unable to verify the first certificate",
      "certificate of an unknown authority from a.test:443: trust that authority with tls.ca",
    ],
    [
      "CERT_HAS_EXPIRED",
      "certificate has expired",
      "the certificate from a.test:443 has expired: renew it at the server, unless it is this machine's clock that is wrong",
    ],
    [
      "CERT_NOT_YET_VALID",
      "certificate is not yet valid",
      "the certificate from a.test:443 is not valid yet: check this machine's clock, and when the server's certificate begins",
    ],
    [
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "Hostname/IP does not match",
      "the certificate from a.test:443 is for another host: give its name with tls.servername (Hostname/IP does not match)",
    ],
    [
      "EPROTO",
      "write EPROTO 0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../x.c:354:\n",
      "a.test:443 does not speak TLS: use ws: (or http:) in place of wss: (or https:)",
    ],
    ["EPROTO", "a name \x9b2J\u202e", "TLS with a.test:443 failed: a name \\u009b2J\\u202e"],
    [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "80:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../x.c:1601:SSL alert number 116\n",
      "a.test:443 ended TLS with the alert certificate_required: it wants a client certificate: tls.cert and tls.key",
    ],
    [
      "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR",
      "80:error:0A000438:SSL routines:ssl3_read_bytes:tlsv1 alert internal error:../x.c:1601:SSL alert number 80\n",
      "a.test:443 ended TLS with the alert internal_error",
    ],
    [
      "",
      "the peer ended TLS with the alert protocol_version",
      "a.test:443 ended TLS with the alert protocol_version: it speaks no version from tls.minVersion to tls.maxVersion",
    ],
    [
      "",
      "the peer ended TLS with the alert number 200",
      "TLS with a.test:443 failed: the peer ended TLS with the alert number 200",
    ],
    ["EPROTO", "one\nline\r\n", "TLS with a.test:443 failed: one line"],
  ] as const) {
    test(`reads: ${explained}`, () => {
      const given = failure(code, message);
      const error = explainTlsFailure(given, "a.test:443");
      assert.ok(error instanceof TransportError);
      assert.deepEqual(
        [error.code, error.errno, error.cause, error.message, error.retryable],
        ["TLS_FAILED", code, given.cause, explained, false],
      );
    });
  }

  for (const [server, host, explained] of [
    ["a.test:443", "a.test", "is for another host: give its name with tls.servername (no match)"],
    ["[::1]:443", "::1", "is for another host: give its name with tls.servername (no match)"],
    [
      "a.test:443",
      "b.test",
      "is not for b.test, the name in tls.servername: give one that it is for, or none (no match)",
    ],
  ]) {
    test(`reads, where the certificate of ${server} is not for ${host}: ${explained}`, () => {
      const given = { code: "ERR_TLS_CERT_ALTNAME_INVALID", host };
      const cause = Object.assign(new Error("no match"), given);
      const error = explainTlsFailure(new TransportError("TLS_FAILED", "no match", { cause }), server);
      assert.equal((error as Error).message, `the certificate from ${server} ${explained}`);
    });
  }

  test("reads as OpenSSL's reason, without its functions and files", () => {
    const message =
      "80:error:0A000102:SSL routines:ssl_choose_client_version:unsupported protocol:../x.c:9:\n";
    const cause = Object.assign(new Error(message), {
      code: "ERR_SSL_UNSUPPORTED_PROTOCOL",
      reason: "unsupported protocol",
    });
    const error = explainTlsFailure(new TransportError("TLS_FAILED", message, { cause }), "a.test:443");
    assert.equal((error as Error).message, "TLS with a.test:443 failed: unsupported protocol");
  });

  test("is nothing else", () => {
    for (const other of [new TransportError("CONNECTION_RESET", "x"), new Error("x"), "x"])
      assert.equal(explainTlsFailure(other, "a.test:443"), other);
  });
});
