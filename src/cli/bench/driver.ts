// Who decides when messages are sent.

import type { Lane } from "./lane.js";
import type { LanePool } from "./lane-pool.js";
import { byteLengthOf } from "./message-payload.js";
import { OpenLoop } from "./open-loop.js";
import type { BenchPlan } from "./plan.js";
import type { Recorder } from "./recorder.js";

export interface Driver {
  /** Gets ready, so that nothing has to be waited for at the start. */
  prepare(): Promise<void> | void;
  /** Begins to send, on all connections that are open. */
  start(): void;
  /** Another answer has come. */
  answered(lane: Lane): void;
  /** The connection takes more again. */
  writable(lane: Lane): void;
  /** Sends what was due until `now`, and nothing more. */
  stop(now: number): Promise<void> | void;
}

/** How many messages may still be sent. */
export class MessageBudget {
  #left = Number.POSITIVE_INFINITY;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  limit(messages: number): void {
    this.#left = messages;
  }

  /** Whether there was one left. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left--;
    return true;
  }
}

export interface DriverParts {
  readonly plan: BenchPlan;
  readonly pool: LanePool;
  readonly budget: MessageBudget;
  readonly recorder: Recorder;
}

export function createDriver(parts: DriverParts): Driver {
  const { plan } = parts;
  if (plan.loop === "open") return new OpenLoop(parts, plan.rate ?? 1);
  if (plan.loop === "closed") return new ClosedLoop(parts, plan.inFlight ?? 1);
  return plan.loop === "flood" ? new Flood(parts) : listening;
}

const listening: Driver = { prepare() {}, start() {}, answered() {}, writable() {}, stop() {} };

/** Keeps so many messages unanswered on each connection. */
class ClosedLoop implements Driver {
  readonly #parts: DriverParts;
  readonly #inFlight: number;
  /** Each as often as it was answered. */
  #answered: Lane[] = [];
  #isStopped = false;

  constructor(parts: DriverParts, inFlight: number) {
    this.#parts = parts;
    this.#inFlight = inFlight;
  }

  prepare(): void {}

  start(): void {
    // One for each connection in turn, so that a small number of messages is spread over all of them.
    for (let i = 0; i < this.#inFlight; i++) for (const lane of this.#parts.pool) this.#send(lane);
  }

  // What came with one read is delivered in one go, and sending waits until that is over. Else, where a server answers twice, the
  // second answer would be taken for that to the next message, and both ends would send more and more.
  answered(lane: Lane): void {
    this.#answered.push(lane);
    if (this.#answered.length === 1) queueMicrotask(() => this.#sendNext());
  }

  writable(): void {}

  stop(): void {
    this.#isStopped = true;
  }

  #sendNext(): void {
    const answered = this.#answered;
    this.#answered = [];
    for (const lane of answered) this.#send(lane);
  }

  #send(lane: Lane): void {
    if (this.#isStopped || !lane.isOpen || !this.#parts.budget.take()) return;
    const now = performance.now();
    lane.send(now, now);
  }
}

/** What a connection sends in one turn of the event loop at most, when it takes everything. */
const BYTES_PER_TURN = 65_536;
const MAX_PER_TURN = 1024;

/** Sends on each connection whatever it takes. */
class Flood implements Driver {
  readonly #parts: DriverParts;
  readonly #ready = new Set<Lane>();
  readonly #perTurn: number;
  #turn: NodeJS.Immediate | undefined;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    const bytes = Math.max(1, byteLengthOf(parts.plan.payload));
    this.#perTurn = Math.min(MAX_PER_TURN, Math.ceil(BYTES_PER_TURN / bytes));
  }

  prepare(): void {}

  start(): void {
    for (const lane of this.#parts.pool) this.writable(lane);
  }

  answered(): void {}

  writable(lane: Lane): void {
    this.#ready.add(lane);
    this.#turn ??= setImmediate(() => this.#sendAll());
  }

  stop(): void {
    clearImmediate(this.#turn);
    this.#ready.clear();
  }

  #sendAll(): void {
    this.#turn = undefined;
    const lanes = [...this.#ready];
    this.#ready.clear();
    for (const lane of lanes) this.#fill(lane);
  }

  /** A kernel that takes everything at once would never let timers be heard: so a bounded number in each turn. */
  #fill(lane: Lane): void {
    for (let count = 0; count < this.#perTurn; count++) {
      if (!lane.isOpen || !this.#parts.budget.take()) return;
      const now = performance.now();
      if (lane.send(now, now) !== "sent") return;
    }
    this.writable(lane);
  }
}
