// One run of `sluice connect`: from the URL to the exit code.

import { setTimeout as sleep } from "node:timers/promises";
import { connectThrough } from "../../client/index.js";
import { ClosedError, type CloseInfo, type WebSocketConnection } from "../../connection/index.js";
import type { Transport } from "../../transport/index.js";
import { shownUrl } from "../address.js";
import { describeError } from "../describe.js";
import { describeOpeningFailure } from "../opening-failure.js";
import type { SessionSettings } from "./connect-settings.js";
import {
  ConnectExit,
  describeEnd,
  describeFault,
  exitCodeOfEnd,
  exitCodeOfFailure,
  isPeersFault,
  remedyOf,
} from "./failure.js";
import { PingClock } from "./ping-clock.js";
import type { View } from "./view.js";
import { WireLog } from "./wire-log.js";

/** A closing handshake that takes longer is worth a word. */
const USUAL_CLOSING_MS = 1000;
/** How long the answers to what was sent last may take that come before the answer to a ping. */
const LAST_ANSWERS_MS = 2000;

export class Session {
  readonly #settings: SessionSettings;
  readonly #view: View;
  readonly #wire: WireLog;
  readonly #pings: PingClock;
  readonly #attempt = new AbortController();
  #ws: WebSocketConnection | undefined;
  #isOver = false;
  /** Settles with each opening, and at the end. */
  #change = newChange();
  #error: Error | undefined;
  #messages = 0;
  #isShowing = false;
  /** Why the session ends, when it is not for the connection's sake. */
  #verdict: number | undefined;
  #end: () => void = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(settings: SessionSettings, view: View) {
    this.#settings = settings;
    this.#view = view;
    this.#wire = new WireLog(view);
    this.#pings = new PingClock(view);
  }

  /** Connects, and resolves with the exit code when all is over. */
  async run(): Promise<number> {
    const { isVerbose, url } = this.#settings;
    try {
      this.#view.note(`connecting to ${shownUrl(url)}`);
      const wrap = isVerbose ? (transport: Transport) => this.#wire.wrap(transport) : undefined;
      this.#ws = await connectThrough(url, this.#options(), wrap);
    } catch (error) {
      this.#finish();
      if (this.#attempt.signal.aborted) return this.#verdict ?? ConnectExit.INTERRUPTED;
      const why = describeOpeningFailure(error, url);
      this.#view.problem(`cannot connect to ${shownUrl(url)}: ${why}${remedyOf(error)}`);
      return exitCodeOfFailure(error);
    }
    const info = await this.#live(this.#ws);
    this.#finish();
    return this.#judge(info);
  }

  /** Whether there is a connection, or will be one. Waits for it. */
  async isOpen(): Promise<boolean> {
    while (!this.#isOver && this.#ws?.readyState !== 1) await this.#change.promise;
    return !this.#isOver;
  }

  /** Sends one message, once it can be; resolves when the next one may follow. Answers whether it was sent. */
  async send(data: string | Uint8Array): Promise<boolean> {
    while (await this.isOpen()) {
      const ws = this.#ws as WebSocketConnection;
      if (this.#settings.isVerbose) this.#wire.sending(Buffer.byteLength(data));
      const result = ws.send(data);
      if (result === "buffered") await ws.drained();
      if (result !== "dropped") return true;
    }
    return false;
  }

  /** Sends one binary message from its parts, as far as there is a connection. Rejects with what reading them throws. */
  async sendStream(source: AsyncIterable<Uint8Array>): Promise<void> {
    if (!(await this.isOpen())) return;
    await this.#ws?.sendStream(source, { binary: true }).catch((error: unknown) => {
      // How the connection ended is told anyway.
      if (!(error instanceof ClosedError)) throw error;
    });
  }

  async ping(data?: string): Promise<void> {
    if ((await this.isOpen()) && this.#ws !== undefined) await this.#pings.once(this.#ws, data);
  }

  async pong(data = ""): Promise<void> {
    if (await this.isOpen()) this.#ws?.pong(data);
  }

  /** Begins the closing handshake. Throws `StateError` for a code or reason that may not be sent. */
  close(code = 1000, reason = ""): void {
    if (this.#ws === undefined) this.#attempt.abort();
    else if (this.#ws.readyState < 2) {
      void this.#ws.close(code, reason);
      void this.#watchClosing();
    }
  }

  /** The input has ended and all of it was sent: what answers it may still come. */
  async inputEnded(): Promise<void> {
    const { staysOpen, isOnce, waitMs } = this.#settings;
    const waitsForMessage = isOnce && waitMs === 0;
    if (staysOpen || waitsForMessage || !(await this.isOpen())) return;
    const ws = this.#ws as WebSocketConnection;
    await ws.drained();
    // A server that answers messages in their order has answered them all when it answers this.
    const answered = Promise.race([ws.ping().catch(() => {}), this.#ended]).then(() => true);
    const patience = (): Promise<boolean> => sleep(LAST_ANSWERS_MS, false, { ref: false });
    let isPatient = true;
    while (isPatient && !(await Promise.race([answered, patience()]))) isPatient = this.#isShowing;
    if (waitMs > 0) await Promise.race([sleep(waitMs, undefined, { ref: false }), this.#ended]);
    this.close();
  }

  /** Ends with this exit code; politely, if there is anybody to be polite to, as `Leave` has it. */
  leave(exitCode: number): boolean {
    const state = this.#ws?.readyState;
    if (state !== 1) this.#verdict = exitCode;
    if (state === 2 || state === 3) return false;
    this.close();
    return true;
  }

  /** Ends with this exit code, closing the connection first. */
  fail(exitCode: number): void {
    this.#verdict ??= exitCode;
    this.close();
  }

  /** Ends without a closing handshake. */
  terminate(): void {
    this.#attempt.abort();
    this.#ws?.terminate();
    this.#finish();
  }

  async #live(ws: WebSocketConnection): Promise<CloseInfo> {
    this.#opened(ws, "connected");
    const delivered = new Promise<void>((resolve) => {
      ws.listen({
        message: (_ws, data) => this.#show(data),
        error: (_ws, error) => this.#failed(error),
        close: () => resolve(),
      });
    });
    const { pingIntervalMs } = this.#settings;
    if (pingIntervalMs !== undefined) this.#pings.start(ws, pingIntervalMs);
    await delivered;
    return ws.closed;
  }

  #options(): Parameters<typeof connectThrough>[1] {
    const { options, reconnects } = this.#settings;
    const { signal } = this.#attempt;
    if (!reconnects) return { ...options, signal };
    const onRetry = (event: { attempt: number; delayMs: number; cause: CloseInfo | Error }): void => {
      const { attempt, delayMs, cause } = event;
      const why =
        cause instanceof Error ? `cannot connect: ${describeError(cause)}` : describeEnd(cause, this.#error);
      const seconds = (delayMs / 1000).toFixed(1);
      this.#view.tell(`${why}; trying again in ${seconds} s (attempt ${attempt})`);
    };
    const onReconnect = (): void => {
      this.#error = undefined;
      if (this.#ws !== undefined) this.#opened(this.#ws, "connected again");
    };
    return { ...options, signal, reconnect: { onRetry, onReconnect } };
  }

  #opened(ws: WebSocketConnection, what: string): void {
    const protocol = ws.protocol === "" ? "" : `, subprotocol ${ws.protocol}`;
    const compression = ws.extensions.startsWith("permessage-deflate") ? ", with compression" : "";
    this.#view.note(`${what}${protocol}${compression}`);
    this.#changed();
  }

  #show(data: string | Uint8Array): Promise<void> | undefined {
    const { isVerbose, isOnce } = this.#settings;
    this.#messages++;
    const shown = this.#view.message(data, isVerbose ? this.#wire.take(data) : undefined);
    if (isVerbose) this.#wire.settle();
    if (isOnce) this.close();
    if (shown === undefined) return undefined;
    this.#isShowing = true;
    return shown.then(() => {
      this.#isShowing = false;
    });
  }

  #failed(error: Error): void {
    this.#error = error;
    if (!isPeersFault(error)) return;
    this.#view.problem(describeFault(error));
    // Who cannot speak the protocol will not keep to its closing handshake either.
    void Promise.race([sleep(USUAL_CLOSING_MS, undefined, { ref: false }), this.#ended]).then(() => {
      if (this.#error === error) this.#ws?.terminate();
    });
  }

  async #watchClosing(): Promise<void> {
    const isOver = this.#ended.then(() => true);
    if (await Promise.race([isOver, sleep(USUAL_CLOSING_MS, false, { ref: false })])) return;
    this.#view.note("waiting for the server to close too; Ctrl-C does not wait");
  }

  #judge(info: CloseInfo): number {
    if (this.#verdict !== undefined) return this.#verdict;
    const exitCode = exitCodeOfEnd(info, this.#error);
    const line = describeEnd(info, this.#error);
    if (exitCode !== ConnectExit.OK) {
      if (!isPeersFault(this.#error)) this.#view.problem(line);
    } else if (this.#settings.isOnce && this.#messages === 0) {
      this.#view.problem(`no message came: ${line}`);
      return ConnectExit.FAILED;
    } else this.#view.note(line);
    return exitCode;
  }

  #changed(): void {
    const { settle } = this.#change;
    this.#change = newChange();
    settle();
  }

  #finish(): void {
    this.#isOver = true;
    this.#pings.stop();
    this.#wire.flush();
    this.#end();
    this.#changed();
  }
}

function newChange(): { promise: Promise<void>; settle: () => void } {
  let settle = (): void => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}
