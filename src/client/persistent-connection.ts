// A connection that outlives its connections: when one is lost, the next takes its place. What was sent into the gap is
// "dropped", and says so; nothing is sent twice, because nobody can know what the peer has seen.

import {
  type BufferSource,
  ClosedError,
  type CloseInfo,
  type Connection,
  type ConnectionHandlers,
  checkListener,
  describeConnection,
  type Inspect,
  inspectMethod,
  isThenable,
  type MessageData,
  type MessageSource,
  type SendOptions,
  type SendResult,
  type TransportKind,
  toError,
  type UpgradeRequest,
  type WebSocketConnection,
  type WebSocketMessage,
  WebStreams,
} from "../connection/index.js";
import { nodeEngine } from "../host/index.js";
import { closePayload } from "../protocol/index.js";
import { type ReconnectHost, systemReconnectHost } from "./reconnect-host.js";
import type { ReconnectPolicy } from "./reconnect-policy.js";
import { type Open, Retrier } from "./retrier.js";
import { SuccessiveListener } from "./successive-listener.js";
import { SuccessiveReaders } from "./successive-readers.js";

/** Resolves with the first connection, which may take several attempts too. The signal ends these and none after them. */
export async function connectPersistently<Context>(
  open: Open<Context>,
  policy: ReconnectPolicy,
  signal: AbortSignal | undefined,
  host: ReconnectHost = systemReconnectHost,
): Promise<WebSocketConnection<Context>> {
  const retrier = new Retrier(open, policy, host);
  return new PersistentConnection(await retrier.first(signal), retrier, policy, host);
}

/** How somebody who wants no connection any more parts with one. */
type Dismissal<Context> = (connection: Connection<Context>) => void;

class PersistentConnection<Context> implements WebSocketConnection<Context> {
  #current: Connection<Context>;
  readonly #retrier: Retrier<Context>;
  readonly #policy: ReconnectPolicy;
  readonly #readers: SuccessiveReaders<Context>;
  #listener: SuccessiveListener<Context> | undefined;
  /** Once the user has given up. */
  #dismissal: Dismissal<Context> | undefined;
  /** Once nothing comes any more. */
  #ending: CloseInfo | undefined;
  /** Why no connection follows, unless the user wanted none or no attempt was to be made. */
  #failure: Error | undefined;
  #isPaused = false;
  #webStreams: WebStreams | undefined;
  /** Settles with the next connection, or undefined when there will be none. */
  #succession: Promise<Connection<Context> | undefined>;
  #settleClosed: (info: CloseInfo) => void = () => {};
  readonly closed: Promise<CloseInfo>;

