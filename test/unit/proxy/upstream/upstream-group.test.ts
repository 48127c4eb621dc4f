import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProxyError } from "#src/proxy/errors.js";
import { groupSettings, selectionOf, turns, VirtualGroup } from "./virtual-group.js";

const a = "ws://a";
const b = "ws://b";
const c = "ws://c";

/** What becomes of a promise, to be looked at. */
function follow(promise: Promise<{ upstream: { url: string } }>) {
  const seen: { url?: string; code?: string; message?: string } = {};
  promise.then(
    ({ upstream }) => {
      seen.url = upstream.url;
    },
    (error: Error & { code: string }) => {
      seen.code = error.code;
      seen.message = error.message;
    },
  );
  return seen;
}

describe("a group of upstreams", () => {
  test("goes round, and counts what goes where", async () => {
    const { group, ...virtual } = new VirtualGroup({ to: [a, b] });
    const places = [await group.acquire(selectionOf(), new AbortController().signal)];
    places.push(await group.acquire(selectionOf(), new AbortController().signal));
    assert.deepEqual(
      places.map(({ upstream }) => upstream.url),
      [a, b],
    );
    assert.equal(group.active, 2);
    places[0].release();
    places[0].release();
    assert.equal(group.active, 1);
    assert.deepEqual(
      group.state.upstreams.map(({ active, total }) => [active, total]),
      [
        [0, 1],
        [1, 1],
      ],
    );
    assert.deepEqual(virtual.changes, []);
  });

  test("leaves out those that were tried", async () => {
    const virtual = new VirtualGroup({ to: [a, b] });
    const tried = [virtual.upstream(a)];
    assert.deepEqual(await virtual.urls(3, selectionOf({ tried })), [b, b, b]);
    assert.equal(virtual.group.hasOther(new Set(tried)), true);
    assert.equal(virtual.group.hasOther(new Set(virtual.group.upstreams)), false);
    await assert.rejects(virtual.acquire(selectionOf({ tried: virtual.group.upstreams })), {
      code: "UPSTREAM_UNAVAILABLE",
      message: "no upstream of route r is in service beside those that were tried",
    });
  });

  test("turns to backups only when none of the others is left", async () => {
    const virtual = new VirtualGroup({
      to: [a, { url: b, isBackup: true }],
      health: { passive: { maxFailures: 1 } },
    });
    assert.deepEqual(await virtual.urls(3), [a, a, a]);
    assert.deepEqual(await virtual.urls(1, selectionOf({ tried: [virtual.upstream(a)] })), [b]);
    await virtual.fail(a, 1);
    assert.deepEqual(await virtual.urls(2), [b, b]);
    virtual.clock.advance(10_000);
    assert.deepEqual(await virtual.urls(1), [a]);
  });

  test("does not turn to backups because the others are full", async () => {
    const virtual = new VirtualGroup({
      to: [
        { url: a, maxConnections: 1 },
        { url: b, isBackup: true },
      ],
    });
    const place = await virtual.acquire();
    const waiting = virtual.acquire();
    assert.equal(virtual.state.waiting, 1);
    place.release();
    assert.equal((await waiting).upstream.url, a);
  });

  test("keeps a key at its upstream, and moves it only while that one is out of service", async () => {
    const virtual = new VirtualGroup({
      to: [a, b, c],
      balance: { hash: { cookie: "sid" } },
      health: { passive: { maxFailures: 1 } },
    });
    const selection = selectionOf({ headers: [["Cookie", "x=1; sid=abc"]] });
    const [home] = await virtual.urls(1, selection);
    assert.deepEqual(new Set(await virtual.urls(20, selection)), new Set([home]));
    await virtual.fail(home, 1);
    const [other] = new Set(await virtual.urls(20, selection));
    assert.notEqual(other, home);
    virtual.clock.advance(10_000);
    const trial = await virtual.acquire(selection);
    assert.equal(trial.upstream.url, home);
    trial.succeeded();
    trial.release();
    assert.deepEqual(new Set(await virtual.urls(20, selection)), new Set([home]));
  });
});

