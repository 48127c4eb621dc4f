// One replay: what the client sent goes out again with its pauses, and what comes is printed, or compared.

import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.js";
import type { CloseInfo, WebSocketConnection } from "../../connection/index.js";
import { CloseCode, type CloseStatus } from "../../protocol/index.js";
import type { FrameRecord } from "../../proxy/index.js";
import { shownUrl } from "../address.js";
import { type Console, ExitCode } from "../command.js";
import { describeEnd, exitCodeOfFailure } from "../connect/failure.js";
import { describeClose, describeError } from "../describe.js";
import { visibleLine } from "../visible-text.js";
import { Comparison } from "./comparison.js";
import type { ReplaySettings } from "./replay-settings.js";

/** How long the answers to what was sent last may take that come before the answer to a ping. */
const LAST_ANSWERS_MS = 2000;

/** Where the recorded client did not close. */
const farewell: CloseStatus = { code: CloseCode.NORMAL, reason: "" };

type FrameContent = Omit<FrameRecord, "t" | "from">;

export class Replay {
  readonly #settings: ReplaySettings;
  readonly #console: Console;
  readonly #comparison: Comparison | undefined;
  readonly #attempt = new AbortController();
  readonly #over = new AbortController();
  #ws: WebSocketConnection | undefined;
  #error: Error | undefined;
  /** We have said goodbye. */
  #isClosing = false;
  #verdict: number | undefined;
  #news: () => void = () => {};

  constructor(settings: ReplaySettings, console: Console) {
    this.#settings = settings;
    this.#console = console;
    const { conversation, isComparing, name } = settings;
    if (isComparing)
      this.#comparison = new Comparison(conversation.spoken.upstream, name, (text) => this.#say(text));
  }

