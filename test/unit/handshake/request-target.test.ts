import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseRequestTarget, validateUpgradeRequest } from "#src/handshake/index.js";
import { failed, succeeded, upgradeRequest } from "./head-text.js";

describe("the target of an upgrade request", () => {
  const offerOf = (target: string, host = "server.example.com") =>
    validateUpgradeRequest(upgradeRequest({ Host: host }, `GET ${target} HTTP/1.1`));

  const resources: [target: string, resourceName: string, path: string][] = [
    ["/", "/", "/"],
    ["/chat?a=b?c", "/chat?a=b?c", "/chat"],
    ["/?", "/?", "/"],
    ["/%2e%2e/x", "/%2e%2e/x", "/%2e%2e/x"],
    ["//evil.com/x", "//evil.com/x", "//evil.com/x"],
    ["/http://evil.com/", "/http://evil.com/", "/http://evil.com/"],
    ["http://server.example.com/chat?x", "/chat?x", "/chat"],
    ["http://SERVER.example.com:80", "/", "/"],
    ["ws://server.example.com?x", "/?x", "/"],
  ];
  for (const [target, resourceName, path] of resources) {
    test(`${target} is the resource ${resourceName}`, () => {
      const offer = succeeded(offerOf(target));
      assert.deepEqual([offer.resourceName, offer.path], [resourceName, path]);
    });
  }

  test("of another host than Host is none", () => {
    assert.deepEqual(parseRequestTarget("http://a/x?y", "a"), { resourceName: "/x?y", path: "/x" });
    assert.equal(parseRequestTarget("http://a/x?y", "b"), undefined);
  });

  test("in absolute-form may name the secure port when Host does", () => {
    assert.equal(succeeded(offerOf("https://a/x", "a:443")).path, "/x");
    failed(offerOf("https://a/x", "a:80"), "TARGET_INVALID", 400);
  });

  for (const target of [
    "*",
    "chat",
    "evil.com:443",
    "http://evil.com/chat",
    "http://server.example.com:8080/chat",
    "http://server.example.com@evil.com/",
    "http://user@server.example.com/",
    "http:///chat",
    "http:/chat",
    "ftp://server.example.com/chat",
    "javascript:alert(1)",
    "/chat#fragment",
    "/#",
    "?x",
    "\\\\evil.com",
  ]) {
    test(`is refused with 400 when it is ${target}`, () => {
      failed(offerOf(target), "TARGET_INVALID", 400);
    });
  }
});
