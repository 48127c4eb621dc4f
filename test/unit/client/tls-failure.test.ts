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
    ["CERT_HAS_EXPIRED", "certificate has expired", "the certificate from a.test:443 has expired"],
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

  test("is nothing else", () => {
    for (const other of [new TransportError("CONNECTION_RESET", "x"), new Error("x"), "x"])
      assert.equal(explainTlsFailure(other, "a.test:443"), other);
  });
});
