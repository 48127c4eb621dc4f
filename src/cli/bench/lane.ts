// One open connection under load. Answers are matched to messages in their order.

import type { CloseInfo, WebSocketConnection } from "../../connection/index.js";
import { describeValue } from "../../protocol/index.js";
import { errorClassOf } from "./error-tally.js";
import { byteLengthOf } from "./message-payload.js";
import type { BenchPlan } from "./plan.js";
import type { Recorder } from "./recorder.js";
import { TimeQueue } from "./time-queue.js";

/** All connections together may wait for so many answers, at 8 bytes each. */
const MAX_UNANSWERED = 1_000_000;
/** One connection always may for so many. */
const MIN_UNANSWERED_PER_LANE = 100;

/** What a lane tells whoever drives it. */
export interface LaneOwner {
  /** An answer came that was awaited. */
  answered(lane: Lane): void;
  /** A message came. */
  received(): void;
  /** What waited to be sent has gone. */
  writable(lane: Lane): void;
  /** The connection is over, and nobody here ended it. */
  lost(lane: Lane): void;
}

export type LaneSendResult = "sent" | "buffered" | "refused";

export class Lane {
  readonly #ws: WebSocketConnection;
  readonly #plan: BenchPlan;
  readonly #recorder: Recorder;
  readonly #owner: LaneOwner;
  readonly #dueTimes = new TimeQueue();
  readonly #bytes: number;
  readonly #maxUnanswered: number;
  #isEnding = false;

  constructor(ws: WebSocketConnection, plan: BenchPlan, recorder: Recorder, owner: LaneOwner) {
    this.#ws = ws;
    this.#plan = plan;
    this.#recorder = recorder;
    this.#owner = owner;
    this.#bytes = byteLengthOf(plan.payload);
    this.#maxUnanswered = Math.max(
      MIN_UNANSWERED_PER_LANE,
      Math.floor(MAX_UNANSWERED / (plan.connections * plan.threads)),
    );
    ws.listen({
      message: (_, data) => this.#receive(data),
      drain: () => owner.writable(this),
      error: (_, error) => this.#fail(errorClassOf(error), error.message),
    });
    ws.closed.then((info) => this.#closed(info));
  }

  get isOpen(): boolean {
    return this.#ws.readyState === 1 && !this.#isEnding;
  }

  /** Sends the message; its latency counts from `dueAt`. */
  send(dueAt: number, now: number): LaneSendResult {
    const { isEcho, payload } = this.#plan;
    if (isEcho && this.#dueTimes.length >= this.#maxUnanswered) {
      const text = `${this.#maxUnanswered} messages of the connection wait for their answers, which is the most`;
      this.#recorder.failed("SEND_SKIPPED", `not sent: ${text}`);
      return "refused";
    }
    const result = this.#ws.send(payload);
    if (result === "dropped") {
      // A connection that is closing is told about by its end.
      if (this.isOpen) {
        const text = `${this.#ws.bufferedAmount} bytes wait already: the server reads too slowly`;
        this.#recorder.failed("SEND_DROPPED", `not sent: ${text}`);
      }
      return "refused";
    }
    this.#recorder.sent(dueAt, now, this.#bytes);
    // Sending may have found out that the connection is lost.
    if (isEcho && !this.#isEnding) {
      this.#dueTimes.push(dueAt);
      this.#recorder.awaited++;
    }
    return result;
  }

  /** Gives the connection up when its oldest message has waited for too long: no later answer could be matched. */
  checkAnswers(now: number): void {
    const { oldest } = this.#dueTimes;
    const { timeoutMs } = this.#plan;
    // Of a connection that is closing, its end tells.
    if (oldest === undefined || now - oldest < timeoutMs || !this.isOpen) return;
    const text = `no answer to a message of ${this.#bytes} bytes within ${timeoutMs / 1000} s (--timeout)`;
    this.#fail("ANSWER_TIMED_OUT", text, this.#dueTimes.length);
    this.#ws.terminate();
  }

  /** Ends the connection; resolves when it is over. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#awaitNothing();
    await this.#ws.close();
  }

  /** Ends it at once. */
  cut(): void {
    this.#isEnding = true;
    this.#ws.terminate();
  }

  #receive(data: string | Uint8Array): void {
    const now = performance.now();
    const bytes = byteLengthOf(data);
    this.#recorder.received(now, bytes);
    if (this.#plan.isEcho && !this.#isEnding) this.#answer(bytes, now);
    this.#owner.received();
  }

  #answer(bytes: number, now: number): void {
    const dueAt = this.#dueTimes.shift();
    if (dueAt === undefined) {
      this.#recorder.failed("ANSWER_UNEXPECTED", `a message of ${bytes} bytes came that answers none`);
      return;
    }
    if (this.#plan.isVerified && bytes !== this.#bytes) {
      const text = `an answer of ${bytes} bytes came to a message of ${this.#bytes}; --no-verify allows it`;
      this.#recorder.failed("ANSWER_LENGTH", text);
    }
    this.#recorder.awaited--;
    this.#recorder.answered(dueAt, now);
    this.#owner.answered(this);
  }

  #closed({ code, reason, received, sent, closedFirstBy }: CloseInfo): void {
    if (sent !== undefined && closedFirstBy === "us") {
      // What arrives together with the answer to the opening is judged before there is a handler to tell.
      const text = `what came right after the opening broke a rule, and was answered with a Close of ${sent.code}`;
      this.#fail(`SENT_${sent.code}`, text);
    } else if (received === undefined) {
      this.#fail("CLOSE_1006", "the server ended the connection without a Close");
    } else {
      const why = reason === "" ? "" : ` ${describeValue(reason)}`;
      this.#fail(`CLOSE_${code}`, `the server closed with ${code}${why}`);
    }
  }

  /** The connection is lost, or will be: the first reason counts. */
  #fail(errorClass: string, example: string, count = 1): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#recorder.failed(errorClass, example, count);
    this.#awaitNothing();
    this.#owner.lost(this);
  }

  #awaitNothing(): void {
    this.#recorder.awaited -= this.#dueTimes.length;
    this.#dueTimes.clear();
  }
}
