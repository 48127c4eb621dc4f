import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RoutePattern } from "#src/proxy/routing/route-pattern.js";
import { RouteTable } from "#src/proxy/routing/route-table.js";

function table(...patterns: Partial<RoutePattern>[]) {
  const routes = patterns.map((pattern, index) => ({
    index,
    pattern: { hosts: [], path: undefined, pathPrefix: undefined, ...pattern },
  }));
  const found = new RouteTable(routes);
  return (host: string, path: string) => found.find(host, path)?.index;
}

describe("a route table", () => {
  test("answers the first that matches, in their order", () => {
    const find = table({ pathPrefix: "/a" }, { path: "/a/b" }, {});
    assert.deepEqual([find("x", "/a/b"), find("x", "/b")], [0, 2]);
    assert.equal(table({ path: "/only" })("x", "/other"), undefined);
  });

  test("compares hosts as wholes, in any case, and takes every name below a domain for *.", () => {
    const find = table({ hosts: ["example.com"] }, { hosts: ["*.example.com", "[::1]"] });
    const cases: [string, number | undefined][] = [
      ["example.com", 0],
      ["EXAMPLE.com", 0],
      ["a.example.com", 1],
      ["a.b.example.com", 1],
      ["[::1]", 1],
      ["badexample.com", undefined],
      ["example.com.evil", undefined],
      [".example.com", undefined],
      ["", undefined],
    ];
    for (const [host, expected] of cases) assert.equal(find(host, "/"), expected, host);
  });

  test("takes a prefix up to a slash, without what is before one that it ends with, and a path as a whole", () => {
    const find = table({ pathPrefix: "/api" }, { pathPrefix: "/files/" }, { path: "/chat" });
    const cases: [string, number | undefined][] = [
      ["/api", 0],
      ["/api/v1", 0],
      ["/apix", undefined],
      ["/files/", 1],
      ["/files/a", 1],
      ["/files", undefined],
      ["/chat", 2],
      ["/chat/", undefined],
      ["//api", undefined],
    ];
    for (const [path, expected] of cases) assert.equal(find("x", path), expected, path);
  });
});
