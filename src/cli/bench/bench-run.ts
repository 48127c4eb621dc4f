// A run, from the first connection to the last: open, warm up, measure, wait for the last answers, close.

import { createDriver, type Driver, MessageBudget } from "./driver.js";
import { GeneratorLoad } from "./generator-load.js";
import { Lane, type LaneOwner } from "./lane.js";
import { openLanes } from "./lane-opener.js";
import { LanePool } from "./lane-pool.js";
import type { ConnectionCounts, Generator, Measurement } from "./measurement.js";
import type { BenchPlan } from "./plan.js";
import { Recorder } from "./recorder.js";
import type { Point, TimeSeries } from "./time-series.js";

const TICK_MS = 100;
/** After the last answer, closing handshakes may take so long; they are not measured. */
const CLOSING_MS = 1000;
/** How long an interrupted run waits for answers. */
const INTERRUPTED_MS = 1000;

/** In their order. */
export const phases = ["opening", "warm-up", "measuring", "finishing"] as const;

export type Phase = (typeof phases)[number];

/** What somebody who watches gets to know, ten times a second. */
export type Watch = (phase: Phase, point: Point, errors: number) => void;

export interface BenchRunSettings {
  readonly watch?: Watch | undefined;
  /** When it began, as a time of performance.now(): now by default. */
  readonly beganAt?: number;
  /** Called once when it is ready for traffic; resolves when those are with whom it shares the load. */
  readonly othersReady?: () => Promise<void>;
}

export class BenchRun implements Generator, LaneOwner {
  readonly #recorder: Recorder;
  readonly #load = new GeneratorLoad();
  readonly #counts: ConnectionCounts = { opened: 0, failed: 0, lost: 0 };
  #transport: string | undefined;
  readonly #plan: BenchPlan;
  readonly #watch: Watch;
  readonly #othersReady: () => Promise<void>;
  readonly #pool = new LanePool();
  readonly #budget = new MessageBudget();
  readonly #driver: Driver;
  readonly #interruption = new AbortController();
  #patienceEndsAt = Number.POSITIVE_INFINITY;
  #phase: Phase = "opening";
  #nextTick: NodeJS.Timeout | undefined;
  #wait: { readonly isOver: () => boolean; readonly end: () => void } | undefined;