  constructor(
    first: Connection<Context>,
    retrier: Retrier<Context>,
    policy: ReconnectPolicy,
    host: ReconnectHost,
  ) {
    this.#current = first;
    this.#retrier = retrier;
    this.#policy = policy;
    this.#readers = new SuccessiveReaders(host.turns, {
      read: (open) => ({
        messages: open(this.#current),
        hasSuccessor: this.#succession.then((next) => next !== undefined),
      }),
      failure: () => this.#failure && this.#ending && new ClosedError(this.#ending, { cause: this.#failure }),
      readersLeft: () => {
        if (this.#isWanted) void this.close();
      },
    });
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#succession = this.#follow(first);
    first.start();
    retrier.tellFaults((fault) => this.#fail(fault));
  }

  get role(): "client" {
    return "client";
  }
  get readyState(): 0 | 1 | 2 | 3 {
    if (this.#ending !== undefined) return 3;
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
  get transport(): TransportKind {
    return this.#current.transport;
  }
  get context(): Context {
    return this.#current.handle.context;
  }
  set context(context: Context) {
    this.#current.handle.context = context;
  }
  get readable(): ReadableStream<string | Uint8Array> {
    return this.#streams.readable;
  }
  get writable(): WritableStream<string | BufferSource | Blob> {
    return this.#streams.writable;
  }

  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult {
    const result = this.#current.send(data, options);
    // A Close that goes out is the user's last word, whichever way it is sent; one into the gap, or back, is dropped.
    if (result === "sent" && isClose(data)) void this.close();
    return result;
  }
  sendStream(source: MessageSource, options?: SendOptions): Promise<void> {
    return this.#current.sendStream(source, options);
  }
  drained(): Promise<boolean> {
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
    this.#read.pause();
  }
  resume(): void {
    this.#isPaused = false;
    this.#read.resume();
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

  close(code = 1000, reason = ""): Promise<CloseInfo> {
    // A connection that opens right now would be told the same.
    if (this.readyState === 0) closePayload(nodeEngine, code, reason);
    this.#giveUp((connection) => void connection.close(code, reason));
    return this.closed;
  }

  terminate(): void {
    this.#giveUp((connection) => connection.terminate());
  }

  listen(handlers: ConnectionHandlers<Context>): void {
    checkListener(handlers);
    const listener = new SuccessiveListener(this, handlers, (connection) => {
      if (!this.#isPaused) connection.resume();
    });
    listener.listenTo(this.#current);
    this.#listener = listener;
    this.#readers.giveWay();
    if (this.#ending !== undefined) listener.ended(this.#ending);
  }

  messages(): AsyncIterableIterator<WebSocketMessage> {
    return this.#readers.iterateAll();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array> {
    return this.#readers.iterateData();
  }

  [inspectMethod](_depth: number, options: object, inspect: Inspect): string {
    return describeConnection(this, options, inspect);
  }

  get #streams(): WebStreams {
    this.#webStreams ??= new WebStreams(this);
    return this.#webStreams;
  }

  get #isWanted(): boolean {
    return this.#dismissal === undefined;
  }

  /** The connection that messages come from now: a lost one until handlers have got all of it. */
  get #read(): Connection<Context> {
    return this.#listener?.first ?? this.#current;
  }

  #giveUp(dismissal: Dismissal<Context>): void {
    dismissal(this.#current);
    this.#listener?.stopDelivering();
    this.#dismissal = dismissal;
    this.#retrier.stop();
  }

  async #follow(connection: Connection<Context>): Promise<Connection<Context> | undefined> {
    const info = await connection.closed;
    let next: Connection<Context> | undefined;
    let failure: Error | undefined;
    try {
      if (this.#isWanted) next = await this.#retrier.next(info);
    } catch (error) {
      failure = toError(error);
    }
    if (next !== undefined && this.#isWanted) {
      this.#goOn(next);
      return next;
    }
    if (next !== undefined) {
      // It has opened in the same moment in which the user gave up.
      next.start();
      this.#dismissal?.(next);
    }
    this.#end(info, failure);
    return undefined;
  }

  #goOn(next: Connection<Context>): void {
    next.handle.context = this.context;
    this.#current = next;
    this.#succession = this.#follow(next);
    this.#listener?.listenTo(next);
    if (this.#listener?.isForMessages !== true) this.#readers.expect(next);
    if (this.#isPaused) next.pause();
    this.#announce();
    next.start();
  }

  #announce(): void {
    const fail = (error: unknown): void => this.#fail(toError(error));
    try {
      const answer: unknown = this.#policy.onReconnect?.();
      if (isThenable(answer)) Promise.resolve(answer).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** A function of the user's that is told of reconnecting has failed, and who relies on it had better not go on. */
  #fail(fault: Error): void {
    this.#listener?.report(fault);
    if (this.#isWanted) this.#failure ??= fault;
    this.#giveUp((connection) => void connection.close(1011));
  }

  #end(info: CloseInfo, failure: Error | undefined): void {
    this.#ending = info;
    this.#settleClosed(info);
    // Whoever gave up knows why no attempt was made, or why it was ended.
    if (this.#isWanted && failure !== undefined) {
      this.#failure = failure;
      this.#listener?.report(failure);
    }
    this.#listener?.ended(info);
  }
}

function isClose(data: MessageData | Blob | WebSocketMessage): boolean {
  return typeof data === "object" && "type" in data && data.type === "close" && !(data instanceof Blob);
}
