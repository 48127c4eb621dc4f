import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualHost } from "../support/memory-connection.js";
import { assertConsistent, SimulatedEnd } from "./simulated-end.js";
import { createSimulatedPair } from "./simulated-transport.js";

// Every order in which two ends and the network between them can do a few things, tried out: not some orders, all of
// them up to a length. Whatever happened, both connections end, agree on how, and lose nothing on the way.

const closeTimeoutMs = 10_000;

interface World {
  host: VirtualHost;
  ends: [SimulatedEnd, SimulatedEnd];
}

interface Action {
  name: string;
  /** Whether it can change anything now. What cannot is not tried. */
  isPossible(world: World): boolean;
  run(world: World): void;
}

function actionsOf(i: 0 | 1): Action[] {
  const who = i === 0 ? "client" : "server";
  const isOpen = ({ ends }: World): boolean => ends[i].connection.link.canSend;
  return [
    {
      name: `${who} sends`,
      // Between two fragments only control frames may be sent; the queue that takes care of it is tested elsewhere.
      isPossible: (world) => isOpen(world) && world.ends[i].fragment === undefined,
      run: ({ ends }) => ends[i].sendMessage(),
    },
    { name: `${who} sends a fragment`, isPossible: isOpen, run: ({ ends }) => ends[i].sendFragment() },
    { name: `${who} pings`, isPossible: isOpen, run: ({ ends }) => ends[i].ping() },
    { name: `${who} closes`, isPossible: isOpen, run: ({ ends }) => ends[i].close(4000 + i, who) },
    {
      name: `${who} ends TCP`,
      isPossible: ({ ends }) => !ends[i].transport.hasEnded && !ends[i].transport.isDestroyed,
      run: ({ ends }) => ends[i].transport.end(),
    },
    {
      name: `${who} terminates`,
      isPossible: ({ ends }) => !ends[i].transport.isDestroyed,
      run: ({ ends }) => ends[i].connection.terminate(),
    },
    {
      name: `1 byte of the ${who}'s arrives`,
      isPossible: ({ ends }) => ends[i].transport.canDeliver,
      run: ({ ends }) => ends[i].transport.deliver(1),
    },
    {
      name: `everything of the ${who}'s arrives`,
      isPossible: ({ ends }) => ends[i].transport.canDeliver && ends[i].transport.inFlightBytes !== 1,
      run: ({ ends }) => ends[i].transport.deliver(Infinity),
    },
  ];
}

const timePasses: Action = {
  name: "time passes",
  isPossible: ({ host }) => host.clock.timerCount > 0,
  run: ({ host }) => host.clock.advance(closeTimeoutMs, () => host.turns.run()),
};
const actions = [...actionsOf(0), ...actionsOf(1), timePasses];

function createWorld(): World {
  const host = new VirtualHost();
  const [left, right] = createSimulatedPair(host.turns);
  const options = { closeTimeoutMs };
  return {
    host,
    ends: [new SimulatedEnd(host, "client", left, options), new SimulatedEnd(host, "server", right, options)],
  };
}

/** The world after these actions, each in a turn of its own; undefined when the last one cannot change anything. */
function replay(path: readonly Action[]): World | undefined {
  const world = createWorld();
  for (const [i, action] of path.entries()) {
    if (i === path.length - 1 && !action.isPossible(world)) return undefined;
    action.run(world);
    world.host.turns.run();
  }
  return world;
}

/**
 * From here on the network carries everything at once; the client closes, as one of two has to. Time stands still: while
 * the network works, nobody needs a deadline.
 */
function finishOnline({ host, ends }: World): void {
  for (let isClosing = false; ; isClosing = true) {
    while (ends.some(({ transport }) => transport.canDeliver)) {
      for (const { transport } of ends) transport.deliver(Infinity);
      host.turns.run();
    }
    if (isClosing) return;
    ends[0].close(1000);
    host.turns.run();
  }
}

/** From here on nothing arrives any more: only deadlines can end the connections. */
function finishOffline({ host }: World): void {
  // The heartbeat's silence and its timeout, and a deadline that began just before.
  host.clock.advance(30_000 + 20_000 + closeTimeoutMs, () => host.turns.run());
}

async function assertEnds(world: World, finish: (world: World) => void): Promise<void> {
  finish(world);
  // Two turns of the microtask queue: promises, and what hangs on them.
  await null;
  await null;
  assertConsistent(...world.ends);
  assert.equal(world.host.clock.timerCount, 0, "no timer is left behind");
  assert.ok(world.host.turns.isIdle);
}

/** Makes every story of possible events up to a length, finishes it, and answers how many there were. */
async function explore(maxLength: number, finish: (world: World) => void): Promise<number> {
  async function extend(path: readonly Action[]): Promise<number> {
    const world = replay(path);
    if (world === undefined) return 0;
    await assertEnds(world, finish).catch((cause) => {
      const story = path.map((action) => action.name).join(", ") || "nothing at all";
      throw new Error(`after: ${story}`, { cause });
    });
    let count = 1;
    if (path.length < maxLength) for (const action of actions) count += await extend([...path, action]);
    return count;
  }
  return extend([]);
}

describe("two connections and a network", () => {
  for (const [name, finish, maxLength] of [
    ["end in agreement when everything arrives in the end", finishOnline, 4],
    ["end by their deadlines when nothing arrives any more", finishOffline, 4],
  ] as const) {
    test(`${name}, after every order of up to ${maxLength} events`, async (t) => {
      const count = await explore(maxLength, finish);
      t.diagnostic(`${count} orders`);
      assert.ok(count > 10_000);
    });
  }
});
