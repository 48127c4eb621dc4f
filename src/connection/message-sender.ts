// The sending half of a connection: what may be sent when, what it costs in waiting bytes, and who waits for them.

import { nodeEngine } from "../host/index.js";
import { closePayload, LimitError, StateError, type WebSocketProtocol } from "../protocol/index.js";
import type { ConnectionSettings } from "./connection-options.js";
import type { Link } from "./link.js";
import {
  bytesOf,
  type MessageData,
  payloadOf,
  type SendOptions,
  type SendResult,
  type WebSocketMessage,
} from "./message.js";
import { type MessageSource, sendMessageStream } from "./message-stream.js";
import { OutgoingQueue } from "./outgoing-queue.js";
import type { Traffic } from "./traffic.js";

/** The connection, as far as its sender needs it. */
export interface SenderHost {
  report(error: Error): void;
  notifyDrained(): void;
  closedError(): Error;
  ping(data: MessageData): Promise<number>;
  pong(data: MessageData): void;
}

/** A large message is compressed in pieces of this size, so that other connections get their turn in between. */
const DEFLATE_PIECE_BYTES = 131_072;

export class MessageSender {
  readonly #link: Link;
  readonly #settings: ConnectionSettings;
  readonly #traffic: Traffic;
  readonly #host: SenderHost;
  #queue: OutgoingQueue | undefined;
  #waiters: (() => void)[] | undefined;
  #isAboveMark = false;
  #isCloseQueued = false;

  constructor(link: Link, settings: ConnectionSettings, traffic: Traffic, host: SenderHost) {
    this.#link = link;
    this.#settings = settings;
    this.#traffic = traffic;
    this.#host = host;
  }

  get isClosing(): boolean {
    return this.#isCloseQueued || !this.#link.isOpen;
  }

