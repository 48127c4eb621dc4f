import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocketError } from "#src/protocol/index.js";
import {
  TransportError,
  type TransportErrorCode,
  toTransportError,
  transportErrorCodes,
} from "#src/transport/index.js";

function systemError(
  code: unknown,
  message = "what the system said",
  syscall?: string,
): Error & { code: unknown } {
  return Object.assign(new Error(message), { code }, syscall === undefined ? {} : { syscall });
}

describe("transport errors", () => {
  const codes: [string, TransportErrorCode][] = [
    ["ECONNREFUSED", "CONNECTION_REFUSED"],
    ["ECONNRESET", "CONNECTION_RESET"],
    ["ECONNABORTED", "CONNECTION_RESET"],
    ["EPIPE", "CONNECTION_RESET"],
    ["ENOTFOUND", "HOST_NOT_FOUND"],
    ["EAI_AGAIN", "HOST_NOT_FOUND"],
    ["ENOENT", "HOST_NOT_FOUND"],
    ["EHOSTUNREACH", "HOST_UNREACHABLE"],
    ["ENETUNREACH", "HOST_UNREACHABLE"],
    ["ETIMEDOUT", "TIMED_OUT"],
    ["EADDRINUSE", "ADDRESS_IN_USE"],
    ["ENAMETOOLONG", "ADDRESS_INVALID"],
    ["EACCES", "ACCESS_DENIED"],
    ["EPERM", "ACCESS_DENIED"],
    ["CERT_HAS_EXPIRED", "TLS_FAILED"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TLS_FAILED"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "TLS_FAILED"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TLS_FAILED"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TLS_FAILED"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "TLS_FAILED"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "TLS_FAILED"],
    ["EPROTO", "TLS_FAILED"],
    ["EMFILE", "IO_FAILED"],
    ["ERR_STREAM_DESTROYED", "IO_FAILED"],
    ["constructor", "IO_FAILED"],
    ["__proto__", "IO_FAILED"],
    ["", "IO_FAILED"],
  ];
  for (const [name, code] of codes) {
    test(`"${name}" of the system's is ${code}`, () => {
      const cause = systemError(name, "what the system said", "connect");
      const error = toTransportError(cause);
      assert.ok(error instanceof TransportError && error instanceof WebSocketError);
      assert.equal(error.name, "TransportError");
      assert.deepEqual(
        [error.code, error.errno, error.syscall, error.message, error.cause],
        [code, name, "connect", "what the system said", cause],
      );
      assert.equal(error.retryable, transportErrorCodes[code].isRetryable);
    });
  }

  test("what does not exist where a unix socket should listen is its folder, which trying again does not make", () => {
    const error = toTransportError(systemError("ENOENT", "what the system said", "listen"));
    assert.deepEqual([error.code, error.errno, error.retryable], ["ACCESS_DENIED", "ENOENT", false]);
  });

  test("trying again can help against the network, and not against refusals of rights and certificates", () => {
    const final = Object.entries(transportErrorCodes)
      .filter(([, { isRetryable }]) => !isRetryable)
      .map(([code]) => code);
    assert.deepEqual(final, ["ADDRESS_INVALID", "ACCESS_DENIED", "TLS_FAILED", "UNSUPPORTED_TRANSPORT"]);
  });

  test("an error without a name from the system is an I/O failure", () => {
    for (const code of [undefined, null, 7, {}]) {
      const error = toTransportError(systemError(code));
      assert.deepEqual([error.code, error.errno, error.syscall], ["IO_FAILED", undefined, undefined]);
    }
  });

  test("several failed addresses are told by the first failure", () => {
    const first = systemError("ECONNREFUSED", "connect ECONNREFUSED ::1:80");
    const all = Object.assign(new AggregateError([first, systemError("ECONNREFUSED", "other")]), {
      code: "ECONNREFUSED",
    });
    const error = toTransportError(all);
    assert.deepEqual([error.code, error.message], ["CONNECTION_REFUSED", "connect ECONNREFUSED ::1:80"]);
  });

  test("an error without a message is told by its name, or in words", () => {
    assert.equal(toTransportError(systemError("ECONNRESET", "")).message, "ECONNRESET");
    assert.equal(toTransportError(systemError(undefined, "")).message, "the connection failed");
  });

  test("an error of ours has no system's name", () => {
    const error = new TransportError("HEARTBEAT_MISSED", "silence");
    assert.deepEqual(
      [error.errno, error.syscall, error.cause, error.retryable],
      [undefined, undefined, undefined, true],
    );
  });
});
