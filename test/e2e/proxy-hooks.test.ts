// The hooks of a proxy that answer nothing: when they are told, and where what they throw goes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { startProxy } from "../support/sluice-proxy.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";

const fails = (text: string) => (): never => {
  throw new Error(text);
};
const rejects = (text: string) => (): Promise<never> => Promise.reject(new Error(text));

describe("what a hook throws", () => {
  test("may be a proxy that was revoked", async (t) => {
    const server = await startServer(t, echo);
    const { proxy: thrown, revoke } = Proxy.revocable({}, {});
    revoke();
    const { url, errors } = await startProxy(t, {
      to: server.url,
      hooks: {
        request: () => {
          throw thrown;
        },
      },
    });
    await assert.rejects(connect(url), { status: 500 });
    assert.deepEqual(
      errors.map((error) => (error as { code?: string }).code),
      ["HOOK_FAILED"],
    );
  });
});

describe("a refusal by the hook request", () => {
  test("is the same for both kinds, and has a length of its own", async (t) => {
    const server = await startServer(t, echo);
    const headers = { "Content-Length": "50", Trailer: "X-End", "X-Why": "because" };
    const { url, logged } = await startProxy(t, {
      to: server.url,
      hooks: { request: () => ({ status: 403, body: "abc", headers }) },
    });
    const response = await fetch(url.replace("ws", "http"));
    assert.deepEqual([response.status, response.headers.get("x-why")], [403, "because"]);
    assert.equal(await response.text(), "abc");
    assert.equal((await logged()).status, 403);
    await assert.rejects(connect(url), { status: 403 });
    assert.equal((await logged()).status, 403);
  });
});

describe("the hooks close and log", () => {
  for (const [how, fail] of [
    ["throw", fails],
    ["reject with", rejects],
  ] as const) {
    test(`have what they ${how} told to the hook error, and nobody else is`, async (t) => {
      const server = await startServer(t, echo);
      const told: unknown[] = [];
      const { handler: second, called: both } = firstCall<[]>();
      const { url, errors } = await startProxy(t, {
        to: server.url,
        hooks: {
          close: fail("no place"),
          log: fail("disk full"),
          error: (_error, exchange) => {
            if (told.push(exchange?.url) === 2) second();
          },
        },
      });
      const ws = await connect(`${url}/room`);
      assert.equal((await ws.close(4001)).code, 4001);
      await both;
      assert.deepEqual(told, ["/room", "/room"]);
      assert.deepEqual(
        errors.map((error) => [(error as { code?: string }).code, error.message]),
        [
          ["HOOK_FAILED", "the hook close failed: no place"],
          ["HOOK_FAILED", "the hook log failed: disk full"],
        ],
      );
    });
  }

  test("are called once each for a request that has a route, and log alone for one that has none", async (t) => {
    const server = await startServer(t, echo);
    const told: string[] = [];
    const { url, logged } = await startProxy(t, {
      routes: [{ pathPrefix: "/room", to: server.url }],
      hooks: {
        close: ({ url, route }) => void told.push(`close ${url} of ${route}`),
        log: ({ url, route }) => void told.push(`log ${url} of ${route}`),
      },
    });
    await assert.rejects(connect(`${url}/elsewhere`), { status: 404 });
    await logged();
    await (await connect(`${url}/room`)).close();
    await logged();
    assert.deepEqual(told, ["log /elsewhere of undefined", "close /room of */room*", "log /room of */room*"]);
  });

  test("may have a hook error that fails too", async (t) => {
    const server = await startServer(t, echo);
    for (const fail of [fails, rejects]) {
      const { url, logged } = await startProxy(t, {
        to: server.url,
        hooks: { close: fail("close"), error: fail("error") },
      });
      await (await connect(url)).close();
      assert.equal((await logged()).error, undefined);
    }
  });
});
