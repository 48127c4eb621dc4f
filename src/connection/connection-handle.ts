// The object users hold, with what WebSocketConnection declares and nothing else: what moves a connection from the
// inside is out of their reach, and does not show when they look.

import type { Role } from "../protocol/index.js";
import type { CloseInfo } from "./close-info.js";
import type { Connection } from "./connection.js";
import { describeConnection, type Inspect, inspectMethod } from "./description.js";
import { type ConnectionHandlers, checkListener } from "./listener.js";
import type { BufferSource, MessageData, SendOptions, SendResult, WebSocketMessage } from "./message.js";
import type { MessageSource } from "./message-source.js";
import type { TransportKind } from "./transport-kind.js";
import type { UpgradeRequest } from "./upgrade-request.js";
import { WebStreams } from "./web-streams.js";
import type { WebSocketConnection } from "./websocket-connection.js";

export class ConnectionHandle<Context> implements WebSocketConnection<Context> {
  readonly #connection: Connection<Context>;
  #webStreams: WebStreams | undefined;
  context: Context;

  constructor(connection: Connection<Context>, context: Context) {
    this.#connection = connection;
    this.context = context;
  }

  get role(): Role {
    return this.#connection.role;
  }
  get readyState(): 1 | 2 | 3 {
    return this.#connection.readyState;
  }
  get url(): string {
    return this.#connection.url;
  }
  get protocol(): string {
    return this.#connection.protocol;
  }
  get extensions(): string {
    return this.#connection.extensions;
  }
  get remoteAddress(): string | undefined {
    return this.#connection.remoteAddress;
  }
  get request(): UpgradeRequest {
    return this.#connection.request;
  }
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }
  get transport(): TransportKind {
    return this.#connection.transport;
  }
  get closed(): Promise<CloseInfo> {
    return this.#connection.closed;
  }
  get readable(): ReadableStream<string | Uint8Array> {
    return this.#streams.readable;
  }
  get writable(): WritableStream<string | BufferSource | Blob> {
    return this.#streams.writable;
  }

  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult {
    return this.#connection.send(data, options);
  }
  sendStream(source: MessageSource, options?: SendOptions): Promise<void> {
    return this.#connection.sendStream(source, options);
  }
  drained(): Promise<boolean> {
    return this.#connection.drained();
  }
  ping(data?: MessageData): Promise<number> {
    return this.#connection.ping(data);
  }
  pong(data?: MessageData): void {
    this.#connection.pong(data);
  }
  close(code?: number, reason?: string): Promise<CloseInfo> {
    return this.#connection.close(code, reason);
  }
  terminate(): void {
    this.#connection.terminate();
  }
  pause(): void {
    this.#connection.pause();
  }
  resume(): void {
    this.#connection.resume();
  }
  listen(handlers: ConnectionHandlers<Context>): void {
    checkListener(handlers);
    this.#connection.listen(handlers);
  }
  messages(): AsyncIterableIterator<WebSocketMessage> {
    return this.#connection.messages();
  }
  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array> {
    return this.#connection[Symbol.asyncIterator]();
  }
  subscribe(topic: string): void {
    this.#connection.subscribe(topic);
  }
  unsubscribe(topic: string): void {
    this.#connection.unsubscribe(topic);
  }
  isSubscribed(topic: string): boolean {
    return this.#connection.isSubscribed(topic);
  }
  publish(topic: string, data: MessageData, options?: SendOptions): number {
    return this.#connection.publish(topic, data, options);
  }

  get #streams(): WebStreams {
    this.#webStreams ??= new WebStreams(this);
    return this.#webStreams;
  }

  [inspectMethod](_depth: number, options: object, inspect: Inspect): string {
    return describeConnection(this, options, inspect);
  }
}
