// The object users hold. Sending is in message-sender.ts, receiving in dispatcher.ts, the wire in link.ts; this file
// joins them and answers for the state that is visible.

import { nodeEngine } from "../host/index.js";
import { encodeText, type MessageCodec, type Role, StateError } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import type { Broker } from "./broker.js";
import { type CloseInfo, closeInfoOf } from "./close-info.js";
import type { ConnectionSettings } from "./connection-options.js";
import { Dispatcher, type DispatcherHost } from "./dispatcher.js";
import { ClosedError } from "./errors.js";
import { Link } from "./link.js";
import type { LinkHost } from "./link-parts.js";
import type { ConnectionHandlers } from "./listener.js";
import {
  type MessageData,
  payloadOf,
  type SendOptions,
  type SendResult,
  type WebSocketMessage,
} from "./message.js";
import { MessageSender, quiet, type SenderHost } from "./message-sender.js";
import type { MessageSource } from "./message-stream.js";
import { PingLedger } from "./ping-ledger.js";
import { createTraffic, type Traffic } from "./traffic.js";
import type { UpgradeRequest } from "./upgrade-request.js";

export interface ConnectionParts<Context> {
  transport: Transport;
  role: Role;
  settings: ConnectionSettings;
  /** permessage-deflate as agreed. */
  codec?: MessageCodec | undefined;
  url: string;
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
  onEnd?: ((connection: Connection<Context>) => void) | undefined;
}

export class Connection<Context = unknown> implements DispatcherHost<Context>, SenderHost {
  readonly url: string;
  readonly protocol: string;
  readonly extensions: string;
  readonly request: UpgradeRequest;
  context: Context;
  readonly link: Link;
  readonly #sender: MessageSender;
  readonly #dispatcher: Dispatcher<Context>;
  readonly #broker: Broker | undefined;
  readonly #onEnd: ((connection: Connection<Context>) => void) | undefined;
  #early: Uint8Array | undefined;
  #pings: PingLedger | undefined;
  #pingCount = 0;
  #ending: CloseInfo | undefined;
  #error: Error | undefined;
  #closed: Promise<CloseInfo> | undefined;
  #settleClosed: ((info: CloseInfo) => void) | undefined;

  constructor(parts: ConnectionParts<Context>) {
    const { settings, traffic = createTraffic() } = parts;
    this.url = parts.url;
    this.protocol = parts.protocol;
    this.extensions = parts.extensions;
    this.request = parts.request;
    this.context = parts.context;
    this.#broker = parts.broker;
    this.#onEnd = parts.onEnd;
    this.#early = parts.early;
    this.#dispatcher = new Dispatcher(this, settings, traffic);
    this.link = new Link(this.#dispatcher, { ...parts, codec: parts.codec });
    this.#sender = new MessageSender(this.link, settings, traffic, this);
  }

  /** Begins to receive. */
  start(): void {
    this.link.start(this.#early);
    this.#early = undefined;
  }

  get role(): Role {
    return this.link.role;
  }

  get readyState(): 1 | 2 | 3 {
    if (this.link.isOver) return 3;
    return this.#sender.isClosing ? 2 : 1;
  }

  get remoteAddress(): string | undefined {
    return this.request.remoteAddress;
  }

  get bufferedAmount(): number {
    return this.#sender.bufferedBytes;
  }

  get transport(): string {
    return this.link.transport.kind;
  }

  get closed(): Promise<CloseInfo> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#ending === undefined) this.#settleClosed = resolve;
      else resolve(this.#ending);
    });
    return this.#closed;
  }

  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult {
    return this.#sender.send(data, options);
  }

  sendStream(source: MessageSource, options: SendOptions = {}): Promise<void> {
    return this.#sender.sendStream(source, options);
  }

  drained(): Promise<void> {
    return this.#sender.drained();
  }

  ping(data?: MessageData): Promise<number> {
    const payload = data === undefined ? this.#nextPingPayload() : controlPayload(data);
    if (!this.link.isOpen || !this.link.protocol.sendPing(payload))
      return quiet(Promise.reject(this.closedError()));
    this.link.flushSoon();
    this.#pings ??= new PingLedger();
    return quiet(this.#pings.add(Uint8Array.from(payload), this.link.clock.preciseNow()));
  }

  pong(data: MessageData = ""): void {
    const payload = controlPayload(data);
    if (this.link.isOpen && this.link.protocol.sendPong(payload)) this.link.flushSoon();
  }

  close(code = 1000, reason = ""): Promise<CloseInfo> {
    this.#sender.close(code, reason);
    return this.closed;
  }

  terminate(): void {
    this.link.terminate();
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
    if (!this.link.isOver) this.#topics().subscribe(this as never, topic);
  }

  unsubscribe(topic: string): void {
    this.#topics().unsubscribe(this as never, topic);
  }

  isSubscribed(topic: string): boolean {
    return this.#topics().isSubscribed(this as never, topic);
  }

  publish(topic: string, data: MessageData, options: SendOptions = {}): number {
    return this.#topics().publish(topic, data, options, this as never);
  }

  /** Sends a frame made by `encodeMessage`, which many connections may share. */
  sendShared(frame: Uint8Array): SendResult {
    return this.#sender.sendShared(frame);
  }

  /** What operations on the ended connection reject with. */
  closedError(): ClosedError {
    const info = this.#ending ?? closeInfoOf(this.link.protocol, undefined);
    return new ClosedError(info, this.#error && { cause: this.#error });
  }

  report(error: Error): void {
    this.#dispatcher.report(error);
  }

  pongReceived(payload: Uint8Array): void {
    this.#pings?.settle(payload, this.link.clock.preciseNow());
  }

  transportDrained(): void {
    this.#sender.transportDrained();
  }

  notifyDrained(): void {
    this.#dispatcher.notifyDrained();
  }

  connectionEnded(info: CloseInfo, error: Error | undefined): void {
    this.#ending = info;
    this.#error = error;
    this.#broker?.forget(this as never);
    const closed = this.closedError();
    this.#pings?.rejectAll(closed);
    this.#sender.ended(closed);
    this.#settleClosed?.(info);
    this.#onEnd?.(this);
  }

  #nextPingPayload(): Uint8Array {
    const count = ++this.#pingCount;
    return Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count);
  }

  #topics(): Broker {
    if (this.#broker === undefined) throw new StateError("INVALID_ARGUMENT", "topics belong to servers");
    return this.#broker;
  }
}

function controlPayload(data: MessageData): Uint8Array {
  const payload = payloadOf(data);
  return typeof payload === "string" ? encodeText(nodeEngine, payload) : payload;
}
