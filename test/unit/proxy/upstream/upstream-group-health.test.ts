import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { groupSettings, selectionOf, turns, VirtualGroup } from "./virtual-group.js";

const a = "ws://a";
const b = "ws://b";
const passive = { passive: { maxFailures: 2, ejectMs: 1000 } };
const active = { active: { rise: 2, fall: 2 }, passive: false } as const;

describe("an upstream that requests find to fail", () => {
  test("gets nothing for a while, then one request, then its share again", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: passive });
    await virtual.fail(a, 2);
    assert.deepEqual(virtual.changes, [
      {
        route: "r",
        upstream: a,
        isHealthy: false,
        source: "passive",
        reason: "2 requests in a row failed, the last: refused",
      },
    ]);
    assert.deepEqual(new Set(await virtual.urls(10)), new Set([b]));
    virtual.clock.advance(1000);
    const places = await Promise.all(Array.from({ length: 6 }, () => virtual.acquire()));
    const trials = places.filter(({ upstream }) => upstream.url === a);
    assert.equal(trials.length, 1);
    trials[0].succeeded();
    assert.equal(virtual.changes.at(-1)?.isHealthy, true);
    for (const place of places) place.release();
    assert.equal((await virtual.urls(10)).filter((url) => url === a).length, 5);
  });

  test("stays out when that request fails too, and is told of once", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: passive });
    await virtual.fail(a, 2);
    virtual.clock.advance(1000);
    await virtual.fail(a, 1);
    assert.deepEqual(new Set(await virtual.urls(10)), new Set([b]));
    const [{ isEjected, ejections, failures, lastFailure }] = virtual.state.upstreams;
    assert.deepEqual([isEjected, ejections, failures, lastFailure], [true, 2, 3, "refused"]);
    assert.equal(virtual.changes.length, 1);
  });

  test("is tried all the same when there is no other, as refusing everybody helps nobody", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: passive });
    await virtual.fail(a, 2);
    await virtual.fail(b, 2);
    assert.deepEqual(new Set(await virtual.urls(4)), new Set([a, b]));
    const place = await virtual.acquire();
    place.succeeded();
    place.release();
    assert.deepEqual(new Set(await virtual.urls(4)), new Set([place.upstream.url]));
  });

  test("may be tried by who waits, though nobody comes and nobody leaves", async () => {
    const virtual = new VirtualGroup({ to: [a, { url: b, maxConnections: 1 }], health: passive });
    await virtual.fail(a, 2);
    await virtual.acquire();
    const waiting = virtual.acquire();
    virtual.clock.advance(1001);
    assert.equal((await waiting).upstream.url, a);
  });

  test("leaves those who wait for it to the others", async () => {
    const virtual = new VirtualGroup({
      to: [
        { url: a, maxConnections: 1 },
        { url: b, isBackup: true },
      ],
      health: { passive: { maxFailures: 1 } },
    });
    const place = await virtual.acquire();
    const waiting = virtual.acquire();
    place.failed();
    assert.equal((await waiting).upstream.url, b);
  });

  test("keeps its share where nobody asks requests", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: { passive: false } });
    await virtual.fail(a, 50);
    assert.equal((await virtual.urls(10)).filter((url) => url === a).length, 5);
    assert.deepEqual(virtual.changes, []);
  });
});