  constructor(plan: BenchPlan, settings: BenchRunSettings = {}) {
    const { watch = () => {}, beganAt = performance.now(), othersReady = async () => {} } = settings;
    this.#plan = plan;
    this.#watch = watch;
    this.#othersReady = othersReady;
    this.#recorder = new Recorder(beganAt);
    this.#driver = createDriver({
      plan,
      pool: this.#pool,
      budget: this.#budget,
      recorder: this.#recorder,
    });
  }

  get series(): TimeSeries {
    return this.#recorder.series;
  }

  get measurement(): Measurement {
    const { totals, latencies, connectTimes, sendDelays, errors, measuredSpan } = this.#recorder;
    return {
      isInterrupted: this.#isInterrupted,
      counts: this.#counts,
      transport: this.#transport,
      totals,
      latencies,
      connectTimes,
      sendDelays,
      errors: errors.list(),
      use: this.#load.use,
      span: measuredSpan,
    };
  }

  get #isInterrupted(): boolean {
    return this.#interruption.signal.aborted;
  }

  interrupt(): void {
    this.#patienceEndsAt = performance.now() + INTERRUPTED_MS;
    this.#interruption.abort();
    this.#check();
  }

  async run(): Promise<void> {
    this.#tickLater();
    try {
      await this.#open();
      await this.#drive();
    } finally {
      clearTimeout(this.#nextTick);
      await this.#driver.stop(performance.now());
      this.#tick();
      await this.#close();
    }
  }

  answered(lane: Lane): void {
    this.#driver.answered(lane);
  }

  received(): void {
    this.#check();
  }

  writable(lane: Lane): void {
    this.#driver.writable(lane);
    this.#check();
  }

  lost(): void {
    this.#counts.lost++;
    this.#pool.countLost();
    this.#check();
  }

  async #open(): Promise<void> {
    await openLanes(this.#plan, this.#interruption.signal, {
      opened: (ws, tookMs) => {
        this.#counts.opened++;
        this.#transport ??= ws.transport;
        this.#recorder.connected(tookMs);
        this.#pool.add(new Lane(ws, this.#plan, this.#recorder, this));
      },
      failed: (errorClass, example) => {
        this.#counts.failed++;
        this.#recorder.failed(errorClass, example);
      },
    });
  }

  async #drive(): Promise<void> {
    const { warmupMs, durationMs, messages, timeoutMs } = this.#plan;
    await this.#driver.prepare();
    await this.#othersReady();
    if (this.#isHopeless()) return;
    if (warmupMs > 0) {
      this.#enter("warm-up");
      this.#driver.start();
      await this.#until(() => this.#isHopeless(), warmupMs);
      if (this.#isHopeless()) return;
    }
    this.#enter("measuring");
    if (messages !== undefined) this.#budget.limit(messages);
    // What is sent first is measured, so measuring begins before.
    this.#load.begin();
    this.#recorder.beginMeasuring(performance.now());
    if (warmupMs === 0) this.#driver.start();
    await this.#until(() => this.#isHopeless() || this.#hasMeasuredAll() || this.#isStalled(), durationMs);
    if (this.#isStalled()) this.#recorder.failed("STALLED", describeStall(this.#plan));
    const isCounted = messages !== undefined && this.#hasMeasuredAll();
    const now = performance.now();
    const stopped = this.#driver.stop(now);
    this.#recorder.endMeasuring(isCounted ? this.#recorder.lastTrafficAt : now);
    this.#load.end();
    this.#enter("finishing");
    await stopped;
    await this.#until(
      () => this.#recorder.awaited === 0 || performance.now() > this.#patienceEndsAt,
      timeoutMs + CLOSING_MS,
    );
  }

  /** There is no sense in going on. */
  #isHopeless(): boolean {
    return this.#pool.open === 0 || this.#isInterrupted;
  }

  /** The number of messages that was asked for has been sent and answered, or has come. */
  #hasMeasuredAll(): boolean {
    const { messages, loop } = this.#plan;
    if (messages === undefined) return false;
    if (loop === "receive") return this.#recorder.totals.receivedWithin >= messages;
    return this.#budget.isSpent && this.#recorder.awaited === 0;
  }

  /** A number of messages that will not be reached. Where answers are awaited, these have their own time. */
  #isStalled(): boolean {
    const { messages, isEcho, loop, timeoutMs } = this.#plan;
    if (messages === undefined || isEcho || loop === "open" || this.#hasMeasuredAll()) return false;
    return performance.now() - this.#recorder.lastTrafficAt > timeoutMs;
  }

  /** Resolves when it is over, or after so many milliseconds. */
  async #until(isOver: () => boolean, ms?: number): Promise<void> {
    if (isOver()) return;
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#wait = { isOver, end };
    });
    this.#wait = undefined;
  }

  #check(): void {
    if (this.#wait?.isOver()) this.#wait.end();
  }

  #enter(phase: Phase): void {
    this.#tick();
    this.#phase = phase;
  }

  /** Those of all threads fall on the same moments. */
  #tickLater(): void {
    const elapsedMs = performance.now() - this.#recorder.beganAt;
    const leftMs = Math.ceil(TICK_MS - (elapsedMs % TICK_MS));
    this.#nextTick = setTimeout(() => {
      this.#tick();
      this.#tickLater();
    }, leftMs);
  }

  #tick(): void {
    const now = performance.now();
    for (const lane of this.#pool) lane.checkAnswers(now);
    const point = this.#recorder.endPoint(now, this.#pool.open);
    this.#watch(this.#phase, point, this.#recorder.errors.total);
    this.#check();
  }

  async #close(): Promise<void> {
    const lanes = [...this.#pool];
    const timer = setTimeout(() => {
      for (const lane of lanes) lane.cut();
    }, CLOSING_MS);
    await Promise.all(lanes.map((lane) => lane.end()));
    clearTimeout(timer);
  }
}

function describeStall({ loop, messages, timeoutMs }: BenchPlan): string {
  const what = loop === "receive" ? "nothing more came" : "nothing more could be sent";
  return `${what} for ${timeoutMs / 1000} s (--timeout), before there were ${messages} messages`;
}