  /** Resolves with the exit code. */
  async run(): Promise<number> {
    const { url, options } = this.#settings;
    let ws: WebSocketConnection;
    try {
      ws = await connect(url, { ...options, signal: this.#attempt.signal });
    } catch (error) {
      if (this.#verdict !== undefined) return this.#verdict;
      const why = describeError(error).replaceAll(url, shownUrl(url));
      this.#say(`sluice: cannot connect to ${shownUrl(url)}: ${why}`);
      return exitCodeOfFailure(error);
    }
    this.#ws = ws;
    const delivered = this.#listen(ws);
    await this.#send(ws);
    await this.#awaitAnswers(ws);
    this.#close(ws);
    await delivered;
    const info = await ws.closed;
    await this.#printAnswers(info);
    return this.#judge(info);
  }

  /** Ends with this exit code, as `Leave` has it. */
  leave(exitCode: number): boolean {
    const isFirst = this.#verdict === undefined;
    this.#verdict ??= exitCode;
    this.#over.abort();
    if (this.#ws === undefined) this.#attempt.abort();
    else this.#close(this.#ws);
    return isFirst;
  }

  terminate(): void {
    this.#attempt.abort();
    this.#ws?.terminate();
  }

  #listen(ws: WebSocketConnection): Promise<void> {
    return new Promise((resolve) => {
      ws.listen({
        message: (_ws, data) => this.#message(data),
        error: (_ws, error) => {
          this.#error = error;
        },
        close: () => {
          this.#over.abort();
          this.#news();
          resolve();
        },
      });
    });
  }

  async #message(data: string | Uint8Array): Promise<void> {
    this.#news();
    this.#comparison?.take(data);
    await this.#print("upstream", messageContent(data));
  }

  async #send(ws: WebSocketConnection): Promise<void> {
    const { conversation, speed } = this.#settings;
    const startedAt = performance.now();
    for (const { atMs, data } of conversation.spoken.client) {
      await this.#sleep(startedAt + atMs / speed - performance.now());
      if (this.#over.signal.aborted) return;
      if (ws.send(data) === "buffered") await ws.drained();
      await this.#print("client", messageContent(data));
    }
    await this.#sleep(startedAt + conversation.durationMs / speed - performance.now());
  }

  /** A server that answers messages in their order has answered them all when it answers a ping. */
  async #awaitAnswers(ws: WebSocketConnection): Promise<void> {
    if (this.#over.signal.aborted) return;
    await Promise.race([ws.ping().catch(() => {}), this.#sleep(LAST_ANSWERS_MS)]);
    const { conversation, waitMs } = this.#settings;
    const isClosedByServer = this.#comparison !== undefined && conversation.close?.from === "upstream";
    while (!this.#over.signal.aborted && (this.#comparison?.isComplete === false || isClosedByServer)) {
      const news = new Promise<true>((resolve) => {
        this.#news = () => resolve(true);
      });
      const isNews = await Promise.race([news, this.#sleep(waitMs)]);
      if (isNews !== true) return;
    }
  }

  #close(ws: WebSocketConnection): void {
    if (ws.readyState !== 1) return;
    this.#isClosing = true;
    const close = this.#settings.conversation.close;
    const { code = CloseCode.NORMAL, reason } = close?.from === "client" ? close : farewell;
    let said = { code, reason };
    try {
      void ws.close(code, reason);
    } catch {
      // A code that our side may not send: the recorded client was another implementation.
      said = farewell;
      void ws.close(farewell.code);
    }
    void this.#print("client", closeContent(said));
  }

  /** The server's Close, and what we answered when it was the first. */
  async #printAnswers({ received, sent }: CloseInfo): Promise<void> {
    if (received !== undefined) await this.#print("upstream", closeContent(received));
    if (sent !== undefined && !this.#isClosing) await this.#print("client", closeContent(sent));
  }

  async #judge(info: CloseInfo): Promise<number> {
    if (this.#verdict !== undefined) return this.#verdict;
    const isSame = this.#comparison?.finish() ?? true;
    const isEndSame = this.#compareEnd(info.received?.code);
    const isLost = this.#error !== undefined || (!this.#isClosing && info.received === undefined);
    if (isLost) this.#say(`sluice: ${describeEnd(info, this.#error)}`);
    return isSame && isEndSame && !isLost ? ExitCode.OK : ExitCode.FAILED;
  }

  /** Who closed first, and with which code, if it was the server. */
  #compareEnd(received: number | undefined): boolean {
    if (this.#comparison === undefined) return true;
    const { name, conversation } = this.#settings;
    const recorded = conversation.close?.from === "upstream" ? conversation.close : undefined;
    const came = this.#isClosing ? undefined : received;
    const expected = recorded && (recorded.code ?? 1005);
    if (came === expected) return true;
    const describe = (code: number | undefined): string =>
      code === undefined ? "none" : describeClose(code, "");
    const where = recorded === undefined ? name : `${name} line ${recorded.line}`;
    this.#say(
      `the server's Close differs from ${where}:\n  recorded ${describe(expected)}\n  came     ${describe(came)}`,
    );
    return false;
  }

  /** In the form of the file, unless what comes is compared. */
  async #print(from: "client" | "upstream", content: FrameContent): Promise<void> {
    if (this.#comparison !== undefined) return;
    const { stdout } = this.#console;
    const t = Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
    const record: FrameRecord = { t, from, ...content };
    const line = JSON.stringify(record);
    const shown = stdout.isTTY === true ? visibleLine(line) : line;
    if (!stdout.write(`${shown}\n`))
      await Promise.race([once(stdout, "drain"), once(stdout, "close")]).catch(() => {});
  }

  #sleep(delayMs: number): Promise<void> {
    if (!(delayMs > 0)) return Promise.resolve();
    return sleep(delayMs, undefined, { signal: this.#over.signal }).catch(() => {});
  }

  #say(text: string): void {
    this.#console.stderr.write(`${text}\n`);
  }
}

function messageContent(data: string | Uint8Array): FrameContent {
  const size = Buffer.byteLength(data);
  if (typeof data === "string") return { type: "text", size, data };
  return { type: "binary", size, base64: Buffer.from(data).toString("base64") };
}

/** A reason that is empty is left out, as the inspector does. */
function closeContent({ code, reason }: CloseStatus): FrameContent {
  if (code === CloseCode.NO_STATUS) return { type: "close", size: 0 };
  const size = 2 + Buffer.byteLength(reason);
  return { type: "close", size, code, ...(reason !== "" && { data: reason }) };
}
