import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveProxyOptions } from "#src/proxy/index.js";
import { httpsLocation } from "#src/proxy/routing/https-redirect.js";

const to = "ws://127.0.0.1:3000";

function redirectOf(redirectToHttps: unknown) {
  return resolveProxyOptions({ to, redirectToHttps: redirectToHttps as boolean }).routes[0].redirectToHttps;
}

describe("redirectToHttps", () => {
  test("is off, on for port 443 with 308, or as it says", () => {
    assert.equal(redirectOf(undefined), undefined);
    assert.equal(redirectOf(false), undefined);
    assert.deepEqual(redirectOf(true), { port: 443, status: 308 });
    assert.deepEqual(redirectOf({}), { port: 443, status: 308 });
    assert.deepEqual(redirectOf({ port: 8443, status: 301 }), { port: 8443, status: 301 });
  });

  test("is the default of routes that do not say otherwise", () => {
    const { routes } = resolveProxyOptions({
      to,
      redirectToHttps: true,
      routes: [
        { path: "/open", redirectToHttps: false, to },
        { name: "rest", to },
      ],
    });
    assert.deepEqual(
      routes.map(({ redirectToHttps }) => redirectToHttps?.status),
      [undefined, 308],
    );
  });

  for (const [given, message] of [
    [
      "https",
      'redirectToHttps is "https"; it takes true, false or an object, such as redirectToHttps: { port: 8443 }',
    ],
    [
      8443,
      "redirectToHttps is 8443; it takes true, false or an object, such as redirectToHttps: { port: 8443 }",
    ],
    [{ port: 0 }, "redirectToHttps.port is 0; it takes an integer from 1 to 65535"],
    [{ port: "8443" }, 'redirectToHttps.port is "8443"; it takes an integer from 1 to 65535'],
    [{ status: 303 }, "redirectToHttps.status is 303; it takes 301, 302, 307 or 308"],
    [{ code: 301 }, "code is not an option of redirectToHttps; use status"],
  ] as const)
    test(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => redirectOf(given), { code: "INVALID_ARGUMENT", message });
    });
});

describe("the place that a request is redirected to", () => {
  const [usual, other] = [{ port: 443, status: 308 } as const, { port: 8443, status: 308 } as const];

  test("is the same host, path and query over TLS", () => {
    assert.equal(
      httpsLocation(usual, "a.example", "/chat?room=7&x=%20"),
      "https://a.example/chat?room=7&x=%20",
    );
    assert.equal(httpsLocation(other, "[::1]", "/"), "https://[::1]:8443/");
  });

  test("stays at the host whatever the path looks like, and is a URL", () => {
    for (const [resource, expected] of [
      ["//evil.example/x", "//evil.example/x"],
      ["/@evil.example", "/@evil.example"],
      ['/"<>^`{|}?\\', "/%22%3C%3E%5E%60%7B%7C%7D?%5C"],
      ["/\t\u007f\u00e9\u0000", "/%09%7F%E9%00"],
      ["*", "/"],
    ]) {
      const location = httpsLocation(usual, "a.example", resource);
      assert.equal(location, `https://a.example${expected}`);
      assert.equal(new URL(location).host, "a.example");
    }
  });
});
