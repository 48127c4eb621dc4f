import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { RouteOptions } from "#src/proxy/route-options.js";
import type { Place } from "#src/proxy/upstream/place.js";
import { seeded } from "../support/property-seed.js";
import { groupSettings, selectionOf, turns, VirtualGroup } from "../unit/proxy/upstream/virtual-group.js";

const urls = ["ws://a", "ws://b", "ws://c"];

/** A route with narrow limits, so that they are met. */
const route: fc.Arbitrary<RouteOptions> = fc.record({
  to: fc.tuple(
    ...urls.map((url) =>
      fc.record({
        url: fc.constant(url),
        weight: fc.integer({ min: 1, max: 3 }),
        maxConnections: fc.constantFrom(1, 2, 3, Infinity),
        isBackup: fc.boolean(),
      }),
    ),
  ),
  balance: fc.constantFrom("round-robin" as const, "least-connections" as const, {
    hash: "address" as const,
  }),
  maxConnections: fc.constantFrom(1, 3, 5, Infinity),
  queue: fc.record({ maxWaiting: fc.integer({ min: 0, max: 4 }), timeoutMs: fc.constantFrom(0, 50, 1000) }),
  health: fc.record({
    passive: fc.constantFrom(
      false as const,
      { maxFailures: 1, ejectMs: 40 },
      { maxFailures: 2, ejectMs: 500 },
    ),
    active: fc.constantFrom(false, { intervalMs: 30, timeoutMs: 20, rise: 1, fall: 1 }),
  }),
});

type Event =
  | { readonly what: "acquire"; readonly tried: readonly number[]; readonly address: string }
  | { readonly what: "release" | "succeed" | "fail" | "abort"; readonly which: number }
  | { readonly what: "check"; readonly which: number; readonly isGood: boolean }
  | { readonly what: "advance"; readonly ms: number }
  | { readonly what: "reload"; readonly kept: readonly number[] };

const which = fc.nat(20);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("acquire" as const),
      tried: fc.subarray([0, 1, 2], { maxLength: 2 }),
      address: fc.constantFrom("1", "2", "3"),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom(
        "release" as const,
        "release" as const,
        "succeed" as const,
        "fail" as const,
        "abort" as const,
      ),
      which,
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("check" as const), which, isGood: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant("advance" as const), ms: fc.constantFrom(1, 20, 60, 600) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("reload" as const),
      kept: fc.subarray([0, 1, 2], { minLength: 1 }),
    }),
  },
);

/** Requests that come, wait, go and fail in any order, and what has to hold behind each step. */
class Run {
  readonly #options: RouteOptions;
  readonly #virtual: VirtualGroup;
  readonly #held: Place[] = [];
  readonly #waiting: AbortController[] = [];
  readonly #codes = new Set<string>();

  constructor(options: RouteOptions) {
    this.#options = options;
    this.#virtual = new VirtualGroup(options);
    this.#virtual.group.start();
  }

  async step(event: Event): Promise<void> {
    this.#act(event);
    await turns();
    this.#check();
  }

  async end(): Promise<void> {
    const { group, clock } = this.#virtual;
    while (this.#held.length > 0) {
      this.#pick(this.#held, 0)?.release();
      await turns();
    }
    clock.advance(2000);
    await turns();
    for (const place of this.#held.splice(0)) place.release();
    group.stop();
    await turns();
    assert.deepEqual(
      [group.active, group.state.waiting, this.#waiting.length, clock.timerCount],
      [0, 0, 0, 0],
    );
    for (const code of this.#codes)
      assert.ok(
        ["TOO_MANY_CONNECTIONS", "QUEUE_TIMED_OUT", "UPSTREAM_UNAVAILABLE", "left"].includes(code),
        code,
      );
  }

  #act(event: Event): void {
    const { group, clock, probes } = this.#virtual;
    switch (event.what) {
      case "acquire":
        this.#acquire(event.tried, event.address);
        break;
      case "release":
        this.#pick(this.#held, event.which)?.release();
        break;
      case "succeed":
        this.#held.at(event.which % (this.#held.length || 1))?.succeeded();
        break;
      case "fail":
        this.#held.at(event.which % (this.#held.length || 1))?.failed(new Error("failed"));
        break;
      case "abort":
        this.#waiting.at(event.which % (this.#waiting.length || 1))?.abort({ code: "left" });
        break;
      case "check": {
        const probe = probes.at(event.which % (probes.length || 1));
        if (event.isGood) probe?.good();
        else probe?.bad();
        break;
      }
      case "advance":
        clock.advance(event.ms);
        break;
      default: {
        const all = this.#options.to as readonly { url: string }[];
        group.configure(groupSettings({ ...this.#options, to: event.kept.map((at) => all[at]) }));
      }
    }
  }

  #acquire(tried: readonly number[], address: string): void {
    const { group } = this.#virtual;
    const gone = new AbortController();
    this.#waiting.push(gone);
    const upstreams = tried.map((at) => group.upstreams.at(at)).filter((upstream) => upstream !== undefined);
    const leave = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(gone), 1);
    };
    group.acquire(selectionOf({ address, tried: upstreams }), gone.signal).then(
      (place) => {
        leave();
        assert.ok(!upstreams.includes(place.upstream), "one that was tried is tried again");
        this.#held.push(place);
      },
      (error: { code: string }) => {
        leave();
        this.#codes.add(error.code);
      },
    );
  }

  #pick(places: Place[], at: number): Place | undefined {
    return places.splice(at % (places.length || 1), 1).at(0);
  }

  #check(): void {
    const { group } = this.#virtual;
    const { active, maxConnections, waiting, maxWaiting, upstreams } = group.state;
    assert.equal(active, this.#held.length);
    assert.ok(active <= maxConnections, `${active} of ${maxConnections}`);
    assert.equal(waiting, this.#waiting.length);
    assert.ok(!this.#waiting.some(({ signal }) => signal.aborted), "one waits who has gone");
    assert.ok(waiting <= maxWaiting, `${waiting} wait, of ${maxWaiting}`);
    for (const [index, state] of upstreams.entries()) {
      const upstream = group.upstreams[index];
      const held = this.#held.filter((place) => place.upstream === upstream);
      assert.equal(state.active, held.length);
      assert.ok(
        state.active <= state.maxConnections,
        `${state.url} has ${state.active} of ${state.maxConnections}`,
      );
      assert.ok(state.total >= state.active);
      assert.equal(state.isHealthy, !state.isDown && !state.isEjected);
    }
    const isRoomEverywhere = upstreams.every(
      (state) => state.isHealthy && state.active < state.maxConnections,
    );
    if (active < maxConnections && isRoomEverywhere && upstreams.length === urls.length)
      assert.equal(waiting, 0, "one waits for nothing");
  }
}

describe("the places of a route", () => {
  test("are never more than may be, never less than none, and none is lost", async (t) => {
    await fc.assert(
      fc.asyncProperty(route, fc.array(event, { maxLength: 60 }), async (options, events) => {
        const run = new Run(options);
        for (const one of events) await run.step(one);
        await run.end();
      }),
      seeded(t, 300),
    );
  });
});
