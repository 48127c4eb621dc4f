import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveDialOptions } from "#src/client/index.js";
import { ProxyError } from "#src/proxy/errors.js";
import { UpstreamRegistry } from "#src/proxy/upstream/upstream-registry.js";
import { VirtualClock } from "../../../support/virtual-clock.js";
import { groupSettings, neverAborted, selectionOf } from "./virtual-group.js";

function makeRegistry() {
  const clock = new VirtualClock();
  const registry = new UpstreamRegistry({
    clock,
    dial: resolveDialOptions({}),
    random: () => 0.5,
    probe: () => new Promise(() => {}),
    healthChanged: () => {},
  });
  return { clock, registry };
}

function route(name: string, to = `ws://${name}`) {
  return { ...groupSettings({ to, health: { active: true } }), route: name };
}

describe("the registry of upstreams", () => {
  test("keeps the group of a route by its name", () => {
    const { registry } = makeRegistry();
    const [a, b] = registry.configure([route("a"), route("b")]);
    const [b2, c2, a2] = registry.configure([route("b"), route("c"), route("a", "ws://other")]);
    assert.deepEqual([a2 === a, b2 === b, c2 === a || c2 === b], [true, true, false]);
    assert.deepEqual(
      registry.state.map((state) => [state.route, state.upstreams[0].url]),
      [
        ["b", "ws://b"],
        ["c", "ws://c"],
        ["a", "ws://other"],
      ],
    );
  });

  test("tells routes of one name apart by their order", () => {
    const { registry } = makeRegistry();
    const [first, second] = registry.configure([route("a", "ws://1"), route("a", "ws://2")]);
    const again = registry.configure([route("a", "ws://1"), route("a", "ws://2")]);
    assert.deepEqual([first !== second, again[0] === first, again[1] === second], [true, true, true]);
  });

  test("checks from its start on, what is new too, and what has gone no more", () => {
    const { registry, clock } = makeRegistry();
    registry.configure([route("a")]);
    assert.equal(clock.timerCount, 0);
    registry.start();
    assert.equal(clock.timerCount, 1);
    registry.configure([route("a"), route("b")]);
    assert.equal(clock.timerCount, 2);
    registry.configure([route("b")]);
    assert.equal(clock.timerCount, 1);
    registry.stop(new Error("over"));
    assert.equal(clock.timerCount, 0);
    registry.configure([route("c")]);
    assert.equal(clock.timerCount, 0);
    registry.start();
    assert.equal(clock.timerCount, 1);
    registry.stop(new Error("over"));
  });

  test("refuses all who wait when it stops", async () => {
    const { registry } = makeRegistry();
    const [group] = registry.configure([{ ...route("a"), maxConnections: 1 }]);
    await group.acquire(selectionOf(), neverAborted);
    const waiting = assert.rejects(group.acquire(selectionOf(), neverAborted), { code: "DRAINING" });
    registry.stop(new ProxyError("DRAINING", "the proxy is closing"));
    await waiting;
  });
});
