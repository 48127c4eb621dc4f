import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeError, type HandshakeErrorCode, handshakeErrorCodes } from "#src/handshake/index.js";
import { limitErrorCodes, protocolErrorCodes, stateErrorCodes, WebSocketError } from "#src/protocol/index.js";
import { responseHead } from "./head-text.js";

const codes = Object.keys(handshakeErrorCodes) as HandshakeErrorCode[];

describe("HandshakeError", () => {
  test("carries its code, the status and the rule of its table, and its cause", () => {
    for (const code of codes) {
      const cause = new Error("why");
      const { status, section } = handshakeErrorCodes[code];
      const error = new HandshakeError(code, "what", { cause });
      assert.ok(error instanceof WebSocketError);
      assert.equal(error.name, "HandshakeError");
      assert.deepEqual(
        { code: error.code, status: error.status, section: error.section, cause: error.cause },
        { code, status, section, cause },
      );
      assert.equal(error.head, undefined);
    }
  });

  test("has the status of the head that was received, or the one that it is given", () => {
    const head = responseHead("HTTP/1.1 503 Service Unavailable");
    const received = new HandshakeError("UNEXPECTED_STATUS", "what", { head });
    assert.deepEqual([received.status, received.head], [503, head]);
    const given = new HandshakeError("REFUSED", "what", { head, status: 418 });
    assert.deepEqual([given.status, given.head], [418, head]);
  });

  test("answers a request with an error, or is what only a client finds out", () => {
    for (const { status, section, meaning } of Object.values(handshakeErrorCodes)) {
      assert.match(meaning, /^[^|\n]+\.$/);
      assert.ok(status === 0 || (status >= 400 && status < 600));
      assert.match(section, /^RFC \d+ §\d+(?:\.\d+)*$/);
    }
  });

  test("has codes that are stable words in capitals, and no other table's", () => {
    const others = [stateErrorCodes, protocolErrorCodes, limitErrorCodes].flatMap((table) =>
      Object.keys(table),
    );
    for (const code of codes) {
      assert.match(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
      assert.ok(!others.includes(code), code);
    }
  });
});
