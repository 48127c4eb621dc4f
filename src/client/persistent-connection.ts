// A connection that outlives its connections: when one is lost, the next takes its place. What was sent into the gap is
// "dropped", and says so; nothing is sent twice, because nobody can know what the peer has seen.

import {
  ClosedError,
  type CloseInfo,
  type Connection,
  type ConnectionHandlers,
  checkListener,
  describeConnection,
  type Inspect,
  inspectMethod,
  type MessageData,
  type MessageSource,
  type SendOptions,
  type SendResult,
  type UpgradeRequest,
  type WebSocketConnection,
  type WebSocketMessage,
} from "../connection/index.js";
import { type Clock, systemClock } from "../host/index.js";
import type { ReconnectPolicy } from "./reconnect-policy.js";
import { type Open, Retrier } from "./retrier.js";

/** Resolves with the first connection, which may take several attempts too. The signal ends these and none after them. */
export async function connectPersistently<Context>(
  open: Open<Context>,
  policy: ReconnectPolicy,
  signal: AbortSignal | undefined,
  clock: Clock = systemClock,
): Promise<WebSocketConnection<Context>> {
  const retrier = new Retrier(open, policy, clock);
  return new PersistentConnection(await retrier.first(signal), retrier, policy);
}

class PersistentConnection<Context> implements WebSocketConnection<Context> {
  #current: Connection<Context>;
  readonly #retrier: Retrier<Context>;
  readonly #policy: ReconnectPolicy;
  #handlers: ConnectionHandlers<Context> | undefined;
  #isWanted = true;
  #isPaused = false;
  #isOver = false;
  /** Settles with the next connection, or undefined when there will be none. */
  #succession: Promise<Connection<Context> | undefined>;
  #settleClosed: (info: CloseInfo) => void = () => {};
  readonly closed: Promise<CloseInfo>;

  constructor(first: Connection<Context>, retrier: Retrier<Context>, policy: ReconnectPolicy) {
    this.#current = first;
    this.#retrier = retrier;
    this.#policy = policy;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#succession = this.#follow(first);
    first.start();
  }

  get role(): "client" {
    return "client";
  }
  get readyState(): 0 | 1 | 2 | 3 {
    if (this.#isOver) return 3;
    const state = this.#current.readyState;
    return state === 3 ? (this.#isWanted ? 0 : 2) : state;
  }
  get url(): string {
    return this.#current.url;
  }
  get protocol(): string {
    return this.#current.protocol;
  }
  get extensions(): string {
    return this.#current.extensions;
  }
  get remoteAddress(): string | undefined {
    return this.#current.remoteAddress;
  }
  get request(): UpgradeRequest {
    return this.#current.request;
  }
  get bufferedAmount(): number {
    return this.#current.bufferedAmount;
  }
  get transport(): string {
    return this.#current.transport;
  }
  get context(): Context {
    return this.#current.handle.context;
  }
  set context(context: Context) {
    this.#current.handle.context = context;
  }

  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult {
    return this.#current.send(data, options);
  }
  sendStream(source: MessageSource, options?: SendOptions): Promise<void> {
    return this.#current.sendStream(source, options);
  }
  drained(): Promise<void> {
    return this.#current.drained();
  }
  ping(data?: MessageData): Promise<number> {
    return this.#current.ping(data);
  }
  pong(data?: MessageData): void {
    this.#current.pong(data);
  }
  pause(): void {
    this.#isPaused = true;
    this.#current.pause();
  }
  resume(): void {
    this.#isPaused = false;
    this.#current.resume();
  }
  subscribe(topic: string): void {
    this.#current.subscribe(topic);
  }
  unsubscribe(topic: string): void {
    this.#current.unsubscribe(topic);
  }
  isSubscribed(topic: string): boolean {
    return this.#current.isSubscribed(topic);
  }
  publish(topic: string, data: MessageData, options?: SendOptions): number {
    return this.#current.publish(topic, data, options);
  }

  close(code?: number, reason?: string): Promise<CloseInfo> {
    void this.#current.close(code, reason);
    this.#giveUp();
    return this.closed;
  }

  terminate(): void {
    this.#giveUp();
    this.#current.terminate();
  }

  listen(handlers: ConnectionHandlers<Context>): void {
    checkListener(handlers);
    this.#current.listen(this.#forward(handlers));
    this.#handlers = handlers;
  }

  messages(): AsyncIterableIterator<WebSocketMessage> {
    return this.#iterate((connection) => connection.messages());
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array> {
    return this.#iterate((connection) => connection[Symbol.asyncIterator]());
  }

  [inspectMethod](_depth: number, options: object, inspect: Inspect): string {
    return describeConnection(this, options, inspect);
  }

  #giveUp(): void {
    this.#isWanted = false;
    this.#retrier.stop();
  }

  async #follow(connection: Connection<Context>): Promise<Connection<Context> | undefined> {
    const info = await connection.closed;
    try {
      if (!this.#isWanted || info.closedFirstBy === "us") throw new ClosedError(info);
      const next = await this.#retrier.next(info);
      if (!this.#isWanted) void next.close(1001);
      next.handle.context = this.context;
      this.#current = next;
      this.#succession = this.#follow(next);
      if (this.#handlers !== undefined) next.listen(this.#forward(this.#handlers));
      if (this.#isPaused) next.pause();
      this.#announce(next);
      next.start();
      return next;
    } catch (error) {
      this.#isOver = true;
      this.#settleClosed(info);
      // Whoever gave up knows why no attempt was made, or why it was ended.
      if (this.#isWanted && error instanceof Error && !(error instanceof ClosedError))
        this.#tell((handlers) => handlers.error?.(this, error));
      this.#tell((handlers) => handlers.close?.(this, info.code, info.reason));
      return undefined;
    }
  }

  #announce(next: Connection<Context>): void {
    try {
      this.#policy.onReconnect?.();
    } catch (error) {
      this.#tell((handlers) => handlers.error?.(this, error as Error));
      this.#giveUp();
      void next.close(1011);
    }
  }

  /** Calls a handler whose connection is over already: there is nothing left that its failure could close. */
  #tell(call: (handlers: ConnectionHandlers<Context>) => unknown): void {
    if (this.#handlers === undefined) return;
    try {
      Promise.resolve(call(this.#handlers)).catch(() => {});
    } catch {
      // There is nobody left to tell.
    }
  }

  /** The user's handlers, seeing this object, and hearing of the last close only. */
  #forward(handlers: ConnectionHandlers<Context>): ConnectionHandlers<Context> {
    return {
      message: handlers.message && ((_ws, data, isBinary) => handlers.message?.(this, data, isBinary)),
      drain: handlers.drain && (() => handlers.drain?.(this)),
      ping: handlers.ping && ((_ws, data) => handlers.ping?.(this, data)),
      pong: handlers.pong && ((_ws, data) => handlers.pong?.(this, data)),
      error: handlers.error && ((_ws, error) => handlers.error?.(this, error)),
    };
  }

  /** Goes on with the next connection where one was lost, and ends as the last one ends. */
  async *#iterate<T>(
    open: (connection: Connection<Context>) => AsyncIterableIterator<T>,
  ): AsyncGenerator<T, void, void> {
    for (;;) {
      const succession = this.#succession;
      let failure: unknown;
      try {
        yield* open(this.#current);
      } catch (error) {
        failure = error;
      }
      if ((await succession) !== undefined) continue;
      if (failure !== undefined) throw failure;
      return;
    }
  }
}
