import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerHandlers, WebSocketConnection } from "sluice";
import { HeaderMap } from "#src/handshake/index.js";
import { type Admitted, admit, isRefused } from "#src/server/admission.js";
import { ConnectionRegistry } from "#src/server/connection-registry.js";
import { resolveServerOptions } from "#src/server/server-options.js";
import { sampleKey } from "../../support/wire.js";
import { type Ends, memoryEnds } from "./arrival.js";

const settings = resolveServerOptions();

function admitted(): Admitted<unknown> {
  const headers = new HeaderMap([
    ["Host", "localhost"],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", sampleKey],
    ["Sec-WebSocket-Version", "13"],
  ]);
  const head = { method: "GET", target: "/a", version: "1.1" as const, headers };
  const verdict = admit({ head, peer: { remoteAddress: "192.0.2.1", isSecure: false } }, {}, settings);
  assert.ok(!(verdict instanceof Promise) && !isRefused(verdict));
  return verdict;
}

function opened(handlers: ServerHandlers | undefined) {
  const registry = new ConnectionRegistry<unknown>();
  const ends: Ends = memoryEnds();
  const ws: WebSocketConnection = registry.open(admitted(), ends.near, undefined, settings, handlers);
  return { registry, ends, ws };
}

describe("connection registry", () => {
  test("has a connection from its opening to its end, and counts both", async () => {
    const { registry, ends, ws } = opened({});
    assert.deepEqual([...registry.connections.view], [ws]);
    const { connections, accepted, refused } = registry.metrics();
    assert.deepEqual([connections, accepted, refused], [1, 1, 0]);
    ends.far.destroy();
    await ws.closed;
    assert.deepEqual([registry.metrics().connections, registry.metrics().accepted], [0, 1]);
  });

  test("gives topics to those with handlers only", () => {
    const served = opened({});
    served.ws.subscribe("a");
    assert.equal(served.registry.topics.publish("a", "x", {}, undefined), 1);
    assert.throws(() => opened(undefined).ws.subscribe("a"), { name: "StateError" });
  });

  test("drained, it says the code to everybody and waits for the end", async () => {
    const { registry, ends, ws } = opened({});
    registry.beginClosing(1012, "back soon");
    const drained = registry.drain(1012, "back soon", Infinity);
    await ends.sink.called("receive");
    assert.match(ends.sink.text, /back soon/);
    assert.deepEqual([registry.isClosing, registry.connections.size], [true, 1]);
    ends.far.destroy();
    await drained;
    assert.equal((await ws.closed).sent?.code, 1012);
  });

  test("drained, it terminates who does not answer in time", async () => {
    const { registry, ws } = opened({});
    await registry.drain(1001, "", 1);
    assert.equal(registry.connections.size, 0);
    assert.equal((await ws.closed).code, 1006);
  });

  test("drained, it destroys what is still being answered when time is over", async () => {
    const registry = new ConnectionRegistry<unknown>();
    const { near, sink } = memoryEnds();
    registry.answering.add(near);
    await registry.drain(1001, "", 1);
    await sink.called("closed");
    assert.equal(registry.answering.size, 0);
  });

  test("does not begin to close with a code that may not be sent", () => {
    const registry = new ConnectionRegistry<unknown>();
    assert.throws(() => registry.beginClosing(1005, ""), { code: "INVALID_CLOSE_CODE" });
    assert.equal(registry.isClosing, false);
  });
});
