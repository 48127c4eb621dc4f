import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readPartialHead } from "#src/handshake/index.js";

function read(text: string): readonly [string, string, readonly (readonly [string, string])[]] {
  const { method, target, headers } = readPartialHead(Buffer.from(text, "latin1"));
  return [method, target, [...headers]];
}

describe("readPartialHead", () => {
  test("reads the lines of a head that have come whole", () => {
    assert.deepEqual(read("\r\nGET /a?b HTTP/1.1\r\nHost: a \r\nX:y\r\nCut: of"), [
      "GET",
      "/a?b",
      [
        ["Host", "a"],
        ["X", "y"],
      ],
    ]);
  });

  test("stops at what is no header", () => {
    assert.deepEqual(read("GET / HTTP/1.1\nA: 1\nno header\nB: 2\n"), ["GET", "/", [["A", "1"]]]);
  });

  test("knows nothing of what has no request line", () => {
    for (const text of [
      "",
      "\r\n",
      "GET /cut",
      "hello\r\nHost: a\r\n",
      "\x16\x03\x01\r\nA: b\r\n",
      ": x\r\n",
    ])
      assert.deepEqual(read(text), ["", "", []]);
  });

  test("takes a long head in no time", () => {
    const started = performance.now();
    read(`GET / HTTP/1.1\r\nX:${" ".repeat(1_000_000)}x\r\n`);
    assert.ok(performance.now() - started < 2000);
  });
});
