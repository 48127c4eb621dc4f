import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { replacedPath } from "#src/proxy/routing/replaced-path.js";
import { patternOf } from "#src/proxy/routing/route-pattern.js";

describe("a path that is replaced", () => {
  for (const [pathPrefix, replacement, path, expected] of [
    ["/v2", "/", "/v2/x", "/x"],
    ["/v2", "/", "/v2", "/"],
    ["/v2", "/", "/v2/", "/"],
    ["/v2", "", "/v2/x", "/x"],
    ["/v2", "", "/v2", "/"],
    ["/v2", "/app", "/v2/x/", "/app/x/"],
    ["/v2", "/app", "/v2", "/app"],
    ["/v2", "/app", "/v2/", "/app/"],
    ["/v2", "/app/", "/v2/x", "/app/x"],
    ["/v2", "/app/", "/v2", "/app/"],
    ["/v2/", "/", "/v2/x", "/x"],
    ["/v2/", "", "/v2/", "/"],
    ["/v2/", "/app", "/v2/x", "/app/x"],
    ["/v2/", "/app", "/v2/", "/app/"],
    ["/v2/", "/app/", "/v2/x", "/app/x"],
    ["/", "/app", "/x", "/app/x"],
    ["/", "/app", "/", "/app/"],
    ["/", "/", "/x", "/x"],
    // What begins with two slashes is a host for some servers.
    ["/v2", "", "/v2//x", "/x"],
    ["/v2/", "/", "/v2///x//y", "/x//y"],
  ] as const) {
    test(`has one slash at the seam: ${path} with "${replacement}" for ${pathPrefix}`, () => {
      assert.equal(replacedPath(path, patternOf({ pathPrefix }), replacement), expected);
    });
  }

  test("is the replacement where it matched as a whole", () => {
    assert.equal(replacedPath("/a/", patternOf({ path: "/a/" }), "/b"), "/b");
    assert.equal(replacedPath("/a", patternOf({ path: "/a" }), ""), "/");
  });
});