describe("limits", () => {
  test("of an upstream send requests to others, and let them wait when all are full", async () => {
    const virtual = new VirtualGroup({ to: [a, b].map((url) => ({ url, maxConnections: 1 })) });
    const first = await virtual.acquire();
    await virtual.acquire();
    const third = follow(virtual.acquire());
    const fourth = follow(virtual.acquire());
    await turns();
    assert.deepEqual([third, fourth, virtual.state.waiting], [{}, {}, 2]);
    first.release();
    await turns();
    assert.deepEqual([third, fourth, virtual.state.waiting], [{ url: a }, {}, 1]);
  });

  test("of the route are waited for in the same queue", async () => {
    const virtual = new VirtualGroup({ to: [a, b], maxConnections: 1 });
    const first = await virtual.acquire();
    const second = follow(virtual.acquire());
    await turns();
    assert.deepEqual(second, {});
    first.release();
    await turns();
    assert.deepEqual([second, virtual.group.active], [{ url: b }, 1]);
  });

  test("end the wait after its deadline, with what was waited for", async () => {
    const virtual = new VirtualGroup({ to: { url: a, maxConnections: 1 }, queue: { timeoutMs: 100 } });
    await virtual.acquire();
    const second = follow(virtual.acquire());
    virtual.clock.advance(99);
    await turns();
    assert.deepEqual(second, {});
    virtual.clock.advance(1);
    await turns();
    assert.deepEqual(second, {
      code: "QUEUE_TIMED_OUT",
      message:
        "no place at route r became free within 100 ms (queue.timeoutMs): each upstream in service has as many connections as it may (to: { maxConnections })",
    });
    assert.deepEqual([virtual.state.waiting, virtual.state.timedOut], [0, 1]);
  });

  test("have no more wait than may", async () => {
    const virtual = new VirtualGroup({ to: a, maxConnections: 1, queue: { maxWaiting: 1 } });
    await virtual.acquire();
    void virtual.acquire();
    await assert.rejects(virtual.acquire(), {
      code: "TOO_MANY_CONNECTIONS",
      message:
        "route r is full: it has 1 connections (maxConnections), and 1 requests wait already (queue.maxWaiting)",
    });
    assert.deepEqual([virtual.state.waiting, virtual.state.turnedAway], [1, 1]);
  });

  test("let nobody wait where no queue is wanted", async () => {
    const virtual = new VirtualGroup({ to: a, maxConnections: 1, queue: { maxWaiting: 0 } });
    const place = await virtual.acquire();
    await assert.rejects(virtual.acquire(), { code: "TOO_MANY_CONNECTIONS" });
    place.release();
    await virtual.acquire();
  });

  test("are waited for by nobody who has gone", async () => {
    const virtual = new VirtualGroup({ to: a, maxConnections: 1 });
    const place = await virtual.acquire();
    const gone = new AbortController();
    const reason = new ProxyError("DRAINING", "the proxy is closing");
    const leaving = assert.rejects(virtual.acquire(selectionOf(), gone.signal), reason);
    const staying = follow(virtual.acquire());
    gone.abort(reason);
    await leaving;
    assert.equal(virtual.state.waiting, 1);
    assert.equal(virtual.clock.timerCount, 1);
    place.release();
    await turns();
    assert.deepEqual([staying, virtual.clock.timerCount], [{ url: a }, 0]);
    await assert.rejects(virtual.acquire(selectionOf(), gone.signal), reason);
    assert.equal(virtual.group.active, 1);
  });

  test("let who comes again go before those who come for the first time", async () => {
    const virtual = new VirtualGroup({ to: [a, b], maxConnections: 1 });
    const place = await virtual.acquire();
    const first = follow(virtual.acquire());
    const again = follow(virtual.acquire(selectionOf({ tried: [virtual.upstream(a)] })));
    place.release();
    await turns();
    assert.deepEqual([again, first], [{ url: b }, {}]);
  });

  test("let one pass who can have what the first in the queue cannot", async () => {
    const virtual = new VirtualGroup({ to: [a, b].map((url) => ({ url, maxConnections: 1 })) });
    const atA = await virtual.acquire();
    const atB = await virtual.acquire();
    const notA = follow(virtual.acquire(selectionOf({ tried: [virtual.upstream(a)] })));
    const any = follow(virtual.acquire());
    atA.release();
    await turns();
    assert.deepEqual([notA, any], [{}, { url: a }]);
    atB.release();
    await turns();
    assert.deepEqual(notA, { url: b });
  });

  test("keep nobody waiting when the proxy closes", async () => {
    const virtual = new VirtualGroup({ to: a, maxConnections: 1 });
    await virtual.acquire();
    const waiting = follow(virtual.acquire());
    virtual.group.refuseWaiting(new ProxyError("DRAINING", "the proxy is closing"));
    await turns();
    assert.deepEqual([waiting.code, virtual.state.waiting, virtual.clock.timerCount], ["DRAINING", 0, 0]);
    await assert.rejects(virtual.acquire(), { code: "DRAINING" });
    virtual.group.start();
    void virtual.acquire();
    assert.equal(virtual.state.waiting, 1);
  });
});

