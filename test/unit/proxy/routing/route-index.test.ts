import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { describe, test } from "node:test";
import { RouteIndex } from "#src/proxy/routing/route-index.js";
import type { PatternOptions } from "#src/proxy/routing/route-pattern.js";
import { patternOf, type RoutePattern } from "#src/proxy/routing/route-pattern.js";
import { unreachableRoutes } from "#src/proxy/routing/route-reach.js";

const hosts = ["a", "b.a", "c.b.a", "x.c.b.a", ".a", "*.a", "*.b.a", "*.c.b.a"];
const paths = ["/", "/a", "/a/", "/a/b", "/a/b/", "/a//b", "/ab", "/b"];

/** What a pattern means, said in the plainest way. */
function hasHost(pattern: RoutePattern, host: string): boolean {
  const isIt = (wanted: string): boolean =>
    wanted.startsWith("*.")
      ? host.endsWith(wanted.slice(1)) && host.length >= wanted.length
      : host === wanted;
  return pattern.hosts.length === 0 || pattern.hosts.some(isIt);
}

function hasPath({ path, pathPrefix = "" }: RoutePattern, given: string): boolean {
  if (path !== undefined) return path === given;
  if (pathPrefix === "" || pathPrefix === given) return true;
  return given.startsWith(pathPrefix.endsWith("/") ? pathPrefix : `${pathPrefix}/`);
}

/** Every kind of pattern, in an order that a number decides. */
function shuffled(seed: number): RoutePattern[] {
  const all = [[], ...hosts.map((host) => [host]), ["a", "*.b.a"]].flatMap((host) =>
    [{}, ...paths.flatMap((path) => [{ path }, { pathPrefix: path }])].map((path) =>
      patternOf({ ...(host.length > 0 && { host }), ...path }),
    ),
  );
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return all
    .map((pattern) => ({ pattern, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ pattern }) => pattern);
}

describe("an index of routes", () => {
  for (let seed = 1; seed <= 20; seed++) {
    test(`finds what a look at each in turn finds (${seed})`, () => {
      const patterns = shuffled(seed).slice(0, seed * 4);
      const index = new RouteIndex<RoutePattern>();
      for (const pattern of patterns) index.add(pattern, pattern);
      for (const host of ["", ...hosts.filter((name) => !name.startsWith("*"))]) {
        for (const path of [...paths, "*", "/a/b/c"]) {
          const expected = patterns.find((pattern) => hasHost(pattern, host) && hasPath(pattern, path));
          assert.equal(index.find(host, path), expected, `${host}${path}`);
        }
      }
    });
  }

  test("looks no further into a host or a path than what it has", () => {
    const index = new RouteIndex<string>();
    index.add(patternOf({ host: ["*.example.com"], pathPrefix: "/api" }), "found");
    const [host, path] = [`${"a.".repeat(8000)}example.com`, `/api${"/a".repeat(8000)}`];
    const startedAt = performance.now();
    for (let i = 0; i < 1000; i++) assert.equal(index.find(host, path), "found");
    // To look at each of them costs a thousand times as much.
    assert.ok(performance.now() - startedAt < 5000);
  });

  test("makes the check of many routes no matter of their square", () => {
    const routes = Array.from({ length: 20_000 }, (_, i): PatternOptions => {
      if (i % 2 === 0) return { host: `h${i}.example.com`, pathPrefix: "/a" };
      return { path: `/a/${i}` };
    });
    const startedAt = performance.now();
    assert.deepEqual(unreachableRoutes(routes), []);
    // With a look at each pair it takes minutes.
    assert.ok(performance.now() - startedAt < 5000);
  });
});
