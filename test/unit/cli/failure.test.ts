import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeError, LimitError, StateError, TransportError } from "sluice";
import { describeEnd, exitCodeOfEnd, exitCodeOfFailure, remedyOf } from "#src/cli/connect/failure.js";
import { describeError } from "#src/cli/describe.js";
import type { CloseInfo } from "#src/connection/index.js";

function info(parts: Partial<CloseInfo>): CloseInfo {
  const received = parts.received;
  const { code = 1006, reason = "" } = received ?? {};
  const wasClean = parts.sent !== undefined && received !== undefined;
  return { code, reason, wasClean, sent: undefined, received, closedFirstBy: undefined, ...parts };
}

const status = (code: number, reason = ""): { code: number; reason: string } => ({ code, reason });

describe("how a connection ended", () => {
  for (const [name, end, exitCode, line] of [
    [
      "the server closed with 1000",
      info({ sent: status(1000), received: status(1000), closedFirstBy: "peer" }),
      0,
      "closed by the server with 1000 (normal)",
    ],
    [
      "the server went away",
      info({ sent: status(1001), received: status(1001, "bye"), closedFirstBy: "peer" }),
      0,
      "closed by the server with 1001 (going away): bye",
    ],
    [
      "the server gave no code",
      info({ sent: status(1005), received: status(1005), closedFirstBy: "peer" }),
      0,
      "closed by the server, without a code",
    ],
    [
      "the server failed",
      info({ sent: status(1011), received: status(1011, "a\u001bb"), closedFirstBy: "peer" }),
      4,
      "closed by the server with 1011 (internal error): a\\x1bb",
    ],
    [
      "the server has codes of its own",
      info({ sent: status(4001), received: status(4001), closedFirstBy: "peer" }),
      4,
      "closed by the server with 4001",
    ],
    [
      "this side closed",
      info({ sent: status(1000), received: status(1000), closedFirstBy: "us" }),
      0,
      "closed with 1000 (normal)",
    ],
    [
      "this side closed with a code of its own",
      info({ sent: status(4000, "x"), received: status(4000), closedFirstBy: "us" }),
      0,
      "closed with 4000: x",
    ],
    [
      "the server did not answer the Close",
      info({ sent: status(1000), closedFirstBy: "us" }),
      1,
      "closed, but the server did not answer the Close frame",
    ],
    ["no Close came", info({}), 1, "connection lost: the server ended it without a Close frame"],
  ] as const) {
    test(`${name}: exit code ${exitCode}`, () => {
      assert.equal(exitCodeOfEnd(end, undefined), exitCode);
      assert.equal(describeEnd(end, undefined), line);
    });
  }

  test("an error of the network or the protocol is a failure whatever the codes say", () => {
    const end = info({ sent: status(1009), received: status(1009), closedFirstBy: "us" });
    const limit = new LimitError(
      "MESSAGE_TOO_LARGE",
      "message of 20 bytes exceeds the limit of 10 (maxMessageBytes)",
      10,
      20,
    );
    assert.equal(exitCodeOfEnd(end, limit), 1);
    assert.equal(
      describeEnd(end, limit),
      "closed with 1009 because of what the server sent: message of 20 bytes exceeds the limit of 10 (--max-bytes)",
    );
    const reset = new TransportError("CONNECTION_RESET", "read ECONNRESET");
    assert.equal(describeEnd(info({}), reset), "connection lost: read ECONNRESET");
  });

  test("a redirect that is not followed is answered with the flag that follows it", () => {
    const answered = (status: number): string =>
      remedyOf(new HandshakeError("UNEXPECTED_STATUS", "no", { status }));
    for (const status of [301, 302, 303, 307, 308])
      assert.equal(answered(status), "; --follow-redirects 5 goes where it leads");
    for (const status of [200, 300, 304, 404]) assert.equal(answered(status), "");
    assert.equal(remedyOf(new Error("no")), "");
  });

  test("a forbidden origin is told in terms of flags", () => {
    const text =
      "a may not; the option origins says who may, the option isSecure that a proxy has taken off TLS";
    assert.equal(describeError(new Error(text)), "a may not; --origins says who may");
  });

  for (const [error, exitCode] of [
    [new HandshakeError("UNEXPECTED_STATUS", "404", { status: 404 }), 3],
    [new HandshakeError("ACCEPT_INVALID", "wrong"), 3],
    [new HandshakeError("TOO_MANY_REDIRECTS", "loop"), 3],
    [new HandshakeError("HANDSHAKE_TIMED_OUT", "late"), 1],
    [new HandshakeError("CONNECTION_ENDED", "gone"), 1],
    [new HandshakeError("URL_INVALID", "no URL"), 2],
    [new HandshakeError("PROXY_INVALID", "no URL"), 2],
    [new StateError("INVALID_ARGUMENT", "no token"), 2],
    [new TransportError("CONNECTION_REFUSED", "nobody"), 1],
    [new Error("anything"), 1],
  ] as const) {
    const what = error instanceof HandshakeError ? error.code : error.constructor.name;
    test(`an attempt that fails with ${what} gives exit code ${exitCode}`, () => {
      assert.equal(exitCodeOfFailure(error), exitCode);
    });
  }

  test("options of the library are called by their flags", () => {
    const error = new Error("trust it with tls.ca, or check nothing with tls.rejectUnauthorized: false");
    assert.equal(describeError(error), "trust it with --ca, or check nothing with --insecure");
  });
});