describe("a reload", () => {
  test("keeps what is known of an upstream, and its connections", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: { passive: { maxFailures: 1 } } });
    const place = await virtual.acquire();
    await virtual.fail(b, 1);
    const before = virtual.upstream(a);
    virtual.group.configure(
      groupSettings({ to: [c, { url: a, weight: 3 }, b], health: { passive: { maxFailures: 1 } } }),
    );
    assert.equal(virtual.upstream(a), before);
    assert.deepEqual(
      virtual.state.upstreams.map(({ url, weight, active, failures, isEjected }) => [
        url,
        weight,
        active,
        failures,
        isEjected,
      ]),
      [
        [c, 1, 0, 0, false],
        [a, 3, 1, 0, false],
        [b, 1, 0, 1, true],
      ],
    );
    place.release();
    assert.equal(virtual.group.active, 0);
  });

  test("that drops an upstream leaves its connections alone", async () => {
    const virtual = new VirtualGroup({ to: [a, b] });
    const place = await virtual.acquire();
    virtual.group.configure(groupSettings({ to: b }));
    assert.deepEqual(await virtual.urls(2), [b, b]);
    place.failed(new Error("late"));
    place.release();
    assert.equal(virtual.group.active, 0);
    assert.deepEqual(virtual.changes, []);
  });

  test("takes an upstream with other TLS for another", () => {
    const virtual = new VirtualGroup({ to: { url: "wss://h", tls: { servername: "x" } } });
    const before = virtual.upstream("wss://h");
    virtual.group.configure(groupSettings({ to: { url: "wss://h", tls: { servername: "y" } } }));
    assert.notEqual(virtual.upstream("wss://h"), before);
    assert.deepEqual(virtual.upstream("wss://h").dial.tls, { servername: "y" });
  });

  test("lets those who wait have what there is more of", async () => {
    const virtual = new VirtualGroup({ to: { url: a, maxConnections: 1 } });
    await virtual.acquire();
    const waiting = follow(virtual.acquire());
    virtual.group.configure(groupSettings({ to: [{ url: a, maxConnections: 1 }, b] }));
    await turns();
    assert.deepEqual(waiting, { url: b });
  });

  test("takes an upstream back into service that nobody watches any more", async () => {
    const virtual = new VirtualGroup({ to: [a, b], health: { passive: { maxFailures: 1 } } });
    await virtual.fail(a, 1);
    virtual.group.configure(groupSettings({ to: [a, b], health: { passive: false } }));
    assert.deepEqual(
      virtual.changes.map(({ isHealthy, reason }) => [isHealthy, reason]),
      [
        [false, "1 requests in a row failed, the last: refused"],
        [true, "nobody watches it any more"],
      ],
    );
  });

  test("moves no key of a hash but those it has to", async () => {
    const virtual = new VirtualGroup({ to: [a, b], balance: { hash: "address" } });
    const addresses = Array.from({ length: 100 }, (_, i) => selectionOf({ address: `10.0.0.${i}` }));
    const urls = () => Promise.all(addresses.map(async (address) => (await virtual.urls(1, address))[0]));
    const before = await urls();
    virtual.group.configure(groupSettings({ to: [c, b, a], balance: { hash: "address" } }));
    const after = await urls();
    for (const [i, url] of after.entries()) if (url !== before[i]) assert.equal(url, c);
  });
});
