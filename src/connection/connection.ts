// One connection, as the package sees it; users hold its handle. Sending is in message-sender.ts, receiving in
// dispatcher.ts, the wire in link.ts; this file joins them and answers for the state that is visible. There are thousands
// of these that do nothing but wait, so what waiting does not need is made when it is needed.

import { invalidArgument, type MessageCodec, type Role } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import type { Broker, SharedMessage, Subscriber } from "./broker.js";
import { type CloseInfo, closeInfoOf } from "./close-info.js";
import { ConnectionHandle } from "./connection-handle.js";
import type { ConnectionSettings } from "./connection-options.js";
import { Dispatcher, type DispatcherHost } from "./dispatcher.js";
import { ClosedError } from "./errors.js";
import { Link } from "./link.js";
import type { LinkHost } from "./link-parts.js";
import type { ConnectionHandlers } from "./listener.js";
import {
  checkSendOptions,
  type MessageData,
  type SendOptions,
  type SendResult,
  type WebSocketMessage,
} from "./message.js";
import { MessageSender, type SenderHost } from "./message-sender.js";
import { checkSource, type MessageSource } from "./message-source.js";
import { quiet } from "./quiet-promise.js";
import { createTraffic, type Traffic } from "./traffic.js";
import { type TransportKind, toTransportKind } from "./transport-kind.js";
import type { UpgradeRequest } from "./upgrade-request.js";
import type { WebSocketConnection } from "./websocket-connection.js";

export interface ConnectionParts<Context> {
  transport: Transport;
  role: Role;
  settings: ConnectionSettings;
  /** permessage-deflate as agreed. */
  codec?: MessageCodec | undefined;
  protocol: string;
  extensions: string;
  request: UpgradeRequest;
  context: Context;
  broker?: Broker | undefined;
  /** Totals to add to. Default: the connection's own. */
  traffic?: Traffic | undefined;
  host?: LinkHost | undefined;
  /** Bytes that came with the opening handshake. */
  early?: Uint8Array | undefined;
  /** Told once, when the connection is over. */
  onEnd?: ((handle: WebSocketConnection<Context>) => void) | undefined;
}

export class Connection<Context = unknown> implements DispatcherHost<Context>, SenderHost, Subscriber {
  /** What users get to see. */
  readonly handle: WebSocketConnection<Context>;
  readonly protocol: string;
  readonly extensions: string;
  readonly request: UpgradeRequest;
  readonly link: Link;
  readonly traffic: Traffic;
  readonly #dispatcher: Dispatcher<Context>;
  readonly #broker: Broker | undefined;
  readonly #onEnd: ((handle: WebSocketConnection<Context>) => void) | undefined;
  #early: Uint8Array | undefined;
  #madeSender: MessageSender | undefined;
  #closed: Promise<CloseInfo> | undefined;
  #settleClosed: ((info: CloseInfo) => void) | undefined;

  constructor(parts: ConnectionParts<Context>) {
    this.handle = new ConnectionHandle(this, parts.context);
    this.protocol = parts.protocol;
    this.extensions = parts.extensions;
    this.request = parts.request;
    this.traffic = parts.traffic ?? createTraffic();
    this.#broker = parts.broker;
    this.#onEnd = parts.onEnd;
    this.#early = parts.early;
    this.#dispatcher = new Dispatcher(this);
    this.link = new Link(this.#dispatcher, parts);
  }

  /** Begins to receive. */
  start(): void {
    this.link.start(this.#early);
    this.#early = undefined;
  }

  get url(): string {
    return this.request.url;
  }

  get role(): Role {
    return this.link.role;
  }

  get readyState(): 1 | 2 | 3 {
    const { phase } = this.link;
    if (phase === "open") return 1;
    return phase === "over" ? 3 : 2;
  }

  get remoteAddress(): string | undefined {
    return this.request.remoteAddress;
  }

  get bufferedAmount(): number {
    return this.#madeSender?.bufferedBytes ?? this.link.outbox.bufferedBytes;
  }

  get transport(): TransportKind {
    return toTransportKind(this.link.transport.kind);
  }

  get closed(): Promise<CloseInfo> {
    this.#closed ??= new Promise((resolve) => {
      const { ending } = this.#dispatcher;
      if (ending === undefined) this.#settleClosed = resolve;
      else resolve(ending);
    });
    return this.#closed;
  }

  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult {
    if (options !== undefined) checkSendOptions(options);
    return this.#sender.send(data, options);
  }

