import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { addressSpaceOf, toAddressSpace } from "#src/web/address-space.js";
import { globalOrigin, isMixedContent, parseSocketUrl, setGlobalOrigin } from "#src/web/base-url.js";
import { hasBlockedPort } from "#src/web/blocked-port.js";

const syntaxError = { name: "SyntaxError", constructor: DOMException };

describe("the URL of a WebSocket", () => {
  afterEach(() => setGlobalOrigin(undefined));

  for (const [given, expected] of [
    ["ws://example.com", "ws://example.com/"],
    ["WSS://EXAMPLE.com:443/a b?c d", "wss://example.com/a%20b?c%20d"],
    ["http://example.com:80/x", "ws://example.com/x"],
    ["https://example.com:8443/", "wss://example.com:8443/"],
    ["ws://example.com/?\ud800", "ws://example.com/?%EF%BF%BD"],
    ["  ws://example.com/  ", "ws://example.com/"],
  ]) {
    test(`${JSON.stringify(given)} is ${expected}`, () => {
      assert.equal(parseSocketUrl(given).href, expected);
    });
  }

  for (const given of [
    "",
    "/relative",
    "example",
    "ws://foo bar.com/",
    "ftp://example.com/",
    "mailto:example@example.org",
    "about:blank",
    "ws://example.com/#",
    "ws://example.com/#part",
    "#part",
  ]) {
    test(`${JSON.stringify(given)} is a SyntaxError`, () => {
      assert.throws(() => parseSocketUrl(given), syntaxError);
    });
  }

  test("is relative to the base that was set", () => {
    setGlobalOrigin("https://example.com/a/b?c");
    assert.equal(parseSocketUrl("feed?x").href, "wss://example.com/a/feed?x");
    assert.equal(parseSocketUrl("//other.test/").href, "wss://other.test/");
    assert.equal(parseSocketUrl("").href, "wss://example.com/a/b?c");
    assert.throws(() => parseSocketUrl("#part"), syntaxError);
  });

  test("a base sets the origin as well, until it is taken back", () => {
    assert.equal(globalOrigin(), undefined);
    setGlobalOrigin(new URL("http://example.com:8080/page"));
    assert.equal(globalOrigin(), "http://example.com:8080");
    setGlobalOrigin("wss://example.com");
    assert.equal(globalOrigin(), "https://example.com");
    setGlobalOrigin(undefined);
    assert.equal(globalOrigin(), undefined);
    assert.throws(() => setGlobalOrigin("nothing"), TypeError);
  });

  function place(href: unknown): void {
    Object.defineProperty(globalThis, "location", { value: { href }, configurable: true });
  }

  test("is mixed content where the page has TLS and the connection has not, unless it stays on this machine", () => {
    const isMixed = (url: string): boolean => isMixedContent(new URL(url));
    setGlobalOrigin("https://set.test");
    assert.ok(!isMixed("ws://x.test"));
    try {
      place("https://page.test/");
      for (const url of [
        "ws://x.test",
        "ws://127.1.test",
        "ws://notlocalhost",
        "ws://128.0.0.1",
        "ws://[::2]",
      ])
        assert.ok(isMixed(url), url);
      for (const host of [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "127.9.9.9:8080",
        "[::1]:80",
      ])
        assert.ok(!isMixed(`ws://${host}`), host);
      assert.ok(!isMixed("wss://x.test"));
      place("http://page.test/");
      assert.ok(!isMixed("ws://x.test"));
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
  });

  test("a page is the base where there is one, and what was set comes before it", () => {
    try {
      place("https://page.test/a/b#c");
      assert.equal(parseSocketUrl("feed").href, "wss://page.test/a/feed");
      assert.equal(globalOrigin(), "https://page.test");
      setGlobalOrigin("http://set.test");
      assert.equal(globalOrigin(), "http://set.test");
      setGlobalOrigin(undefined);
      for (const href of ["about:blank", "file:///page.html", "http://", 7, undefined]) {
        place(href);
        assert.throws(() => parseSocketUrl("feed"), syntaxError);
        assert.equal(globalOrigin(), undefined);
      }
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
  });

  test("ports of other protocols are blocked, and the default ports are not", () => {
    for (const port of [1, 22, 25, 6000, 6667, 10080])
      assert.ok(hasBlockedPort(new URL(`ws://x:${port}`)), `${port}`);
    for (const url of ["ws://x", "wss://x", "ws://x:8080", "ws://x:443"])
      assert.ok(!hasBlockedPort(new URL(url)));
  });

  test("an address is on this machine, in a private network or elsewhere", () => {
    for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", undefined])
      assert.equal(addressSpaceOf(address), "loopback", address);
    for (const address of ["10.1.1.1", "172.31.0.1", "192.168.1.1", "169.254.0.9", "fd00::1", "fe80::1"])
      assert.equal(addressSpaceOf(address), "local", address);
    for (const address of ["8.8.8.8", "172.32.0.1", "2001:db8::1"])
      assert.equal(addressSpaceOf(address), "public", address);
    assert.throws(() => toAddressSpace("private"), TypeError);
  });
});
