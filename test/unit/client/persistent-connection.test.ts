import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CloseInfo, ReconnectOptions, WebSocketConnection } from "sluice";
import { connectPersistently } from "#src/client/persistent-connection.js";
import { resolveReconnect } from "#src/client/reconnect-policy.js";
import { createMemoryPair } from "#src/transport/index.js";
import { createConnection, MemoryPeer, VirtualHost } from "../../support/memory-connection.js";

const failure = new Error("nobody answers");

/** Connects over and over, as the plan says: true is a connection, an error an attempt that failed. */
class Attempts {
  readonly host = new VirtualHost();
  readonly peers: MemoryPeer[] = [];
  readonly events: string[] = [];
  readonly stop = new AbortController();
  random = 0;
  ws!: WebSocketConnection;
  readonly #plan: (true | Error)[];

  constructor(...plan: (true | Error)[]) {
    this.#plan = plan;
  }

  async connect(options: ReconnectOptions = {}): Promise<void> {
    const policy = resolveReconnect({
      minDelayMs: 0,
      maxDelayMs: 0,
      shouldRetry: () => true,
      onRetry: ({ attempt, cause }) => {
        this.events.push(`retry ${attempt} ${cause instanceof Error ? cause.message : cause.code}`);
      },
      onReconnect: () => void this.events.push("reconnect"),
      ...options,
    });
    assert.ok(policy);
    const open = async () => {
      const next = this.#plan.shift() ?? assert.fail("nothing more was planned");
      if (next !== true) throw next;
      const [left, right] = createMemoryPair({ turns: this.host.turns });
      this.peers.push(new MemoryPeer(right, false));
      return createConnection(this.host, "client", left, {});
    };
    const opening = connectPersistently(open, policy, this.stop.signal, {
      clock: this.host.clock,
      turns: this.host.turns,
      schedule: (delayMs, callback) => this.host.clock.schedule(delayMs, callback, undefined),
      random: () => this.random,
    });
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    opening.then(settle, settle);
    do await this.host.advance(1);
    while (!isSettled);
    this.ws = await opening;
  }

  /** The peer's end of the newest connection closes it with this code, and ends the stream as a server does. */
  async lose(code = 1012): Promise<void> {
    const peer = this.peers[this.peers.length - 1];
    peer.close(code);
    peer.transport.end();
    await this.host.settle();
  }

  /** Lets time pass until it has happened. */
  async until(event: string): Promise<void> {
    do await this.host.advance(1);
    while (!this.events.includes(event));
  }

  /** The same until there have been so many connections, and the newest is in its place. */
  async untilConnections(count: number): Promise<void> {
    do await this.host.advance(1);
    while (this.peers.length < count || this.ws.readyState !== 1);
  }
}

