import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ConnectOptions, StateError, TransportError } from "sluice";
import { resolveConnectOptions } from "#src/client/connect-options.js";

describe("connect options", () => {
  test("have the documented defaults", () => {
    const settings = resolveConnectOptions({});
    assert.deepEqual(settings.protocols, []);
    assert.deepEqual(settings.headers, []);
    assert.deepEqual(settings.compression?.options, {}, "compression is offered");
    assert.equal(settings.handshakeTimeoutMs, 10_000);
    assert.equal(settings.followRedirects, 0);
    assert.equal(settings.reconnect, undefined);
    assert.equal(settings.origin, undefined);
    assert.equal(settings.connection.maxMessageBytes, 1_048_576);
  });

  test("one subprotocol may be given as a string", () => {
    assert.deepEqual(resolveConnectOptions({ protocols: "a" }).protocols, ["a"]);
    assert.deepEqual(resolveConnectOptions({ protocols: ["a", "b"] }).protocols, ["a", "b"]);
  });

  test("later changes to what was given change nothing", () => {
    const protocols = ["a"];
    const { protocols: kept } = resolveConnectOptions({ protocols });
    protocols.push("b");
    assert.deepEqual(kept, ["a"]);
  });

  for (const options of [
    { protocols: ["a", "a"] },
    { protocols: [""] },
    { followRedirects: -1 },
    { followRedirects: Infinity },
    { handshakeTimeoutMs: -1 },
    { handshakeTimeoutMs: Infinity },
    { compression: { memLevel: 10 } },
    { headers: { "a b": "c" } },
    { headers: "none" },
    { heartbeat: true },
    { maxFragments: 0 },
    { lowWaterMarkBytes: 100_000 },
  ]) {
    test(`${JSON.stringify(options)} is refused`, () => {
      assert.throws(() => resolveConnectOptions(options as unknown as ConnectOptions), StateError);
    });
  }

  test("a transport that is not here is a TransportError", () => {
    assert.throws(() => resolveConnectOptions({ transport: "uring" as "node" }), TransportError);
  });
});