  sendStream(source: MessageSource, options: SendOptions = {}): Promise<void> {
    try {
      checkSource(source);
      checkSendOptions(options);
    } catch (error) {
      return quiet(Promise.reject(error));
    }
    return this.#sender.sendStream(source, options);
  }

  drained(): Promise<boolean> {
    return this.#sender.drained();
  }

  ping(data?: MessageData): Promise<number> {
    return this.#sender.ping(data);
  }

  pong(data: MessageData = ""): void {
    this.#sender.pong(data);
  }

  close(code = 1000, reason = ""): Promise<CloseInfo> {
    this.#sender.close(code, reason);
    return this.closed;
  }

  terminate(): void {
    this.link.terminate();
    this.closeAsked();
  }

  pause(): void {
    this.#dispatcher.pause();
  }

  resume(): void {
    this.#dispatcher.resume();
  }

  listen(handlers: ConnectionHandlers<Context>): void {
    this.#dispatcher.listen(handlers);
  }

  /** Runs what must be done before the first message is delivered. */
  runFirst(handler: () => unknown): void {
    this.#dispatcher.runFirst(handler);
  }

  messages(): AsyncIterableIterator<WebSocketMessage> {
    return this.#dispatcher.iterateAll();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array> {
    return this.#dispatcher.iterateData();
  }

  subscribe(topic: string): void {
    if (this.link.phase !== "over") this.#topics.subscribe(this, topic);
  }

  unsubscribe(topic: string): void {
    this.#topics.unsubscribe(this, topic);
  }

  isSubscribed(topic: string): boolean {
    return this.#topics.isSubscribed(this, topic);
  }

  publish(topic: string, data: MessageData, options: SendOptions = {}): number {
    return this.#topics.publish(topic, data, options, this);
  }

  /** Sends a message that was published, in the frame that suits what was agreed. */
  deliver(message: SharedMessage): SendResult {
    return this.sendShared(message.frameFor(this.link.codec));
  }

  /** Sends a frame made by `encodeMessage`, which many connections may share. */
  sendShared(frame: Uint8Array): SendResult {
    return this.#sender.sendShared(frame);
  }

  /** What operations on the ended connection reject with. */
  closedError(): ClosedError {
    const { ending, error } = this.#dispatcher;
    const info = ending ?? closeInfoOf(this.link.protocol, this.link.closedFirstBy);
    return new ClosedError(info, error && { cause: error });
  }

  report(error: Error): void {
    this.#dispatcher.report(error);
  }

  closeAsked(): void {
    this.#dispatcher.closeAsked();
  }

  pongReceived(payload: Uint8Array): void {
    this.#madeSender?.pongReceived(payload);
  }

  transportDrained(): void {
    this.#madeSender?.transportDrained();
  }

  notifyDrained(): void {
    this.#dispatcher.notifyDrained();
  }

  sendingEnded(): void {
    this.#madeSender?.ended(this.closedError());
  }

  connectionEnded(info: CloseInfo): void {
    this.#broker?.forget(this);
    this.#settleClosed?.(info);
    this.#onEnd?.(this.handle);
  }

  /** Made for the first message: a connection that only listens has none. */
  get #sender(): MessageSender {
    this.#madeSender ??= new MessageSender(this.link, this.traffic, this);
    return this.#madeSender;
  }

  get #topics(): Broker {
    if (this.#broker !== undefined) return this.#broker;
    const whose = this.role === "client" ? "a client's connection" : "a connection from `accept`";
    const text = `${whose} has no topics: they belong to what createServer and attach answer`;
    throw invalidArgument(text);
  }
}