describe("persistent connection", () => {
  test("takes several attempts to begin with, if need be", async () => {
    const attempts = new Attempts(failure, failure, true);
    await attempts.connect();
    assert.deepEqual(attempts.events, ["retry 1 nobody answers", "retry 2 nobody answers"]);
    assert.equal(attempts.ws.readyState, 1);
  });

  test("rejects with the last failure when there are no attempts left", async () => {
    const last = new Error("still nobody");
    await assert.rejects(new Attempts(failure, last).connect({ retries: 1 }), (error) => error === last);
  });

  test("rejects with ABORTED when the caller gives up while it waits", async () => {
    const attempts = new Attempts(failure);
    const options = { minDelayMs: 60_000, maxDelayMs: 60_000, onRetry: () => attempts.stop.abort("why") };
    await assert.rejects(attempts.connect(options), { name: "AbortError", code: "ABORTED", cause: "why" });
  });

  test("is connecting while it has none, drops what is sent, and goes on with the next", async () => {
    const attempts = new Attempts(true, failure, true);
    await attempts.connect({ minDelayMs: 1, maxDelayMs: 1, jitter: 0 });
    const { ws, peers } = attempts;
    await attempts.lose();
    assert.equal(ws.readyState, 0);
    assert.equal(ws.send("into the gap"), "dropped");
    await attempts.until("reconnect");
    assert.deepEqual(attempts.events, ["retry 1 1012", "retry 2 nobody answers", "reconnect"]);
    assert.equal(ws.readyState, 1);
    ws.send("to the next");
    await attempts.host.settle();
    assert.deepEqual(peers[1].take(), ["text to the next"]);
  });

  test("counts attempts from one again once a connection has stayed open for minUptimeMs", async () => {
    const attempts = new Attempts(true, true, true);
    await attempts.connect({ retries: 1, minUptimeMs: 3000 });
    for (let round = 0; round < 2; round++) {
      attempts.events.length = 0;
      await attempts.host.advance(3000);
      await attempts.lose();
      await attempts.until("reconnect");
      assert.deepEqual(attempts.events, ["retry 1 1012", "reconnect"]);
    }
  });

  test("goes on counting, and waits longer each time, where connections end right after they have opened", async () => {
    const delays: number[] = [];
    const attempts = new Attempts(true, true, failure, true);
    await attempts.connect({
      retries: 3,
      minDelayMs: 1,
      maxDelayMs: 100,
      jitter: 0,
      minUptimeMs: 3000,
      onRetry: ({ attempt, delayMs }) => delays.push(attempt, delayMs),
    });
    for (let count = 1; count <= 2; count++) {
      await attempts.host.advance(2999);
      await attempts.lose();
      await attempts.untilConnections(count + 1);
    }
    await attempts.host.advance(2999);
    await attempts.lose();
    assert.equal((await attempts.ws.closed).code, 1012);
    assert.equal(attempts.ws.readyState, 3);
    assert.deepEqual(delays, [1, 1, 2, 2, 3, 4]);
  });

  test("counts the attempts before its first connection until that has proven itself", async () => {
    const attempts = new Attempts(failure, true);
    await attempts.connect({ retries: 1 });
    await attempts.lose();
    assert.equal((await attempts.ws.closed).code, 1012);
    assert.deepEqual(attempts.events, ["retry 1 nobody answers"]);
  });

  test("keeps its context, its handlers and its pause", async () => {
    const attempts = new Attempts(true, true);
    await attempts.connect();
    const { ws } = attempts;
    const seen: unknown[] = [];
    ws.listen({ message: (self, data) => seen.push(self === ws, data) });
    ws.context = { user: "ann" };
    ws.pause();
    await attempts.lose();
    ws.resume();
    await attempts.until("reconnect");
    ws.pause();
    attempts.peers[1].text("hello");
    await attempts.host.settle();
    assert.deepEqual(seen, []);
    ws.resume();
    await attempts.host.settle();
    assert.deepEqual(seen, [true, "hello"]);
    assert.deepEqual(ws.context, { user: "ann" });
  });

  test("ends with its last connection when it is not tried again, and tells the handlers once", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ shouldRetry: () => false });
    const closes: unknown[] = [];
    attempts.ws.listen({ close: (self, code, reason) => closes.push(self === attempts.ws, code, reason) });
    await attempts.lose(4000);
    const { code }: CloseInfo = await attempts.ws.closed;
    assert.equal(code, 4000);
    assert.equal(attempts.ws.readyState, 3);
    assert.deepEqual(closes, [true, 4000, ""]);
  });

  test("closed by its user it is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    const closed = attempts.ws.close(1000);
    await attempts.host.settle();
    await attempts.lose(1000);
    assert.equal((await closed).code, 1000);
    assert.deepEqual([attempts.ws.readyState, attempts.events], [3, []]);
  });

  test("closed while it waits, it ends as its last connection did", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ minDelayMs: 60_000, maxDelayMs: 60_000 });
    await attempts.lose();
    assert.deepEqual(attempts.events, ["retry 1 1012"]);
    assert.equal((await attempts.ws.close()).code, 1012);
    assert.equal(attempts.ws.readyState, 3);
  });

  test("whose loop is left when the peer's Close has just arrived is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    attempts.peers[0].text("enough");
    await attempts.host.settle();
    for await (const _message of attempts.ws) {
      attempts.peers[0].close(1001);
      await attempts.host.settle();
      break;
    }
    await attempts.host.settle();
    attempts.peers[0].transport.end();
    await attempts.host.settle();
    assert.deepEqual([attempts.ws.readyState, attempts.events], [3, []]);
    assert.equal((await attempts.ws.closed).code, 1001);
  });

  test("whose loop is left by an error while it waits is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ minDelayMs: 60_000, maxDelayMs: 60_000 });
    attempts.peers[0].text("enough");
    await attempts.host.settle();
    const failure = new Error("no");
    const loop = async () => {
      for await (const _message of attempts.ws.messages()) {
        await attempts.lose();
        throw failure;
      }
    };
    await assert.rejects(loop, (error) => error === failure);
    await attempts.host.settle();
    assert.deepEqual([attempts.ws.readyState, attempts.events], [3, ["retry 1 1012"]]);
  });

  test("whose iterator is ended while it waits for a message is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ minDelayMs: 60_000, maxDelayMs: 60_000 });
    const messages = attempts.ws[Symbol.asyncIterator]();
    const next = messages.next();
    await attempts.lose();
    assert.deepEqual(await messages.return?.(), { done: true, value: undefined });
    await attempts.host.settle();
    assert.equal(attempts.ws.readyState, 3);
    assert.equal((await next).done, true);
  });

  test("whose loop is left goes on when somebody asks for more within the turn", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    const { ws, host, peers } = attempts;
    peers[0].text("one");
    peers[0].text("two");
    await host.settle();
    const seen: unknown[] = [];
    while (seen.length < 2) {
      for await (const message of ws) {
        seen.push(message);
        break;
      }
    }
    ws.listen({ message: (_ws, data) => seen.push(data) });
    peers[0].text("three");
    await host.settle();
    assert.deepEqual([seen, ws.readyState], [["one", "two", "three"], 1]);
  });
});
