// One page that watches: a snapshot each second, or less often where many look, and the frames of the connection that it has
// chosen.

import type { Clock, Timer } from "../../host/index.js";
import { describeValue } from "../../protocol/index.js";
import type { ConnectionView } from "../connection-view.js";
import type { FrameAudience } from "../tap/frame-audience.js";
import type { FrameRecord } from "../tap/frame-record.js";
import { type ConnectionQuery, parseConnectionQuery } from "./connection-list.js";
import { FrameFeed } from "./frame-feed.js";
import { parseLiveCommand } from "./live-command.js";
import type { Lookout, Onlooker } from "./lookout.js";
import type { ProcessFacts } from "./metrics.js";
import type { ProxyView } from "./proxy-view.js";
import { takeSnapshot } from "./snapshot.js";

const SNAPSHOT_MS = 1000;
/** How soon another question may be answered: faster than anybody types. */
const QUESTION_MS = 50;
/** Above this many bytes that the page has not taken, it gets nothing more for now. */
const MAX_UNREAD_BYTES = 65_536;

/** The page's end of `/live`. */
export interface LivePeer {
  readonly bufferedAmount: number;
  send(text: string): unknown;
}

/** What all pages have in common. */
export interface LiveHost {
  readonly view: ProxyView;
  readonly facts: ProcessFacts;
  readonly clock: Clock;
  readonly lookout: Lookout;
}

export class LiveSession implements FrameAudience, Onlooker {
  readonly #host: LiveHost;
  readonly #peer: LivePeer;
  readonly #feed: FrameFeed;
  #query: ConnectionQuery = parseConnectionQuery(new Map());
  #timer: Timer | undefined;
  /** Before this time no question is answered. */
  #rested = Number.NEGATIVE_INFINITY;

  constructor(host: LiveHost, peer: LivePeer) {
    this.#host = host;
    this.#peer = peer;
    this.#feed = new FrameFeed(host.clock, (batch) => {
      if (this.#isBehind) return false;
      this.#send({ type: "frames", ...batch });
      return true;
    });
  }

  get hasRoom(): boolean {
    return this.#feed.hasRoom;
  }

  start(): void {
    this.#show();
  }

  receive(text: string): void {
    const command = parseLiveCommand(text);
    if (typeof command === "string") {
      this.#send({ type: "problem", text: command });
      return;
    }
    switch (command.type) {
      case "list":
        this.#query = command.query;
        this.#showSoon();
        break;
      case "watch":
        this.#watch(command.id);
        break;
      case "arm":
        this.#arm(command.route);
        break;
      case "leave":
        this.#leave();
        this.#send({ type: "left" });
        break;
    }
  }

  /** The page is gone. */
  end(): void {
    this.#timer?.close();
    this.#host.lookout.leave(this);
    this.#leave();
  }

  take(snapshot: string): void {
    if (!this.#isBehind) this.#peer.send(snapshot);
    this.#rest();
  }

  started(connection: ConnectionView): void {
    this.#send({ type: "watching", connection });
  }

  frame(record: FrameRecord): void {
    this.#feed.frame(record);
  }

  skipped(): void {
    this.#feed.skipped();
  }

  blind(id: number): void {
    const text = `the frames of connection ${id} are not told apart (isMetered is off)`;
    this.#send({ type: "problem", text });
  }

  ended(): void {
    this.#feed.finish(() => this.#send({ type: "ended" }));
  }

  #watch(id: number): void {
    this.#feed.clear();
    const found = this.#host.view.watch(id, this);
    if (found === "blind") this.blind(id);
    else if (found === "gone") this.#send({ type: "problem", text: `connection ${id} is over` });
  }

  #arm(route: string): void {
    this.#feed.clear();
    if (this.#host.view.arm(route, this)) this.#send({ type: "armed", route });
    else {
      const names = this.#host.view.routes().map(({ name }) => name);
      this.#send({
        type: "problem",
        text: `no route is called ${describeValue(route)}; there are ${names.join(", ")}`,
      });
    }
  }

  #leave(): void {
    this.#host.view.leave(this);
    this.#feed.clear();
  }

  #show(): void {
    if (this.#isBehind) this.#rest();
    else this.#host.lookout.ask(this, JSON.stringify(this.#query), () => this.#snapshot());
  }

  #snapshot(): string {
    const { view, facts } = this.#host;
    return JSON.stringify(takeSnapshot(view, this.#query, facts));
  }

  #rest(): void {
    this.#rested = this.#host.clock.preciseNow() + QUESTION_MS;
    this.#showIn(SNAPSHOT_MS);
  }

  /** For a question: at once where the last answer is some time ago. The last of many questions is the one that is answered. */
  #showSoon(): void {
    const waitMs = this.#rested - this.#host.clock.preciseNow();
    if (waitMs <= 0) this.#show();
    else this.#showIn(waitMs);
  }

  #showIn(delayMs: number): void {
    this.#timer?.close();
    this.#timer = this.#host.clock.schedule(delayMs, (session: LiveSession) => session.#show(), this);
  }

  get #isBehind(): boolean {
    return this.#peer.bufferedAmount > MAX_UNREAD_BYTES;
  }

  #send(value: unknown): void {
    this.#peer.send(JSON.stringify(value));
  }
}
