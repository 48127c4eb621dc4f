import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeChanges, needsRestart } from "#src/cli/proxy/plan-changes.js";
import { defaultDrain, type ListenerPlan, type ProxyPlan } from "#src/cli/proxy/proxy-plan.js";

const listener: ListenerPlan = {
  name: "8443",
  target: { port: 8443 },
  tls: {},
  certificates: [{ cert: "a", key: "b" }],
  proxyProtocol: false,
};

const plan: ProxyPlan = {
  listeners: [listener],
  options: {
    routes: [
      { name: "chat", path: "/chat", to: "ws://a" },
      { pathPrefix: "/api", to: "ws://b" },
    ],
  },
  accessLog: undefined,
  admin: undefined,
  drain: defaultDrain,
  warnings: [],
};

function changesTo(change: Partial<ProxyPlan>): string[] {
  return describeChanges(plan, { ...plan, ...change });
}

describe("what a reload changes", () => {
  test("is nothing when the plan says the same", () => {
    assert.deepEqual(describeChanges(plan, structuredClone(plan)), []);
    assert.deepEqual(needsRestart(plan, structuredClone(plan), structuredClone(plan.options)), []);
  });

  test("names routes that come, go, change, and change places", () => {
    const [chat, api] = plan.options.routes ?? [];
    const routesTo = (...routes: (typeof chat)[]): string[] => changesTo({ options: { routes } });
    assert.deepEqual(routesTo(chat), ["route */api* removed"]);
    assert.deepEqual(routesTo(chat, api, { host: ["a", "b"], to: "ws://c" }), ["route a,b/* added"]);
    assert.deepEqual(routesTo({ ...chat, to: "ws://z" }, api), ["route chat changed"]);
    assert.deepEqual(routesTo(api, chat), ["routes */api*, chat in another order"]);
  });

  test("names options, certificates, listeners, and what stands beside the proxy", () => {
    const renewed = { ...listener, certificates: [{ cert: "c", key: "d" }] };
    const second = { ...listener, name: "1", target: { port: 1 } };
    assert.deepEqual(changesTo({ options: { ...plan.options, maxClients: 5 } }), ["maxClients changed"]);
    assert.deepEqual(changesTo({ listeners: [renewed, second] }), [
      "listening on 1 too",
      "certificates of 8443 changed",
    ]);
    assert.deepEqual(
      changesTo({ accessLog: "-", admin: { port: 1, host: "::1" }, drain: { ...defaultDrain, code: 1001 } }),
      ["access log changed", "admin port changed", "drain changed"],
    );
  });

  test("is told apart from what only a restart can change", () => {
    const restartFor = (change: Partial<ProxyPlan>): string[] =>
      needsRestart(plan, { ...plan, ...change }, plan.options);
    assert.deepEqual(restartFor({ listeners: [] }), ["to stop listening on 8443"]);
    const other = { ...listener, proxyProtocol: true };
    assert.deepEqual(restartFor({ listeners: [other] }), ["the new proxyProtocol of 8443"]);
    const bare = { ...listener, tls: undefined, certificates: [] };
    assert.deepEqual(restartFor({ listeners: [bare] }), ["to stop TLS on 8443"]);
    assert.deepEqual(needsRestart({ ...plan, listeners: [bare] }, plan, plan.options), ["TLS on 8443"]);
    const strict = { minVersion: "TLSv1.3", requestCert: true } as const;
    const shared = { port: 8443, reusePort: true };
    assert.deepEqual(restartFor({ listeners: [{ ...listener, tls: strict, target: shared }] }), [
      "the new reusePort of 8443",
      "the new minVersion of 8443",
      "the new requestCert of 8443",
    ]);
    assert.deepEqual(restartFor({ options: { ...plan.options, transport: "node" } }), ["the new transport"]);
    assert.deepEqual(
      restartFor({ options: { ...plan.options, transport: "auto", maxHeadBytes: 16_384 } }),
      [],
    );
    assert.deepEqual(restartFor({ options: { ...plan.options, maxHeadBytes: 1, requestTimeoutMs: 1 } }), []);
  });
});
