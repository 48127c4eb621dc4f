// Requests that come back to the proxy that has sent them: they are passed on once.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { connect, HttpClient } from "sluice";
import { createProxy, type ProxyError, type ProxyOptions } from "#src/proxy/index.js";
import { startServer } from "../support/sluice-server.js";

const loopback = { port: 0, host: "127.0.0.1" };

interface Running {
  readonly url: string;
  readonly errors: ProxyError[];
  /** Requests that it has let in. */
  admitted(): number;
  use(to: string): void;
}

/** Its upstream can be chosen when it listens. */
async function startProxy(t: TestContext, options: Omit<ProxyOptions, "routes"> = {}): Promise<Running> {
  const errors: ProxyError[] = [];
  let admitted = 0;
  const hooks = {
    error: (error: Error) => void errors.push(error as ProxyError),
    request: () => void admitted++,
  };
  const whole = (to: string): ProxyOptions => ({ ...options, to, hooks });
  const proxy = createProxy(whole("ws://127.0.0.1:1"));
  t.after(() => proxy.close({ timeoutMs: 0 }));
  const { url } = await proxy.listen(loopback);
  return { url, errors, admitted: () => admitted, use: (to) => proxy.reload(whole(to)) };
}

function statusOf(url: string): Promise<number> {
  return new HttpClient().get(url.replace(/^ws/, "http")).then(({ status }) => status);
}

describe("a request that comes back to the proxy", () => {
  for (const mode of ["relay", "inspect"] as const)
    test(`is refused with 508, and the log says why (${mode})`, async (t) => {
      const proxy = await startProxy(t, { mode });
      proxy.use(proxy.url);
      assert.equal(await statusOf(proxy.url), 508);
      await assert.rejects(connect(proxy.url), { status: 508 });
      const found = proxy.errors.filter(({ code }) => code === "LOOP_DETECTED");
      assert.deepEqual(
        found.map(({ message }) => message),
        Array(2).fill(
          "an upstream of route */* leads back to this proxy, which has passed the request on before",
        ),
      );
      // Each has come twice.
      assert.equal(proxy.admitted(), 2);
    });

  test("is found by way of another proxy, too", async (t) => {
    const [one, other] = [await startProxy(t), await startProxy(t)];
    one.use(other.url);
    other.use(one.url);
    assert.equal(await statusOf(one.url), 508);
    assert.deepEqual([one.admitted(), other.admitted()], [1, 1]);
  });

  test("is not one that other proxies have passed on, whom the upstream hears of in their order", async (t) => {
    const { url: to } = await startServer(t, {
      request: ({ headers }) => ({ body: JSON.stringify(headers.getAll("cdn-loop")) }),
    });
    const [one, other] = [await startProxy(t), await startProxy(t)];
    one.use(other.url);
    other.use(to);
    const headers = { "CDN-Loop": "cdn.example; x=1", Connection: "CDN-Loop" };
    const answer = await new HttpClient().get(one.url.replace(/^ws/, "http"), { headers });
    assert.match(answer.text(), /^\["cdn\.example; x=1, sluice-[\da-f]{16}, sluice-[\da-f]{16}"\]$/);
  });

  test("is not looked for where the header is taken out", async (t) => {
    const { url: to } = await startServer(t, {
      request: ({ headers }) => ({ body: String(headers.has("cdn-loop")) }),
    });
    const proxy = await startProxy(t, { requestHeaders: { "CDN-Loop": null } });
    proxy.use(to);
    const answer = await new HttpClient().get(proxy.url.replace(/^ws/, "http"));
    assert.equal(answer.text(), "false");
  });
});
