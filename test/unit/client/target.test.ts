import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseHttpUrl, parseWebSocketUrl } from "#src/client/target.js";

const invalid = { name: "HandshakeError", code: "URL_INVALID" };

describe("the URL of a plain request", () => {
  test("leaves its fragment here", () => {
    assert.equal(parseHttpUrl("http://x.test/a?b#c").target, "/a?b");
    const url = new URL("https://x.test/#c");
    assert.equal(parseHttpUrl(url).target, "/");
    assert.equal(url.hash, "#c", "the caller's URL is left as it is");
  });

  test("that is none is URL_INVALID", () => {
    for (const url of ["", "x", "file:///etc/passwd", "http://"])
      assert.throws(() => parseHttpUrl(url), invalid);
  });
});

describe("the URL of a connection", () => {
  test("leads to a host, or to a unix socket with a target behind it", () => {
    for (const [url, host, target, socketPath] of [
      ["ws://x.test/a?b", "x.test", "/a?b", undefined],
      ["https://x.test:8443", "x.test:8443", "/", undefined],
      ["ws+unix:/run/chat.sock:/a?b", "localhost", "/a?b", "/run/chat.sock"],
      ["ws+unix:/run/chat.sock:", "localhost", "/", "/run/chat.sock"],
      ["wss+unix:///run/chat.sock", "localhost", "/", "/run/chat.sock"],
      ["ws+unix:/run/a%3Ac%25%20%C3%A9.sock:/a%3Ab", "localhost", "/a%3Ab", "/run/a:c% é.sock"],
      ["ws+unix:/run/100%.sock:/", "localhost", "/", "/run/100%.sock"],
    ] as const) {
      const address = parseWebSocketUrl(url);
      assert.deepEqual(
        [address.target.hostHeader, address.target.target, address.socketPath],
        [host, target, socketPath],
      );
      assert.equal(address.target.isSecure, url.startsWith("wss") || url.startsWith("https"), url);
    }
  });

  test("that is none is URL_INVALID, and is shown as it was given", () => {
    for (const url of ["", "x", "ftp://x.test/", "ws://x.test/#fragment"])
      assert.throws(() => parseWebSocketUrl(url), invalid, url);
    // Taken for the end of the host's name, it would be sent as one.
    assert.throws(() => parseWebSocketUrl("ws+unix:/run/chat.sock:8080"), invalid);
    assert.throws(() => parseWebSocketUrl("ws://"), { message: '"ws://" is not a URL' });
  });
});

describe("a URL without a scheme", () => {
  for (const [url, message] of [
    ["localhost:8080", '"localhost:8080" is not a URL; use "ws://localhost:8080"'],
    ["example.com/chat", '"example.com/chat" is not a URL; use "ws://example.com/chat"'],
    ["127.0.0.1:80/x?y", '"127.0.0.1:80/x?y" is not a URL; use "ws://127.0.0.1:80/x?y"'],
    ["[::1]:8080", '"[::1]:8080" is not a URL; use "ws://[::1]:8080"'],
    ["/chat", '"/chat" is not a URL'],
    ["", '"" is not a URL'],
    [undefined, "undefined is not a URL"],
    [8080, "8080 is not a URL"],
    [Object.create(null), "an object is not a URL"],
  ] as const) {
    test(message, () => {
      assert.throws(() => parseWebSocketUrl(url as string), { ...invalid, message });
    });
  }

  test("for a plain request is one of http", () => {
    assert.throws(() => parseHttpUrl("localhost:8080/x"), {
      message: '"localhost:8080/x" is not a URL; use "http://localhost:8080/x"',
    });
  });
});
