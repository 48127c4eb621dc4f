import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, createServer, HandshakeError, type ServerOptions, StateError } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";
import { upgradeHead } from "../support/wire.js";

interface After {
  after(hook: () => Promise<void>): void;
}

async function statusFor(
  t: After,
  origin: string | undefined,
  host: string,
  options: ServerOptions = {},
): Promise<number> {
  const { port } = await startServer(t, echo, options);
  const peer = await openRaw(t as never, { port });
  peer.write(upgradeHead({ Host: host, Origin: origin }));
  return (await peer.readHead()).status;
}

describe("by default a page of the same origin may connect", () => {
  for (const [origin, host] of [
    ["http://example.test", "example.test"],
    ["http://example.test", "example.test:80"],
    ["http://example.test:8080", "example.test:8080"],
    ["http://EXAMPLE.test", "example.TEST"],
    ["http://[::1]:3000", "[::1]:3000"],
  ]) {
    test(`${origin} on ${host}`, async (t) => assert.equal(await statusFor(t, origin, host), 101));
  }
  test("a request without an Origin header is no page's", async (t) => {
    assert.equal(await statusFor(t, undefined, "example.test"), 101);
  });
});

describe("by default every other origin is refused with 403", () => {
  for (const [what, origin] of [
    ["another host", "http://evil.test"],
    ["a suffix", "http://example.test.evil.test"],
    ["a prefix", "http://evil-example.test"],
    ["a subdomain", "http://sub.example.test"],
    ["another port", "http://example.test:8080"],
    ["another scheme", "https://example.test"],
    ["null", "null"],
    ["a user name that looks like the host", "http://example.test@evil.test"],
    ["a path that looks like the host", "http://evil.test/example.test"],
    ["a page of a file", "file://"],
    ["an extension's page", "chrome-extension://example.test"],
    ["nothing", ""],
    ["two origins", "http://example.test http://evil.test"],
    ["a trailing dot", "http://example.test."],
    ["a wildcard", "*"],
  ]) {
    test(what, async (t) => assert.equal(await statusFor(t, origin, "example.test"), 403));
  }

  test("and the error handler is told why, while the page is not", async (t) => {
    const error = firstCall<[unknown, Error]>();
    const { port } = await startServer(t, { ...echo, error: error.handler });
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead({ Host: "example.test", Origin: "https://example.test" }));
    const { status, body } = await peer.readResponse();
    assert.deepEqual([status, body], [403, "Forbidden\n"]);
    const [ws, reported] = await error.called;
    assert.equal(ws, undefined);
    assert.ok(reported instanceof HandshakeError);
    assert.equal(reported.code, "ORIGIN_FORBIDDEN");
    assert.match(reported.message, /"https:\/\/example\.test".*"example\.test".*not secure.*isSecure/);
  });

  test("and the client of a refused page reads the status", async (t) => {
    const { url } = await startServer(t, echo);
    await assert.rejects(connect(url, { origin: "http://evil.test" }), (error) => {
      assert.ok(error instanceof HandshakeError);
      assert.equal(error.code, "UNEXPECTED_STATUS");
      assert.equal(error.status, 403);
      return true;
    });
  });
});

describe("the origins option", () => {
  test("any lets every origin in", async (t) => {
    assert.equal(await statusFor(t, "http://evil.test", "example.test", { origins: "any" }), 101);
  });
  test("a list lets its members in", async (t) => {
    const options = { origins: ["https://app.test", "http://other.test:8080"] };
    assert.equal(await statusFor(t, "https://app.test", "example.test", options), 101);
    assert.equal(await statusFor(t, "https://app.test:443", "example.test", options), 101);
    assert.equal(await statusFor(t, "http://other.test:8080", "example.test", options), 101);
  });
  test("a list keeps the server's own origin out unless it names it", async (t) => {
    assert.equal(
      await statusFor(t, "http://example.test", "example.test", { origins: ["https://app.test"] }),
      403,
    );
  });
  test("a list is compared as whole origins", async (t) => {
    for (const origin of [
      "https://app.test.evil.test",
      "https://app.tes",
      "http://app.test",
      "https://app.test:8443",
    ]) {
      assert.equal(await statusFor(t, origin, "example.test", { origins: ["https://app.test"] }), 403);
    }
  });
  test("a function decides", async (t) => {
    const seen: string[] = [];
    const origins = (origin: string, request: { pathname: string }): boolean => {
      seen.push(`${origin} ${request.pathname}`);
      return origin === "http://good.test";
    };
    assert.equal(await statusFor(t, "http://good.test", "example.test", { origins }), 101);
    assert.equal(await statusFor(t, "http://bad.test", "example.test", { origins }), 403);
    assert.deepEqual(seen, ["http://good.test /", "http://bad.test /"]);
  });
  test("a function that throws: 500", async (t) => {
    const origins = (): boolean => {
      throw new Error("no");
    };
    assert.equal(await statusFor(t, "http://good.test", "example.test", { origins }), 500);
  });
  test("a function that answers something true but not true lets nobody in", async (t) => {
    const origins = (() => Promise.resolve(false)) as unknown as () => boolean;
    assert.equal(await statusFor(t, "http://good.test", "example.test", { origins }), 403);
  });
  test("behind a proxy that ends TLS, isSecure makes https the same origin", async (t) => {
    assert.equal(await statusFor(t, "https://example.test", "example.test", { isSecure: true }), 101);
    assert.equal(await statusFor(t, "http://example.test", "example.test", { isSecure: true }), 403);
  });
  test("a list with something that is no origin is refused at once", () => {
    for (const origin of ["app.test", "https://app.test/", "*", "https://*.app.test", "null"]) {
      assert.throws(() => createServer({}, { origins: [origin] }), StateError);
    }
  });
});
