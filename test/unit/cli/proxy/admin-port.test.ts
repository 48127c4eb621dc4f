import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AdminPort, portOf } from "#src/cli/proxy/admin-port.js";
import { createProxy } from "#src/proxy/index.js";

describe("the admin port of a run", () => {
  test("knows its port where the URL leaves it out", () => {
    const urls = [
      "http://127.0.0.1:80/",
      "http://[::1]/",
      "https://127.0.0.1:443/",
      "http://127.0.0.1:9090/",
    ];
    assert.deepEqual(urls.map(portOf), [80, 80, 443, 9090]);
  });

  test("moves to another address of its own port, and from there to a free one", async (t) => {
    const proxy = createProxy({ to: "ws://127.0.0.1:1" });
    const admin = new AdminPort(proxy);
    t.after(() => Promise.all([admin.close(), proxy.close({ timeoutMs: 0 })]));
    await admin.open({ port: 0, host: "127.0.0.1" });
    const port = portOf(admin.url ?? "");
    await admin.move({ port, host: "0.0.0.0" });
    assert.equal(portOf(admin.url ?? ""), port);
    await admin.move({ port: 0, host: "127.0.0.1" });
    assert.notEqual(portOf(admin.url ?? ""), port);
  });
});
