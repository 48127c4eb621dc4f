import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createRefusal,
  HandshakeError,
  type HandshakeErrorCode,
  handshakeErrorCodes,
  parseResponseHead,
  type Refusal,
  type ResponseHead,
  reasonOf,
  refusalOf,
  validateUpgradeRequest,
} from "#src/handshake/index.js";
import { succeeded, upgradeRequest } from "./head-text.js";

const invalid = { name: "StateError", code: "INVALID_ARGUMENT" };

function answer(refusal: Refusal): { head: ResponseHead; body: string } {
  const bytes = Buffer.from(createRefusal(refusal));
  const end = bytes.indexOf("\r\n\r\n") + 4;
  return { head: succeeded(parseResponseHead(bytes, 0, end)), body: bytes.subarray(end).toString("utf8") };
}

describe("a refusal", () => {
  test("is a whole response that ends the connection", () => {
    assert.equal(
      Buffer.from(createRefusal({ status: 403, headers: { "X-Why": "because" }, body: "nö" })).toString(
        "utf8",
      ),
      "HTTP/1.1 403 Forbidden\r\n" +
        "X-Why: because\r\n" +
        "Content-Type: text/plain; charset=utf-8\r\n" +
        "Content-Length: 3\r\n" +
        "Connection: close\r\n" +
        "\r\nnö",
    );
  });

  test("without a body says so", () => {
    const { head, body } = answer({ status: 401, headers: { "WWW-Authenticate": "Basic" } });
    assert.equal(head.headers.get("content-length"), "0");
    assert.equal(head.headers.has("content-type"), false);
    assert.equal(head.headers.get("www-authenticate"), "Basic");
    assert.equal(body, "");
  });

  test("keeps the content type it is given, and gives none to bytes", () => {
    const typed = answer({ status: 400, headers: { "content-type": "application/json" }, body: "{}" });
    assert.deepEqual(typed.head.headers.getAll("content-type"), ["application/json"]);
    const bytes = answer({ status: 400, body: Uint8Array.of(65) });
    assert.deepEqual([bytes.head.headers.has("content-type"), bytes.body], [false, "A"]);
  });

  test("says itself where it ends, whatever the headers it is given say", () => {
    const headers = {
      "Content-Length": "99",
      Connection: "keep-alive",
      "Transfer-Encoding": "chunked",
      Upgrade: "h2c",
    };
    const { head } = answer({ status: 502, headers, body: "x" });
    assert.deepEqual(
      [...head.headers],
      [
        ["Content-Type", "text/plain; charset=utf-8"],
        ["Content-Length", "1"],
        ["Connection", "close"],
      ],
    );
  });

  test("RFC 9110 §8.6: with 204 has neither a body nor its length", () => {
    assert.deepEqual([...answer({ status: 204 }).head.headers], [["Connection", "close"]]);
    assert.throws(() => createRefusal({ status: 204, body: "x" }), invalid);
    assert.throws(() => createRefusal({ status: 304, body: "x" }), invalid);
  });

  test("RFC 9110 §15.3.6: with 205 has no body, and says so", () => {
    const { head, body } = answer({ status: 205 });
    assert.deepEqual([head.headers.get("content-length"), body], ["0", ""]);
    assert.throws(() => createRefusal({ status: 205, body: "x" }), invalid);
  });

  test("RFC 6455 §4.4: with 426 names version 13 and the protocol", () => {
    const { head } = answer({ status: 426 });
    assert.deepEqual(head.headers.getAll("sec-websocket-version"), ["13"]);
    assert.deepEqual(head.headers.getAll("upgrade"), ["websocket"]);
    assert.equal(head.headers.get("connection"), "Upgrade, close");
  });

  for (const status of [0, 100, 101, 199, 600, 403.5, Number.NaN]) {
    test(`cannot have status ${status}`, () => {
      assert.throws(() => createRefusal({ status }), invalid);
    });
  }

  test("cannot carry a header that could not be sent", () => {
    assert.throws(
      () => createRefusal({ status: 302, headers: { Location: "/\r\nSet-Cookie: a=b" } }),
      invalid,
    );
  });
});

describe("the refusal of an error", () => {
  test("RFC 6455 §4.2.2: answers another version with 426 and Sec-WebSocket-Version: 13", () => {
    const error = validateUpgradeRequest(upgradeRequest({ "Sec-WebSocket-Version": "8" }));
    assert.ok(error instanceof HandshakeError);
    const { head } = answer(refusalOf(error));
    assert.deepEqual([head.status, head.reason], [426, "Upgrade Required"]);
    assert.equal(head.headers.get("sec-websocket-version"), "13");
  });

  test("RFC 9110 §15.5.6: answers another method with 405 and Allow: GET", () => {
    const error = validateUpgradeRequest(upgradeRequest({}, "POST / HTTP/1.1"));
    assert.ok(error instanceof HandshakeError);
    assert.equal(answer(refusalOf(error)).head.headers.get("allow"), "GET");
  });

  test("tells the peer the reason phrase of the status and nothing of the message", () => {
    const { head, body } = answer(refusalOf(new HandshakeError("HANDLER_FAILED", "secret detail")));
    assert.deepEqual(
      [head.status, head.reason, body],
      [500, "Internal Server Error", "Internal Server Error\n"],
    );
  });

  test("is 400 for an error without a status that could answer", () => {
    assert.equal(refusalOf(new HandshakeError("ABORTED", "x")).status, 400);
    assert.equal(refusalOf(new HandshakeError("REFUSED", "x", { status: 999 })).status, 400);
  });

  test("is a final status with a reason for each code", () => {
    for (const code of Object.keys(handshakeErrorCodes) as HandshakeErrorCode[]) {
      const { head, body } = answer(refusalOf(new HandshakeError(code, "x")));
      assert.ok(head.status >= 400 && head.status < 600, code);
      assert.equal(body, `${reasonOf(head.status)}\n`);
    }
  });
});

describe("a handshake error", () => {
  test("has the status of its code unless it is given one or a head", () => {
    assert.equal(new HandshakeError("ORIGIN_FORBIDDEN", "x").status, 403);
    assert.equal(new HandshakeError("REFUSED", "x", { status: 401 }).status, 401);
    assert.equal(new HandshakeError("HANDSHAKE_TIMED_OUT", "x", { status: 0 }).status, 0);
    assert.equal(new HandshakeError("ABORTED", "x").status, 0);
  });

  test("has a name, a section and a cause", () => {
    const cause = new Error("why");
    const error = new HandshakeError("ORIGIN_FORBIDDEN", "x", { cause });
    assert.deepEqual([error.name, error.section, error.cause], ["HandshakeError", "RFC 6455 §4.2.2", cause]);
    assert.ok(error instanceof Error);
  });
});

describe("a reason phrase", () => {
  test("is that of the status, else that of its class", () => {
    assert.deepEqual(
      [reasonOf(404), reasonOf(499), reasonOf(599), reasonOf(299), reasonOf(999)],
      ["Not Found", "Bad Request", "Internal Server Error", "OK", "Unknown"],
    );
  });
});
