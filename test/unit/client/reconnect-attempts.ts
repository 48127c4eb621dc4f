// A client that reconnects to peers which the test plays, in virtual time.

import assert from "node:assert/strict";
import type { ReconnectOptions, WebSocketConnection } from "sluice";
import { connectPersistently } from "#src/client/persistent-connection.js";
import { resolveReconnect } from "#src/client/reconnect-policy.js";
import { createMemoryPair } from "#src/transport/index.js";
import {
  createConnection,
  type EndOptions,
  MemoryPeer,
  VirtualHost,
} from "../../support/memory-connection.js";

/** Connects over and over, as the plan says: true is a connection, an error an attempt that failed. */
export class Attempts {
  readonly host = new VirtualHost();
  readonly peers: MemoryPeer[] = [];
  readonly events: string[] = [];
  readonly stop = new AbortController();
  random = 0;
  settings: EndOptions = {};
  /** What comes with the opening of the next connection. */
  early: Uint8Array | undefined;
  onOpened = () => {};
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
      this.onOpened();
      return createConnection(this.host, "client", left, { ...this.settings, early: this.early });
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
