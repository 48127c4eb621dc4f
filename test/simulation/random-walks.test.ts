import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { VirtualHost } from "../support/memory-connection.js";
import { seeded } from "../support/property-seed.js";
import { assertConsistent, SimulatedEnd } from "./simulated-end.js";
import { createSimulatedPair } from "./simulated-transport.js";

// Long stories instead of all short ones: streams and what waits behind them, handlers that take their time, pauses,
// compression, deliveries of any size.

/** A stream's source that yields when it is told to. */
class Feed implements AsyncIterable<string> {
  isOver = false;
  #parts: string[] = [];
  #wake: (() => void) | undefined;

  add(part: string): void {
    this.#parts.push(part);
    this.#wake?.();
  }

  end(): void {
    this.isOver = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) yield part;
      else if (this.isOver) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** An end with everything that an application does to it. */
class Actor {
  readonly end: SimulatedEnd;
  readonly feeds: Feed[] = [];
  readonly handlers: (() => void)[] = [];

  constructor(end: SimulatedEnd, isSlow: boolean) {
    this.end = end;
    if (!isSlow) return;
    end.onMessage = () => {
      assert.equal(this.handlers.length, 0, "one message at a time");
      return new Promise<void>((resolve) => this.handlers.push(resolve));
    };
  }

  send(length: number): void {
    const text = this.end.nextText().padEnd(length, ".");
    if (this.end.connection.send(text) !== "dropped") this.end.sent.push(text);
  }

  /** Begins a stream, adds to the last one, or ends it. */
  stream(length: number): void {
    const feed = this.feeds.at(-1);
    if (feed !== undefined && !feed.isOver) {
      if (length % 3 === 0) feed.end();
      else feed.add("+".repeat(length));
      return;
    }
    if (!this.end.connection.link.canSend || this.end.connection.readyState !== 1) return;
    const next = new Feed();
    const first = this.end.nextText();
    next.add(first);
    this.feeds.push(next);
    // The message's place among the others is decided now, its text when it ends.
    const index = this.end.sent.push(`${first} has not ended`) - 1;
    let text = "";
    const whole = (async function* () {
      for await (const part of next) {
        text += part;
        yield part;
      }
    })();
    this.end.connection.sendStream(whole, { compress: length % 2 === 0 }).then(
      () => {
        this.end.sent[index] = text;
      },
      () => {},
    );
  }

  /** Lets everything come to an end that waits for the application. */
  finish(): void {
    for (const feed of this.feeds) feed.end();
    for (const resolve of this.handlers.splice(0)) resolve();
    this.end.onMessage = () => undefined;
    this.end.connection.resume();
  }
}

const kinds = [
  ...(["send", "stream", "ping", "pause", "resume", "handled", "deliver", "wait"] as const),
  ...(["close", "end", "terminate"] as const),
];

interface Step {
  kind: (typeof kinds)[number];
  who: 0 | 1;
  amount: number;
}

interface Story {
  isCompressed: boolean;
  isSlow: boolean;
  isPausedLate: boolean;
  steps: Step[];
}

/** Steps of one kind or another, by anybody, with an amount of bytes or milliseconds. */
function steps(among: readonly (typeof kinds)[number][], amount: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constantFrom(...among), who: fc.constantFrom(0 as const, 1 as const), amount });
}

const small = fc.integer({ min: 1, max: 400 });
const step = fc.oneof(
  { weight: 60, arbitrary: steps(["send", "send", "stream", "stream", "stream", "ping"], small) },
  { weight: 6, arbitrary: steps(["send", "stream"], fc.constantFrom(5000, 30_000, 200_000)) },
  { weight: 36, arbitrary: steps(["deliver"], fc.constantFrom(1, 10, 100, 1000, 1_000_000)) },
  { weight: 36, arbitrary: steps(["pause", "resume", "resume", "handled", "handled", "wait"], small) },
  // Endings are rare, or most stories would be short.
  { weight: 3, arbitrary: steps(["close", "end", "terminate"], fc.constant(0)) },
  { weight: 1, arbitrary: steps(["wait"], fc.constantFrom(10_000, 30_000)) },
);
const story: fc.Arbitrary<Story> = fc.record({
  isCompressed: fc.boolean(),
  isSlow: fc.boolean(),
  isPausedLate: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 80, size: "max" }),
});

function act({ kind, amount }: Step, actor: Actor, host: VirtualHost): void {
  const { connection, transport } = actor.end;
  if (kind === "send") actor.send(amount);
  else if (kind === "stream") actor.stream(amount);
  else if (kind === "ping") actor.end.ping();
  else if (kind === "pause") connection.pause();
  else if (kind === "resume") connection.resume();
  else if (kind === "handled") actor.handlers.shift()?.();
  else if (kind === "deliver") transport.deliver(amount);
  else if (kind === "close") actor.end.close(4000);
  else if (kind === "end") transport.end();
  else if (kind === "terminate") connection.terminate();
  else host.clock.advance(amount, () => host.turns.run());
}

/** Everything that waits for the application or the network goes on, until nothing moves any more. */
async function catchUp(host: VirtualHost, actors: Actor[]): Promise<void> {
  for (let isMoving = true; isMoving; ) {
    for (const actor of actors) actor.finish();
    await host.settle();
    isMoving = actors.some(({ end }) => end.transport.canDeliver);
    for (const { end } of actors) end.transport.deliver(Infinity);
    await host.settle();
  }
}

/** No end was forced, and no deadline can have passed: everything must have come to its end by itself. */
function isOrderly(steps: Step[]): boolean {
  const waits = steps.filter(({ kind }) => kind === "wait").map(({ amount }) => amount);
  const waitedMs = waits.reduce((sum, amount) => sum + amount, 0);
  return waitedMs < 10_000 && !steps.some(({ kind }) => kind === "end" || kind === "terminate");
}

async function tell({ isCompressed, isSlow, isPausedLate, steps }: Story): Promise<void> {
  const host = new VirtualHost();
  const options = { maxMessageBytes: 10_000_000, maxBufferedBytes: Infinity };
  const withDeflate = isCompressed ? { ...options, deflate: { thresholdBytes: 100 } } : options;
  const [left, right] = createSimulatedPair(host.turns);
  left.isPausedLate = right.isPausedLate = isPausedLate;
  const actors = [
    new Actor(new SimulatedEnd(host, "client", left, withDeflate), isSlow),
    new Actor(new SimulatedEnd(host, "server", right, withDeflate), isSlow),
  ];
  for (const step of steps) {
    act(step, actors[step.who], host);
    await host.settle();
    for (const { end } of actors) assert.ok(end.connection.bufferedAmount >= 0);
  }
  await catchUp(host, actors);
  actors[0].end.close(1000);
  await catchUp(host, actors);
  if (isOrderly(steps)) {
    for (const { end } of actors) assert.equal(end.assertOver().wasClean, true);
  }
  // Whoever was told of nothing finds out by himself.
  await host.advance(60_000);
  await catchUp(host, actors);
  assertConsistent(actors[0].end, actors[1].end);
  assert.equal(host.clock.timerCount, 0);
}

describe("long stories of two connections", () => {
  test("end in agreement, in order and without loss", async (t) => {
    await fc.assert(fc.asyncProperty(story, tell), { ...seeded(t, 300), interruptAfterTimeLimit: 120_000 });
  });
});
