import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  basicAuthorization,
  decodeSocketPath,
  describeTarget,
  encodeSocketPath,
  HandshakeError,
  type UrlParts,
} from "#src/handshake/index.js";
import { failed, succeeded } from "./head-text.js";

function targetOf(url: string) {
  return describeTarget(new URL(url));
}

describe("a WebSocket URL", () => {
  test("RFC 6455 §3: leads to host, port and resource name", () => {
    assert.deepEqual(succeeded(targetOf("wss://example.com:8443/chat?x=1")), {
      url: "wss://example.com:8443/chat?x=1",
      isSecure: true,
      hostname: "example.com",
      port: 8443,
      hostHeader: "example.com:8443",
      origin: "https://example.com:8443",
      target: "/chat?x=1",
      authorization: undefined,
    });
  });

  const ports: [url: string, port: number, hostHeader: string][] = [
    ["ws://example.com", 80, "example.com"],
    ["wss://example.com", 443, "example.com"],
    ["ws://example.com:80", 80, "example.com"],
    ["wss://example.com:443", 443, "example.com"],
    ["ws://example.com:443", 443, "example.com:443"],
    ["wss://example.com:80", 80, "example.com:80"],
  ];
  for (const [url, port, hostHeader] of ports) {
    test(`RFC 6455 §3: ${url} means port ${port}, and Host is ${hostHeader}`, () => {
      const target = succeeded(targetOf(url));
      assert.deepEqual([target.port, target.hostHeader], [port, hostHeader]);
    });
  }

  test("RFC 6455 §3: an empty path is /, and a query is kept behind it", () => {
    assert.equal(succeeded(targetOf("ws://example.com")).target, "/");
    assert.equal(succeeded(targetOf("ws://example.com?a=b")).target, "/?a=b");
    assert.equal(succeeded(targetOf("ws://example.com?")).target, "/");
  });

  test("may be written with http and https", () => {
    const plain = succeeded(targetOf("http://example.com/a"));
    assert.deepEqual([plain.url, plain.isSecure, plain.port], ["ws://example.com/a", false, 80]);
    const secure = succeeded(targetOf("https://example.com/a"));
    assert.deepEqual([secure.url, secure.isSecure, secure.port], ["wss://example.com/a", true, 443]);
  });

  test("of an IPv6 address has brackets in headers and none to dial", () => {
    const target = succeeded(targetOf("ws://[::1]:3000/"));
    assert.deepEqual([target.hostname, target.hostHeader], ["::1", "[::1]:3000"]);
    assert.equal(target.origin, "http://[::1]:3000");
  });

  test("with user name and password carries them as Basic credentials, and nowhere else", () => {
    const target = succeeded(targetOf("wss://us%C3%A9r:p%40ss@example.com/"));
    assert.equal(target.authorization, `Basic ${Buffer.from("usér:p@ss", "utf8").toString("base64")}`);
    assert.equal(target.url, "wss://example.com/");
    assert.equal(target.hostHeader, "example.com");
  });

  for (const url of ["ws://example.com/#x", "ws://example.com/#", "wss://example.com/a?b#c"]) {
    test(`RFC 6455 §3: ${url} is invalid because it has a fragment`, () => {
      failed(targetOf(url), "URL_INVALID", 0);
    });
  }

  for (const url of [
    "ftp://example.com",
    "file:///x",
    "data:,x",
    "javascript:1",
    "ws+unix:///x",
    "about:blank",
    "wsx://a/",
  ]) {
    test(`${url} is not one`, () => {
      failed(targetOf(url), "URL_INVALID", 0);
    });
  }

  test("without a host is none, whatever parser made it", () => {
    const parts: UrlParts = {
      href: "ws:///x",
      protocol: "ws:",
      hostname: "",
      port: "",
      pathname: "/x",
      search: "",
      username: "",
      password: "",
    };
    failed(describeTarget(parts), "URL_INVALID", 0);
    failed(describeTarget({ ...parts, hostname: "a b" }), "URL_INVALID", 0);
    failed(describeTarget({ ...parts, hostname: "a", port: "99999" }), "URL_INVALID", 0);
    failed(describeTarget({ ...parts, hostname: "a", protocol: "constructor" }), "URL_INVALID", 0);
    assert.equal(succeeded(describeTarget({ ...parts, hostname: "a", pathname: "" })).target, "/");
  });

  test("of any shape is a target or URL_INVALID", () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ["ws", "wss", "ftp"] }),
        (url) => {
          const { protocol, host, pathname, search } = new URL(url);
          const target = targetOf(url);
          if (target instanceof HandshakeError) assert.equal(target.code, "URL_INVALID");
          else assert.equal(target.url, `${protocol}//${host}${pathname}${search}`);
        },
      ),
    );
  });
});

describe("the path of a unix socket in a URL", () => {
  test("stands for itself when it is a plain one", () => {
    assert.equal(encodeSocketPath("/run/chat-1_a@b.sock"), "/run/chat-1_a@b.sock");
    assert.equal(encodeSocketPath("/run/a:b%3A?#.sock"), "/run/a%3Ab%253A%3F%23.sock");
  });

  test("of any characters comes back as it was, without one that would end it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (path) => {
        const encoded = encodeSocketPath(path);
        assert.match(encoded, /^(?!\/\/)[!-~]*$/);
        assert.doesNotMatch(encoded, /[:?#]/);
        assert.equal(decodeSocketPath(encoded), path);
      }),
    );
  });

  test("that no file system has, with half a character, is not refused here", () => {
    assert.equal(encodeSocketPath("/a\ud800"), "/a\ud800");
  });
});

describe("Basic credentials", () => {
  test("are absent without a user name and a password", () => {
    assert.equal(basicAuthorization("", ""), undefined);
    assert.equal(basicAuthorization("a", ""), `Basic ${btoa("a:")}`);
    assert.equal(basicAuthorization("", "b"), `Basic ${btoa(":b")}`);
  });

  test("take a lone percent sign for itself", () => {
    assert.equal(basicAuthorization("100%", "x"), `Basic ${btoa("100%:x")}`);
  });
});
