import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultPortOf, parseAuthority } from "#src/handshake/index.js";

describe("authority", () => {
  for (const [text, hostname, port] of [
    ["example.com", "example.com", 443],
    ["Example.COM:8080", "example.com", 8080],
    ["192.0.2.1:0", "192.0.2.1", 0],
    ["[2001:DB8::1]", "[2001:db8::1]", 443],
    ["[::1]:65535", "[::1]", 65_535],
    ["a-b_c.~!$&'()*+,;=%20", "a-b_c.~!$&'()*+,;=%20", 443],
  ] as const) {
    test(`${text} is a host and a port`, () => {
      assert.deepEqual(parseAuthority(text, 443), { hostname, port });
    });
  }

  for (const text of [
    "",
    ":80",
    "a:",
    "a:65536",
    "a:123456",
    "a:-1",
    "a:8a",
    "a:80:80",
    "user@a",
    "a/b",
    "a?b",
    "a#b",
    "a b",
    " a",
    "a\n",
    "a\\b",
    "::1",
    "[::1",
    "[::g]",
    "[::1]x",
    "é",
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseAuthority(text, 80), undefined));
  }

  test("has a default port of its scheme", () => {
    assert.deepEqual([defaultPortOf(false), defaultPortOf(true)], [80, 443]);
  });
});
