import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeTarget, isRedirect, redirectedHeaders, redirectFailure } from "#src/handshake/index.js";
import { failed, responseHead, succeeded } from "./head-text.js";

function target(url: string) {
  return succeeded(describeTarget(new URL(url)));
}

describe("a redirect", () => {
  test("is a 301, 302, 303, 307 or 308 with one Location", () => {
    for (const status of [301, 302, 303, 307, 308]) {
      assert.equal(isRedirect(responseHead(`HTTP/1.1 ${status} x`, "Location: /b")), true);
      assert.equal(isRedirect(responseHead(`HTTP/1.1 ${status} x`)), false);
      assert.equal(isRedirect(responseHead(`HTTP/1.1 ${status} x`, "Location: /b", "Location: /c")), false);
    }
    for (const status of [101, 200, 300, 304, 305, 400]) {
      assert.equal(isRedirect(responseHead(`HTTP/1.1 ${status} x`, "Location: /b")), false);
    }
  });

  test("from wss to ws is refused, and every other is not", () => {
    failed(redirectFailure(target("wss://a/"), target("ws://a/")), "REDIRECT_INSECURE", 0);
    assert.equal(redirectFailure(target("wss://a/"), target("wss://b/")), undefined);
    assert.equal(redirectFailure(target("ws://a/"), target("wss://a/")), undefined);
    assert.equal(redirectFailure(target("ws://a/"), target("ws://b/")), undefined);
  });

  const headers = [
    ["Authorization", "Basic x"],
    ["COOKIE", "a=b"],
    ["proxy-authorization", "Basic y"],
    ["Host", "virtual"],
    ["X-Api-Key", "key"],
    ["User-Agent", "test"],
    ["accept-language", "de"],
    ["Origin", "https://page.test"],
  ] as const;

  test("within one origin keeps all headers", () => {
    assert.deepEqual(redirectedHeaders(headers, target("wss://a/x"), target("wss://a:443/y")), headers);
  });

  for (const to of ["wss://b/", "wss://a:8443/", "wss://sub.a/", "ws://a:443/"]) {
    test(`from wss://a/ to ${to} keeps only what tells nothing of the first`, () => {
      assert.deepEqual(redirectedHeaders(headers, target("wss://a/"), target(to)), headers.slice(5));
    });
  }
});
