import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProxy, type ProxyOptions } from "#src/proxy/index.js";

const to = "ws://127.0.0.1:1";

function refuses(options: object, message: string): void {
  assert.throws(() => createProxy(options as ProxyOptions), { code: "INVALID_ARGUMENT", message });
}

describe("options of a proxy in code", () => {
  test("are told where what a config file may say goes in code", () => {
    for (const [name, advice] of [
      ["accessLog", "use hooks: { log }, which gets an entry for each request that is over"],
      ["drain", "give it to close, as in proxy.close({ code, timeoutMs })"],
      ["admin", "use startAdmin(proxy, { port })"],
      ["certificates", "give it to listen, as in proxy.listen({ port, tls })"],
    ] as const)
      refuses({ to, [name]: "x" }, `${name} is not an option of createProxy; ${advice}`);
    refuses(
      { to, idleTimeoutMs: "none" },
      'idleTimeoutMs is "none"; it takes milliseconds, a number of at least 0, or Infinity for no limit',
    );
  });
});
