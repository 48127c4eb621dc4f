import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isSameOrigin, normalizeOrigin, originAllowed, parseAuthority } from "#src/handshake/index.js";

describe("the same origin", () => {
  const same: [origin: string, host: string, isSecure: boolean][] = [
    ["http://example.com", "example.com", false],
    ["https://example.com", "example.com", true],
    ["http://example.com", "example.com:80", false],
    ["http://example.com:80", "example.com", false],
    ["https://example.com", "example.com:443", true],
    ["https://example.com:8443", "example.com:8443", true],
    ["HTTP://EXAMPLE.com", "Example.COM", false],
    ["http://127.0.0.1:3000", "127.0.0.1:3000", false],
    ["http://[::1]:3000", "[::1]:3000", false],
    ["https://[2001:DB8::1]", "[2001:db8::1]:443", true],
  ];
  for (const [origin, host, isSecure] of same) {
    test(`${origin} is that of ${isSecure ? "wss" : "ws"}://${host}`, () => {
      assert.equal(isSameOrigin(origin, host, isSecure), true);
    });
  }

  const other: [what: string, origin: string, host: string, isSecure: boolean][] = [
    ["another host", "http://evil.com", "example.com", false],
    ["a suffix trick", "http://example.com.evil.com", "example.com", false],
    ["a prefix trick", "http://evilexample.com", "example.com", false],
    ["a subdomain", "http://www.example.com", "example.com", false],
    ["a parent domain", "http://example.com", "www.example.com", false],
    ["the opaque origin", "null", "example.com", false],
    ["the opaque origin for a host of that name", "null", "null", false],
    ["another port", "http://example.com:8080", "example.com", false],
    ["another port of the server", "http://example.com", "example.com:8080", false],
    ["the default port of the other scheme", "http://example.com:443", "example.com", false],
    ["http for a secure server", "http://example.com", "example.com", true],
    ["https for a plain server", "https://example.com", "example.com", false],
    ["the scheme of a WebSocket", "ws://example.com", "example.com", false],
    ["a file", "file://", "example.com", false],
    ["a browser extension", "chrome-extension://example.com", "example.com", false],
    ["user information", "http://example.com@evil.com", "evil.com", false],
    ["the host as user information", "http://example.com:80@evil.com", "example.com", false],
    ["a path", "http://example.com/", "example.com", false],
    ["a query", "http://example.com?x", "example.com", false],
    ["a fragment", "http://example.com#x", "example.com", false],
    ["a blank before", " http://example.com", "example.com", false],
    ["a blank behind", "http://example.com ", "example.com", false],
    ["a line end behind", "http://example.com\n", "example.com", false],
    ["two origins", "http://example.com, http://evil.com", "example.com", false],
    ["nothing", "", "example.com", false],
    ["no host", "http://", "", false],
    ["a final dot", "http://example.com.", "example.com", false],
    ["a port out of range", "http://example.com:65616", "example.com", false],
    ["a port that is no number", "http://example.com:8o", "example.com", false],
    ["an empty port", "http://example.com:", "example.com", false],
    ["a backslash", "http://example.com\\@evil.com", "example.com", false],
    ["another IPv6 address", "http://[::2]", "[::1]", false],
    ["an address without brackets", "http://::1", "[::1]", false],
  ];
  for (const [what, origin, host, isSecure] of other) {
    test(`is not ${what}: ${JSON.stringify(origin)} at ${isSecure ? "wss" : "ws"}://${host}`, () => {
      assert.equal(isSameOrigin(origin, host, isSecure), false);
    });
  }

  test("of any two texts is decided without an exception", () => {
    const text = fc.string({
      unit: fc.constantFrom("http://", "a", ".", ":", "80", "[", "]", "@", "/", "null", "é"),
    });
    fc.assert(
      fc.property(text, text, fc.boolean(), (origin, host, isSecure) => {
        if (isSameOrigin(origin, host, isSecure)) assert.notEqual(normalizeOrigin(origin), undefined);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an origin policy", () => {
  const list = ["https://app.example.com", "http://localhost:3000"];

  test("RFC 6455 §4.2.1: lets a request without Origin in, because no browser sent it", () => {
    for (const policy of ["same", "any", list, []] as const) {
      assert.equal(originAllowed(policy, undefined, "example.com", true), true);
    }
  });

  test('"same" lets in what came from the server itself', () => {
    assert.equal(originAllowed("same", "https://example.com", "example.com", true), true);
    assert.equal(originAllowed("same", "https://example.org", "example.com", true), false);
    assert.equal(originAllowed("same", "null", "example.com", true), false);
    assert.equal(originAllowed("same", "", "example.com", true), false);
  });

  test('"any" lets everything in', () => {
    for (const origin of ["https://evil.com", "null", ""])
      assert.equal(originAllowed("any", origin, "a", true), true);
  });

  test("a list lets in its members in any spelling, not the server itself, and no other", () => {
    assert.equal(originAllowed(list, "https://APP.example.com:443", "example.com", true), true);
    assert.equal(originAllowed(list, "http://localhost:3000", "example.com", true), true);
    assert.equal(originAllowed(list, "https://example.com", "example.com", true), false);
    assert.equal(originAllowed(list, "https://app.example.com.evil.com", "example.com", true), false);
    assert.equal(originAllowed(list, "http://localhost:3001", "example.com", true), false);
    assert.equal(originAllowed(["null", "*"], "null", "example.com", true), false);
    assert.equal(originAllowed([], "https://example.com", "example.com", true), false);
  });
});

describe("an authority", () => {
  test("is a host in lower case and a port", () => {
    assert.deepEqual(parseAuthority("Example.com", 80), { hostname: "example.com", port: 80 });
    assert.deepEqual(parseAuthority("[::1]:0", 80), { hostname: "[::1]", port: 0 });
    assert.deepEqual(parseAuthority("my_host:65535", 80), { hostname: "my_host", port: 65_535 });
  });

  for (const text of [
    "",
    ":80",
    "a:",
    "a:65536",
    "a:123456",
    "a:-1",
    "a b",
    "a/b",
    "a@b",
    "a?b",
    "a#b",
    "[::1",
    "::1",
    "[]",
    "[g::1]",
    "a\\b",
    "é",
    "a:80:80",
    "[::1]x",
  ]) {
    test(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(parseAuthority(text, 80), undefined);
    });
  }
});