describe("an upstream that checks find to fail", () => {
  test("gets nothing until checks are good again", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: active });
    virtual.group.start();
    await virtual.check({ [a]: false, [b]: true });
    assert.equal(virtual.upstream(a).isHealthy, true);
    await virtual.check({ [a]: false, [b]: true });
    assert.deepEqual(virtual.changes, [
      {
        route: "r",
        upstream: a,
        isHealthy: false,
        source: "active",
        reason: "2 checks in a row failed, the last: bad",
      },
    ]);
    assert.deepEqual(new Set(await virtual.urls(10)), new Set([b]));
    await virtual.check({ [a]: true, [b]: true });
    await virtual.check({ [a]: true, [b]: true });
    assert.equal(virtual.changes.at(-1)?.reason, "2 checks in a row were good");
    assert.equal((await virtual.urls(10)).filter((url) => url === a).length, 5);
    virtual.group.stop();
  });

  test("gets nothing though there is no other", async () => {
    const virtual = new VirtualGroup({ to: a, health: active });
    virtual.group.start();
    await virtual.check({ [a]: false });
    await virtual.check({ [a]: false });
    await assert.rejects(virtual.acquire(), {
      code: "UPSTREAM_UNAVAILABLE",
      message: "no upstream of route r is in service",
    });
    assert.equal(virtual.group.hasOther(new Set()), false);
    virtual.group.stop();
  });

  test("is told to those who wait for it", async () => {
    const virtual = new VirtualGroup({
      to: a,
      maxConnections: 1,
      health: active,
      queue: { timeoutMs: 60_000 },
    });
    virtual.group.start();
    await virtual.acquire();
    const waiting = assert.rejects(virtual.acquire(), { code: "UPSTREAM_UNAVAILABLE" });
    await virtual.check({ [a]: false });
    await virtual.check({ [a]: false });
    await waiting;
    virtual.group.stop();
  });

  test("is not brought back by a request that was answered", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: { ...active, passive: { maxFailures: 1 } } });
    virtual.group.start();
    const place = await virtual.acquire();
    await virtual.check({ [a]: false, [b]: true });
    await virtual.check({ [a]: false, [b]: true });
    place.failed();
    place.succeeded();
    place.release();
    assert.equal(virtual.upstream(a).isHealthy, false);
    assert.deepEqual(new Set(await virtual.urls(4)), new Set([b]));
    assert.equal(virtual.changes.length, 1);
    virtual.group.stop();
  });

  test("comes back from checks without what requests had found before", async () => {
    const virtual = new VirtualGroup({
      to: [a, b],
      health: { ...active, passive: { maxFailures: 1, ejectMs: 1e9 } },
    });
    virtual.group.start();
    await virtual.fail(a, 1);
    for (const isGood of [false, false, true, true]) await virtual.check({ [a]: isGood, [b]: true });
    assert.equal(virtual.upstream(a).isHealthy, true);
    virtual.group.stop();
  });

  test("stays ejected by requests as long as checks were good all the time", async () => {
    const virtual = new VirtualGroup({
      to: [a, b],
      health: { ...active, passive: { maxFailures: 1, ejectMs: 1e9 } },
    });
    virtual.group.start();
    await virtual.fail(a, 1);
    for (let i = 0; i < 4; i++) await virtual.check({ [a]: true, [b]: true });
    assert.equal(virtual.upstream(a).isHealthy, false);
    virtual.group.stop();
  });
});

describe("checks", () => {
  test("do not begin before they are started, and leave nothing when they are stopped", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: { active: true } });
    assert.equal(virtual.clock.timerCount, 0);
    virtual.group.start();
    virtual.group.start();
    assert.equal(virtual.clock.timerCount, 2);
    virtual.clock.advance(500);
    assert.equal(virtual.probes.length, 2);
    virtual.group.stop();
    await turns();
    assert.deepEqual([virtual.probes.length, virtual.clock.timerCount], [0, 0]);
  });

  test("end for an upstream that a reload drops, begin for a new one, and go on for the others", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: { active: true } });
    virtual.group.start();
    virtual.clock.advance(500);
    const [ofA, ofB] = virtual.probes;
    virtual.group.configure(groupSettings({ to: [b, "ws://c"], health: { active: true } }));
    assert.deepEqual([ofA.signal.aborted, ofB.signal.aborted], [true, false]);
    virtual.clock.advance(500);
    assert.deepEqual(
      virtual.probes.map(({ url }) => url),
      [b, "ws://c"],
    );
    virtual.group.stop();
  });

  test("begin again when a reload changes how they are made; what is known stays", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: active });
    virtual.group.start();
    await virtual.check({ [a]: false, [b]: true });
    await virtual.check({ [a]: false, [b]: true });
    virtual.group.configure(groupSettings({ to: [a, b], health: { active: { path: "/up" } } }));
    assert.equal(virtual.upstream(a).isHealthy, false);
    virtual.clock.advance(500);
    assert.equal(virtual.probes.length, 2);
    virtual.group.stop();
  });

  test("that a reload turns off hold no longer", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: active });
    virtual.group.start();
    await virtual.check({ [a]: false, [b]: true });
    await virtual.check({ [a]: false, [b]: true });
    virtual.group.configure(groupSettings({ to: [a, b] }));
    assert.deepEqual(virtual.changes.at(-1), {
      route: "r",
      upstream: a,
      isHealthy: true,
      source: "active",
      reason: "nobody watches it any more",
    });
    assert.equal(virtual.clock.timerCount, 0);
  });

  test("are counted", async () => {
    const virtual = new VirtualGroup({ to: a, health: { active: true } });
    virtual.group.start();
    await virtual.check({ [a]: false });
    await virtual.check({ [a]: true });
    const [{ checks, checksFailed, isDown, lastFailure }] = virtual.state.upstreams;
    assert.deepEqual([checks, checksFailed, isDown, lastFailure], [2, 1, false, "bad"]);
    await virtual.acquire(selectionOf());
    virtual.group.stop();
  });
});
