import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { comparablePath } from "#src/proxy/routing/request-path.js";

describe("the path that routes compare", () => {
  test("has its unreserved characters decoded, and no others", () => {
    assert.equal(comparablePath("/%61pi/%7Ea"), "/api/~a");
    assert.equal(comparablePath("/a%2fb%20c"), "/a%2Fb%20c");
    assert.equal(comparablePath("/a%zz"), "/a%zz");
    assert.equal(comparablePath("//a/"), "//a/");
  });

  test("is none where a path leads out of its prefix, however that is written", () => {
    for (const path of [
      "/a/../b",
      "/..",
      "/a/.",
      "/./a",
      "/%2e%2e/b",
      "/a/%2E./b",
      "/a%2f..%2fb",
      "/a\\b",
      "/a%5c..%5cb",
      "/a/..;/b",
      "/a/..%3bx/b",
      "/a/..%20/b",
      "/a%00",
    ])
      assert.equal(comparablePath(path), undefined, path);
    for (const path of ["/a..b", "/...", "/.well-known/x", "/a.b"]) assert.equal(comparablePath(path), path);
  });
});
