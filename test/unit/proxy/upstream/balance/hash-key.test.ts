import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "#src/handshake/index.js";
import { keyReaderFor, readCookie } from "#src/proxy/upstream/balance/hash-key.js";

function cookies(...lines: string[]): HeaderMap {
  return new HeaderMap(lines.map((line) => ["Cookie", line]));
}

describe("a hash key", () => {
  test("is the client's address", () => {
    const keyOf = keyReaderFor("address");
    assert.equal(keyOf({ clientAddress: "192.0.2.1", headers: new HeaderMap() }), "192.0.2.1");
    assert.equal(keyOf({ clientAddress: undefined, headers: new HeaderMap() }), undefined);
  });

  test("is a header, in any case, with all its lines", () => {
    const keyOf = keyReaderFor({ header: "x-room" });
    const headers = new HeaderMap([
      ["X-Room", "a"],
      ["X-ROOM", "b"],
    ]);
    assert.equal(keyOf({ clientAddress: "1", headers }), "a, b");
    assert.equal(keyOf({ clientAddress: "1", headers: new HeaderMap() }), undefined);
    assert.equal(keyOf({ clientAddress: "1", headers: new HeaderMap([["X-Room", ""]]) }), undefined);
  });

  test("is a cookie; an empty one is none", () => {
    const keyOf = keyReaderFor({ cookie: "sid" });
    assert.equal(keyOf({ clientAddress: "1", headers: cookies("a=1; sid=x; b=2") }), "x");
    assert.equal(keyOf({ clientAddress: "1", headers: cookies("sid=") }), undefined);
    assert.equal(keyOf({ clientAddress: "1", headers: cookies() }), undefined);
  });
});

describe("a cookie", () => {
  for (const [line, value] of [
    ["sid=abc", "abc"],
    ["  sid = abc  ", "abc"],
    ["sid=a=b==", "a=b=="],
    ['sid="quoted"', '"quoted"'],
    ["sid=first; sid=second", "first"],
    ["a=1;sid=tight;b=2", "tight"],
    [";;; ;sid=x;", "x"],
    ["xsid=1; sidx=2; SID=3", undefined],
    ["sid", undefined],
    ["=sid", undefined],
    ["a=sid=x", undefined],
    ["", undefined],
  ] as const) {
    test(`of "${line}" is ${value}`, () => assert.equal(readCookie(cookies(line), "sid"), value));
  }

  test("is looked for in each line", () => {
    assert.equal(readCookie(cookies("a=1", "sid=x", "sid=y"), "sid"), "x");
  });

  test("has a name like any other, though objects have it too", () => {
    assert.equal(readCookie(cookies("__proto__=x; constructor=y"), "constructor"), "y");
    assert.equal(readCookie(cookies("a=1"), "constructor"), undefined);
  });

  test("is found in time that grows with the length alone", () => {
    const line = `${"=;".repeat(8000)}sid=x`;
    assert.equal(readCookie(cookies(line), "sid"), "x");
  });
});
