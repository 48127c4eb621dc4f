import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { describe, test } from "node:test";
import { attach } from "sluice";
import { type NodeUpgrade, nodeUpgrade } from "./arrival.js";

function arrive(server: Server, url?: string, headers?: Record<string, string>): NodeUpgrade {
  const upgrade = nodeUpgrade(url, headers);
  server.emit("upgrade", upgrade.message, upgrade.socket, Buffer.alloc(0));
  return upgrade;
}

async function statusOf({ peer }: NodeUpgrade): Promise<number> {
  const { status } = await peer.readHead();
  peer.socket.destroy();
  return status;
}

describe("what is attached to an HTTP server", () => {
  test("shares one listener, which goes with the last", async () => {
    const http = createServer();
    const before = http.listenerCount("upgrade");
    const services = [attach(http, {}, { path: "/a" }), attach(http, {}, { path: "/b" })];
    assert.equal(http.listenerCount("upgrade"), before + 1);
    await services[0].close();
    await services[0].close();
    assert.equal(http.listenerCount("upgrade"), before + 1);
    await services[1].close();
    assert.equal(http.listenerCount("upgrade"), before);
  });

  test("is chosen by path, without its query, before one that takes every path", async () => {
    const http = createServer();
    const rest = attach(http, { upgrade: () => ({ status: 410 }) });
    const a = attach(http, { upgrade: () => ({ status: 409 }) }, { path: "/a" });
    assert.equal(await statusOf(arrive(http, "/a?b")), 409);
    assert.equal(await statusOf(arrive(http, "/c")), 410);
    await a.close({ timeoutMs: 0 });
    assert.equal(await statusOf(arrive(http, "/a")), 410);
    await rest.close({ timeoutMs: 0 });
  });

  test("has one for each path, and one for all others", async () => {
    const http = createServer();
    const services = [attach(http, {}, { path: "/a" }), attach(http, {}, { path: "/b" }), attach(http, {})];
    const advice = "give each a path of its own, or close the other first";
    for (const [options, message] of [
      [{ path: "/a" }, `another attach serves the path "/a" of this server; ${advice}`],
      [{}, `another attach serves every path of this server; ${advice}`],
    ] as const) {
      assert.throws(() => attach(http, {}, options), { code: "ALREADY_USED", message });
    }
    await services[0].close();
    services.push(attach(http, {}, { path: "/a" }));
    for (const service of services) await service.close();
    assert.equal(http.listenerCount("upgrade"), 0);
  });

  test("leaves what is not its own to other listeners, and answers 404 when there are none", async () => {
    const http = createServer();
    const service = attach(http, {}, { path: "/a" });
    assert.equal(await statusOf(arrive(http, "/b")), 404);
    let others = 0;
    http.on("upgrade", () => others++);
    const left = arrive(http, "/b");
    await new Promise(setImmediate);
    assert.deepEqual([others, left.socket.writableLength, left.socket.destroyed], [1, 0, false]);
    await service.close();
  });

  test("gives a request for another protocol back to the server, as a new connection", async () => {
    const http = createServer((_request, response) => response.end("plain"));
    const service = attach(http, {});
    const { peer } = arrive(http, "/", { upgrade: "h2c", connection: "Upgrade, close" });
    const { status } = await peer.readHead();
    assert.equal(status, 200);
    peer.socket.destroy();
    await service.close();
  });
});
