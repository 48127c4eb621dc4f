import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PatternOptions } from "#src/proxy/routing/route-pattern.js";
import { unreachableRoutes } from "#src/proxy/routing/route-reach.js";

const everything: PatternOptions = {};

describe("a route that can never match", () => {
  for (const [what, route, earlier, expected] of [
    ["behind one that has everything", { host: "a", path: "/x" }, [everything], 0],
    ["behind the same", { host: "a", path: "/x" }, [{ host: "A", path: "/x" }], 0],
    ["behind a prefix of its path", { path: "/api/v1" }, [{ pathPrefix: "/api" }], 0],
    ["behind a shorter prefix", { pathPrefix: "/api/v1" }, [{ pathPrefix: "/api/" }], 0],
    ["behind the prefix of all", { host: "a" }, [{ pathPrefix: "/" }], 0],
    ["behind a domain", { host: "x.a.b" }, [{ host: "*.a.b" }], 0],
    ["behind a larger domain", { host: "*.x.a.b" }, [{ host: "*.a.b" }], 0],
    ["behind several that have its hosts together", { host: ["a", "b"] }, [{ host: "b" }, { host: "a" }], 1],
    ["not: a domain is no name below it", { host: "a.b" }, [{ host: "*.a.b" }], undefined],
    ["not: the word only begins alike", { path: "/apix" }, [{ pathPrefix: "/api" }], undefined],
    [
      "not: a prefix with a slash at its end has not what is before it",
      { pathPrefix: "/a" },
      [{ pathPrefix: "/a/" }],
      undefined,
    ],
    ["not: nor that path", { path: "/a" }, [{ pathPrefix: "/a/" }], undefined],
    ["not: one host is left", { host: ["a", "b"] }, [{ host: "a" }], undefined],
    ["not: other hosts are left", everything, [{ host: "a" }], undefined],
    ["not: other paths are left", { pathPrefix: "/a" }, [{ path: "/a" }], undefined],
    ["not: what is below the prefix comes first", everything, [{ pathPrefix: "/a" }], undefined],
  ] as const satisfies [string, PatternOptions, PatternOptions[], number | undefined][]) {
    test(`is found ${what}`, () => {
      const routes: PatternOptions[] = [...earlier, route];
      const found = unreachableRoutes(routes).map((each) => [
        routes.indexOf(each.route),
        routes.indexOf(each.before),
      ]);
      assert.deepEqual(found, expected === undefined ? [] : [[earlier.length, expected]]);
    });
  }
});
