import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveProxyOptions } from "#src/proxy/index.js";

const to = "ws://127.0.0.1:3000";

describe("the options of a proxy", () => {
  test("give each route a name of its own, or are refused", () => {
    const refused: [string, Parameters<typeof resolveProxyOptions>[0]][] = [
      [
        "a",
        {
          routes: [
            { name: "a", path: "/a", to },
            { path: "/b", to },
            { name: "a", path: "/c", to },
          ],
        },
      ],
      ["b", { name: "b", to, routes: [{ path: "/a" }, { name: "c" }, { path: "/b" }] as never }],
      [
        "*/x*",
        {
          routes: [
            { name: "*/x*", path: "/a", to },
            { path: "/b", to },
            { pathPrefix: "/x", to },
          ],
        },
      ],
    ];
    for (const [name, options] of refused)
      assert.throws(() => resolveProxyOptions(options), {
        code: "INVALID_ARGUMENT",
        message: `routes[2] has the name "${name}", which routes[0] has too; logs and metrics know routes by their names: give it another`,
      });
    const { routes } = resolveProxyOptions({
      name: "rest",
      to,
      routes: [{ name: "a", path: "/a" }, {}] as never,
    });
    assert.deepEqual(
      routes.map(({ name }) => name),
      ["a", "rest"],
    );
  });
});
