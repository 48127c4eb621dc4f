import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  checkRequestAnswer,
  checkResponseAnswer,
  checkVerdict,
  readRefusal,
} from "#src/proxy/hook-answers.js";

type Case = [answer: unknown, message: RegExp];

function refuses(check: (answer: never) => void, cases: readonly Case[]): void {
  for (const [answer, message] of cases)
    assert.throws(() => check(answer as never), { name: "StateError", message }, JSON.stringify(answer));
}

describe("what a hook answers", () => {
  test("refuses a request with a status, and headers and a body if it likes", () => {
    readRefusal({ status: 401 });
    readRefusal({ status: 599, headers: { "X-Why": "because" }, body: "no" });
    assert.deepEqual(readRefusal({ status: 200, headers: new Map([["X-Why", "a"]]).entries(), body: "x" }), {
      status: 200,
      headers: [["X-Why", "a"]],
      body: "x",
    });
    const framed = { "Content-Length": "50", Trailer: "X", "Transfer-Encoding": "chunked", "X-Why": "a" };
    assert.deepEqual(readRefusal({ status: 403, headers: framed }).headers, [["X-Why", "a"]]);
    assert.equal(readRefusal({ status: 204, body: "x" }).body, undefined);
    refuses(readRefusal, [
      [
        true,
        /^the hook request answered true; it takes an object such as \{ status: 403 \}, or nothing to let the request pass$/,
      ],
      ["no", /^the hook request answered "no"; it takes an object/],
      [{}, /status is undefined; it takes an integer from 200 to 599/],
      [new Error("no"), /status is undefined/],
      [{ statusCode: 403 }, /statusCode is not an option .*; use status/],
      [{ status: 101 }, /status is 101/],
      [{ status: 600 }, /status is 600/],
      [{ status: 403.5 }, /status is 403.5/],
      [{ status: 403, body: 1 }, /body is 1; it takes a string or a Uint8Array/],
      [{ status: 403, headers: { "X-Why": "a\nb" } }, /X-Why/],
    ]);
  });

  test("replaces the head of a request and of a response", () => {
    checkRequestAnswer({ target: "/", headers: [] });
    checkResponseAnswer({ headers: {} });
    checkRequestAnswer({ target: "/room?id=7#x" });
    const advice =
      /it takes a path and a query of visible ASCII, such as "\/room\?id=7"; percent-encode what is none$/;
    refuses(checkRequestAnswer, [
      [{ path: "/" }, /path is not an option of an answer of upstreamRequest/],
      [{ target: "/a b" }, /^target is "\/a b"; it takes/],
      [{ target: "/ä" }, advice],
      [{ target: "" }, advice],
      [{ target: null }, /^target is null; it takes/],
    ]);
    refuses(checkRequestAnswer, [
      ["/b", /^the hook upstreamRequest answered "\/b"; it takes an object such as \{ target: "\/room" \}, /],
    ]);
    refuses(checkResponseAnswer, [
      [{ status: 200 }, /status is not an option/],
      [[], /^the hook upstreamResponse answered an array; it takes an object such as \{ headers: \{\} \}, /],
    ]);
  });

  test("replaces a message, or ends the connection because of it", () => {
    checkVerdict({ data: "" });
    checkVerdict({ data: Uint8Array.of(1) });
    checkVerdict({ close: { code: 1008 } });
    checkVerdict({ close: { code: 4000, reason: "x".repeat(123) } });
    refuses(checkVerdict, [
      [
        false,
        /^the hook message answered false; it takes \{ data \} or \{ close \}, null to let nothing pass, or nothing to let the message pass$/,
      ],
      [{}, /has data or close; null lets nothing pass/],
      [{ data: "x", close: { code: 1008 } }, /has data or close/],
      [{ data: 1 }, /data is 1; it takes a string or a Uint8Array/],
      [{ close: 1008 }, /^close is 1008; it takes an object such as \{ code: 1008, reason: "spam" \}$/],
      [{ close: { code: 1006 } }, /1006/],
      [{ close: {} }, /close has no code; it takes one, such as 1008/],
      [{ close: { code: 1008, reason: "x".repeat(124) } }, /at most 123 bytes/],
      [{ close: { code: 1008, text: "x" } }, /text is not an option/],
    ]);
  });
});