  get bufferedBytes(): number {
    return this.#link.outbox.bufferedBytes + (this.#queue?.bytes ?? 0);
  }

  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult {
    const isPlain = typeof data === "string" || ArrayBuffer.isView(data) || bytesOf(data) !== undefined;
    if (!isPlain) return this.#sendOther(data as Blob | WebSocketMessage, options);
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    if (this.#queue !== undefined && !this.#queue.isIdle)
      return this.#sendLater(data as MessageData, options);
    const payload = typeof data === "string" ? data : payloadOf(data);
    if (this.#isWorthPieces(payload, options)) {
      void this.sendStream(pieces(payload), { ...options, compress: true }).catch(() => {});
      return "buffered";
    }
    this.#write(payload, options);
    return this.#outcome();
  }

  sendShared(frame: Uint8Array): SendResult {
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    if (this.#queue !== undefined && !this.#queue.isIdle) {
      void this.#queue.add(frame.length, () => this.#afterTask(this.#link.protocol.sendEncoded(frame)));
      return "buffered";
    }
    this.#link.protocol.sendEncoded(frame);
    return this.#outcome();
  }

  sendStream(source: MessageSource, options: SendOptions): Promise<void> {
    if (this.isClosing) return quiet(Promise.reject(this.#host.closedError()));
    this.#queue ??= new OutgoingQueue();
    const task = async (): Promise<void> => {
      try {
        const isWhole = await sendMessageStream(this, source, options);
        if (!isWhole) throw this.#host.closedError();
        this.#traffic.messagesSent++;
      } catch (error) {
        // The fragments that went out cannot be taken back, and no other message may follow them.
        if (this.#link.protocol.isSendingMessage) this.#link.close(1011, "");
        throw error;
      }
    };
    return quiet(this.#queue.add(0, task));
  }

  /** Sends Close behind everything that was accepted before. Throws `StateError` at once for what cannot be sent. */
  close(code: number, reason: string): void {
    if (this.isClosing) return;
    if (this.#queue === undefined || this.#queue.isIdle) {
      this.#link.close(code, reason);
      return;
    }
    closePayload(nodeEngine, code, reason);
    this.#isCloseQueued = true;
    this.#link.startClosing();
    void this.#queue.add(0, () => this.#link.close(code, reason)).catch(() => {});
  }

  drained(): Promise<void> {
    if (this.#link.isOver || this.bufferedBytes <= this.#settings.lowWaterMarkBytes) return Promise.resolve();
    this.#link.outbox.flush();
    if (this.bufferedBytes <= this.#settings.lowWaterMarkBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters ??= [];
      this.#waiters.push(resolve);
    });
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  get protocol(): WebSocketProtocol {
    return this.#link.protocol;
  }

  flushSoon(): void {
    this.#link.flushSoon();
  }

  /** The network has taken what waited. */
  transportDrained(): void {
    if (this.bufferedBytes > this.#settings.lowWaterMarkBytes) return;
    this.#releaseWaiters();
    if (!this.#isAboveMark) return;
    this.#isAboveMark = false;
    this.#host.notifyDrained();
  }

  ended(error: Error): void {
    this.#queue?.clear(error);
    this.#releaseWaiters();
  }

  #sendOther(data: Blob | WebSocketMessage, options: SendOptions | undefined): SendResult {
    if (typeof Blob === "function" && data instanceof Blob) {
      const refusal = this.#refusal();
      if (refusal !== undefined) return refusal;
      this.#queue ??= new OutgoingQueue();
      const task = async (): Promise<void> => {
        const bytes = new Uint8Array(await data.arrayBuffer());
        if (!this.isClosing || this.#isCloseQueued) this.#write(bytes, { binary: true, ...options });
        this.#afterTask(true);
      };
      this.#queue.add(data.size, task).catch((error: Error) => this.#host.report(error));
      return "buffered";
    }
    if (typeof data === "object" && data !== null && "type" in data) {
      return this.#sendMessage(data as WebSocketMessage, options);
    }
    payloadOf(data);
    return "dropped";
  }

  #sendMessage(message: WebSocketMessage, options: SendOptions | undefined): SendResult {
    const result = this.isClosing ? "dropped" : "sent";
    switch (message.type) {
      case "text":
      case "binary":
        return this.send(payloadOf(message.data), { binary: message.type === "binary", ...options });
      case "ping":
        void this.#host.ping(message.data);
        return result;
      case "pong":
        this.#host.pong(message.data);
        return result;
      case "close":
        this.close(message.code, message.reason);
        return result;
      default: {
        const { type } = message as { type: unknown };
        throw new StateError("INVALID_ARGUMENT", `a message has no type ${String(type)}`);
      }
    }
  }

  /** Bytes are copied when they have to wait, so that the caller may reuse them. */
  #sendLater(data: MessageData, options: SendOptions | undefined): SendResult {
    const payload = typeof data === "string" ? data : Uint8Array.from(payloadOf(data) as Uint8Array);
    const queue = this.#queue as OutgoingQueue;
    void queue.add(payload.length, () => this.#afterTask(this.#write(payload, options))).catch(() => {});
    return "buffered";
  }

  #write(payload: string | Uint8Array, options: SendOptions | undefined): boolean {
    const { protocol } = this.#link;
    this.#traffic.messagesSent++;
    if (typeof payload === "string") {
      if (options?.binary) return protocol.sendBinary(Buffer.from(payload), options.compress);
      return protocol.sendText(payload, options?.compress);
    }
    if (options?.binary === false) return protocol.sendEncodedText(payload, options.compress);
    return protocol.sendBinary(payload, options?.compress);
  }

  #afterTask(isSent: boolean): void {
    if (!isSent) this.#traffic.messagesDropped++;
    this.#link.outbox.flush();
    this.transportDrained();
  }

  /** Why nothing may be sent now. A closed connection and a full buffer both drop, and both are counted. */
  #refusal(): "dropped" | undefined {
    if (!this.isClosing && this.bufferedBytes <= this.#settings.maxBufferedBytes) return undefined;
    this.#traffic.messagesDropped++;
    if (this.isClosing) return "dropped";
    this.#isAboveMark = true;
    if (this.#settings.bufferPolicy === "close") {
      const { maxBufferedBytes } = this.#settings;
      const text = `${this.bufferedBytes} bytes wait for the peer, more than the limit of ${maxBufferedBytes} (maxBufferedBytes)`;
      this.#host.report(new LimitError("BUFFER_FULL", text, maxBufferedBytes, this.bufferedBytes));
      this.#link.close(1013, "");
    }
    return "dropped";
  }

  #outcome(): SendResult {
    this.#link.flushSoon();
    if (this.#link.outbox.bufferedBytes <= this.#settings.highWaterMarkBytes) return "sent";
    this.#link.outbox.flush();
    if (this.#link.outbox.bufferedBytes <= this.#settings.highWaterMarkBytes) return "sent";
    this.#isAboveMark = true;
    return "buffered";
  }

  #isWorthPieces(payload: string | Uint8Array, options: SendOptions | undefined): boolean {
    return (
      payload.length > DEFLATE_PIECE_BYTES && this.#link.codec !== undefined && options?.compress !== false
    );
  }

  #releaseWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters !== undefined) for (const resolve of waiters) resolve();
  }
}

/** The payload in pieces, each in a turn of its own. Bytes are copied first: the caller may reuse them. */
async function* pieces(payload: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  for (let at = 0; at < payload.length; at += DEFLATE_PIECE_BYTES) {
    yield payload.slice(at, at + DEFLATE_PIECE_BYTES);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A promise that may be ignored: its rejection is no event of the process. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
