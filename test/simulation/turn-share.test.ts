// A flood that takes several turns, and everything that can happen to its connection before, between and after them: each
// event alone and each two of them, in every turn. Whatever happened, the connection ends, and nothing that it delivered
// is out of order, doubled, or more than one turn's share.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TransportError } from "#src/transport/index.js";
import { restartingFlood } from "../support/compressed-flood.js";
import { VirtualHost } from "../support/memory-connection.js";
import { assertConsistent, SimulatedEnd } from "./simulated-end.js";
import { createSimulatedPair } from "./simulated-transport.js";

const closeTimeoutMs = 10_000;
/** Four of these are a turn's share, and the flood is three turns' work. */
const texts = Array.from({ length: 12 }, (_, i) => `${i}`);
const mostPerTurn = 4;
const turnCount = 4;
const flood = restartingFlood(texts);

class World {
  readonly host = new VirtualHost();
  readonly client: SimulatedEnd;
  readonly server: SimulatedEnd;
  readonly #finishers: (() => void)[] = [];
  #receivedBefore = 0;

  constructor(isPausedLate: boolean, isAsync: boolean) {
    const [left, right] = createSimulatedPair(this.host.turns);
    right.isPausedLate = isPausedLate;
    this.client = new SimulatedEnd(this.host, "client", left, { closeTimeoutMs });
    this.server = new SimulatedEnd(this.host, "server", right, { closeTimeoutMs, deflate: {} });
    if (isAsync) this.server.onMessage = () => new Promise<void>((resolve) => this.#finishers.push(resolve));
  }

  /** The whole flood arrives in one read. */
  begin(): void {
    this.client.sent.push(...texts);
    this.client.transport.write(flood);
    this.client.transport.deliver(Infinity);
  }

  /** What is on its way arrives where it may, and the turn ends. */
  async endTurn(): Promise<void> {
    this.client.transport.deliver(Infinity);
    this.server.transport.deliver(Infinity);
    do {
      this.#finishers.shift()?.();
      for (let i = 0; i < 5; i++) await null;
    } while (this.#finishers.length > 0);
    const delivered = this.server.received.length - this.#receivedBefore;
    assert.ok(delivered <= mostPerTurn, `${delivered} messages in one turn`);
    this.#receivedBefore = this.server.received.length;
    this.host.turns.step();
  }

  async run(turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) await this.endTurn();
  }
}

interface Event {
  name: string;
  /** The connection does not outlive it. */
  isEnd?: boolean;
  run(world: World): void;
}

const events: Event[] = [
  { name: "nothing", run() {} },
  { name: "a pause", run: ({ server }) => server.connection.pause() },
  { name: "a resume", run: ({ server }) => server.connection.resume() },
  { name: "a ping", run: ({ client }) => client.ping() },
  { name: "an answer", run: ({ server }) => server.sendMessage() },
  { name: "the end of the stream", isEnd: true, run: ({ client }) => client.transport.end() },
  {
    name: "a reset",
    isEnd: true,
    run: ({ server }) => server.transport.destroy(new TransportError("CONNECTION_RESET", "reset")),
  },
  { name: "a vanished peer", isEnd: true, run: ({ client }) => client.connection.terminate() },
  { name: "terminate", isEnd: true, run: ({ server }) => server.connection.terminate() },
  { name: "our Close", isEnd: true, run: ({ server }) => server.close(4001) },
  { name: "the peer's Close", isEnd: true, run: ({ client }) => client.close(4000) },
  {
    name: "a closing deadline",
    isEnd: true,
    run({ server, host }) {
      server.close(4001);
      host.clock.advance(closeTimeoutMs);
    },
  },
];

interface Story {
  first: Event;
  firstTurn: number;
  second: Event;
  secondTurn: number;
  isPausedLate: boolean;
  isAsync: boolean;
}

async function tell(story: Story): Promise<void> {
  const { first, firstTurn, second, secondTurn } = story;
  const world = new World(story.isPausedLate, story.isAsync);
  const { client, server, host } = world;
  world.begin();
  for (let turn = 0; turn <= turnCount; turn++) {
    if (turn === firstTurn) first.run(world);
    if (turn === secondTurn) second.run(world);
    await world.endTurn();
  }
  server.connection.resume();
  await world.run(turnCount);
  if (!first.isEnd && !second.isEnd) {
    assert.deepEqual(server.received, texts, "without an end, everything arrives");
    assert.equal(server.connection.readyState, 1);
  }
  client.close(1000);
  await world.run(3);
  // Whoever was told of nothing finds out by the deadline, or the heartbeat.
  host.clock.advance(60_000, () => host.turns.run());
  await world.run(3);
  assertConsistent(client, server);
  assert.equal(host.clock.timerCount, 0, "no timer is left behind");
  assert.ok(host.turns.isIdle);
}

describe("a flood that takes several turns", () => {
  for (const isAsync of [false, true]) {
    for (const isPausedLate of [false, true]) {
      const how = `${isAsync ? "a handler that takes time" : "a handler"}${isPausedLate ? ", one more read behind a pause" : ""}`;
      test(`ends in agreement whatever happens in whichever two turns: ${how}`, async (t) => {
        let count = 0;
        for (const first of events) {
          for (const second of events) {
            for (let firstTurn = 0; firstTurn < turnCount; firstTurn++) {
              for (let secondTurn = firstTurn; secondTurn < turnCount; secondTurn++) {
                const story = { first, firstTurn, second, secondTurn, isPausedLate, isAsync };
                await tell(story).catch((cause) => {
                  const text = `after ${first.name} in turn ${firstTurn} and ${second.name} in turn ${secondTurn}`;
                  throw new Error(text, { cause });
                });
                count++;
              }
            }
          }
        }
        t.diagnostic(`${count} stories`);
      });
    }
  }

  test("is delivered as a whole when the stream ends behind it, and then the connection ends", async () => {
    for (const isPausedLate of [false, true]) {
      const world = new World(isPausedLate, false);
      world.begin();
      world.client.transport.end();
      assert.ok(world.server.received.length < texts.length);
      await world.run(2 * turnCount);
      assert.deepEqual(world.server.received, texts);
      assert.equal(world.server.connection.readyState, 3);
    }
  });

  test("is delivered as a whole when a reset follows it, and then the connection ends", async () => {
    const world = new World(false, false);
    world.begin();
    world.server.transport.destroy(new TransportError("CONNECTION_RESET", "reset"));
    await world.run(2 * turnCount);
    assert.deepEqual(world.server.received, texts);
    assert.equal(world.server.connection.readyState, 3);
    assert.equal(world.server.assertOver().code, 1006);
  });
});
