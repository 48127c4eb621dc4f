// The sending half of a connection: what may be sent when, what it costs in waiting bytes, and who waits for them.

import { nodeEngine } from "../host/index.js";
import {
  CloseCode,
  closePayload,
  LimitError,
  StateError,
  type WebSocketProtocol,
} from "../protocol/index.js";
import type { ConnectionSettings } from "./connection-options.js";
import type { Link } from "./link.js";
import {
  byteLengthOf,
  bytesOf,
  type MessageData,
  payloadOf,
  type SendOptions,
  type SendResult,
  type WebSocketMessage,
} from "./message.js";
import { cancelSource, type MessageSource } from "./message-source.js";
import { piecesOf, type StreamHost, sendMessageStream } from "./message-stream.js";
import { OutgoingQueue } from "./outgoing-queue.js";
import { quiet } from "./quiet-promise.js";
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

export class MessageSender implements StreamHost {
  readonly #link: Link;
  readonly #settings: ConnectionSettings;
  readonly #traffic: Traffic;
  readonly #host: SenderHost;
  onOver: (() => void) | undefined;
  #queue: OutgoingQueue | undefined;
  #waiters: (() => void)[] | undefined;
  #resumeStream: (() => void) | undefined;
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
    const payload = payloadOf(data);
    if (this.#isWorthPieces(payload, options)) {
      const source = piecesOf(payload, DEFLATE_PIECE_BYTES, this.#link.host.turns);
      return this.#sendLater(byteLengthOf(payload), () =>
        this.#stream(source, { ...options, compress: true }),
      );
    }
    if (this.#queue !== undefined && !this.#queue.isIdle) {
      // Bytes are copied when they have to wait, so that the caller may reuse them.
      const kept = typeof payload === "string" ? payload : new Uint8Array(payload);
      return this.#sendLater(byteLengthOf(payload), () => this.#write(kept, options));
    }
    this.#write(payload, options);
    return this.#outcome();
  }

  sendShared(frame: Uint8Array): SendResult {
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    if (this.#queue !== undefined && !this.#queue.isIdle) {
      return this.#sendLater(frame.length, () => this.#count(this.#link.protocol.sendEncoded(frame)));
    }
    this.#count(this.#link.protocol.sendEncoded(frame));
    return this.#outcome();
  }

  sendStream(source: MessageSource, options: SendOptions): Promise<void> {
    if (this.isClosing) return quiet(Promise.reject(this.#host.closedError()));
    let isRead = false;
    const task = async (): Promise<void> => {
      isRead = true;
      if (!(await this.#stream(source, options))) throw this.#host.closedError();
    };
    const sent = this.#enqueue(0, task);
    sent.catch(() => {
      if (!isRead) cancelSource(source);
    });
    return sent;
  }

  /** Sends Close behind everything that was accepted before. Throws `StateError` at once for what cannot be sent. */
  close(code: number | undefined, reason: string): void {
    if (this.isClosing) return;
    if (this.#queue === undefined || this.#queue.isIdle) {
      this.#link.close(code, reason);
      return;
    }
    closePayload(nodeEngine, code, reason);
    this.#isCloseQueued = true;
    this.#link.startClosing();
    void quiet(this.#enqueue(0, () => this.#link.close(code, reason)));
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

  /** What waits behind a stream must not hold it up, so only what was written counts. */
  written(): Promise<void> {
    const { outbox } = this.#link;
    const { lowWaterMarkBytes } = this.#settings;
    this.#link.flushSoon();
    if (outbox.bufferedBytes > lowWaterMarkBytes) outbox.flush();
    if (this.#link.isOver || outbox.bufferedBytes <= lowWaterMarkBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resumeStream = resolve;
    });
  }

  /** The network has taken what waited. */
  transportDrained(): void {
    if (this.#link.outbox.bufferedBytes <= this.#settings.lowWaterMarkBytes) this.#resumeStream?.();
    if (this.bufferedBytes > this.#settings.lowWaterMarkBytes) return;
    this.#releaseWaiters();
    if (!this.#isAboveMark) return;
    this.#isAboveMark = false;
    this.#host.notifyDrained();
  }

  ended(error: Error): void {
    this.#queue?.clear(error);
    this.#resumeStream?.();
    this.onOver?.();
    this.#releaseWaiters();
  }

  #sendOther(data: Blob | WebSocketMessage, options: SendOptions | undefined): SendResult {
    if (typeof Blob === "function" && data instanceof Blob) {
      return this.#refusal() ?? this.#sendLater(data.size, () => this.#writeBlob(data, options));
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
        // A Close without a code is told as 1005, which is never sent.
        this.close(message.code === CloseCode.NO_STATUS ? undefined : message.code, message.reason);
        return result;
      default: {
        const { type } = message as { type: unknown };
        throw new StateError("INVALID_ARGUMENT", `a message has no type ${String(type)}`);
      }
    }
  }

  /** Sends what was accepted when its turn comes. `send` answers whether it was sent. */
  #sendLater(byteLength: number, send: () => Promise<boolean> | boolean): "buffered" {
    this.#isAboveMark = true;
    const count = (isSent: boolean): void => {
      if (!isSent) this.#traffic.messagesDropped++;
    };
    this.#enqueue(byteLength, () => this.isOpen && send()).then(count, () => count(false));
    return "buffered";
  }

  #enqueue<T>(byteLength: number, task: () => Promise<T> | T): Promise<T> {
    this.#queue ??= new OutgoingQueue(this.#link.host.turns, () => {
      this.#link.outbox.flush();
      this.transportDrained();
    });
    return this.#queue.add(byteLength, task);
  }

  /** False when the connection closed before the end of the message. Rejects with what the source throws. */
  async #stream(source: MessageSource, options: SendOptions): Promise<boolean> {
    try {
      const isWhole = await sendMessageStream(this, source, options);
      if (isWhole) this.#traffic.messagesSent++;
      return isWhole;
    } catch (error) {
      // The fragments that went out cannot be taken back, and no other message may follow them.
      if (this.#link.protocol.isSendingMessage) this.#link.close(1011, "");
      throw error;
    }
  }

  async #writeBlob(blob: Blob, options: SendOptions | undefined): Promise<boolean> {
    try {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      return this.isOpen && this.#write(bytes, { binary: true, ...options });
    } catch (error) {
      if (this.isOpen) this.#host.report(error as Error);
      return false;
    }
  }

  #write(payload: string | Uint8Array, options: SendOptions | undefined): boolean {
    return this.#count(this.#encode(payload, options));
  }

  #count(isSent: boolean): boolean {
    if (isSent) this.#traffic.messagesSent++;
    return isSent;
  }

  #encode(payload: string | Uint8Array, options: SendOptions | undefined): boolean {
    const { protocol } = this.#link;
    if (typeof payload === "string") {
      if (options?.binary) return protocol.sendBinary(Buffer.from(payload), options.compress);
      return protocol.sendText(payload, options?.compress);
    }
    if (options?.binary === false) return protocol.sendEncodedText(payload, options.compress);
    return protocol.sendBinary(payload, options?.compress);
  }

  /** Why nothing may be sent now. A closed connection and a full buffer both drop, and both are counted. */
  #refusal(): "dropped" | undefined {
    const { maxBufferedBytes, bufferPolicy } = this.#settings;
    if (!this.isClosing) {
      const overheadBytes = this.#queue?.overheadBytes ?? 0;
      if (this.bufferedBytes + overheadBytes <= maxBufferedBytes) return undefined;
      // What the network takes at once does not wait.
      this.#link.outbox.flushUnlessCongested();
      if (this.bufferedBytes + overheadBytes <= maxBufferedBytes) return undefined;
    }
    this.#traffic.messagesDropped++;
    if (this.isClosing) return "dropped";
    this.#isAboveMark = true;
    if (bufferPolicy === "close") {
      const text = `${this.bufferedBytes} bytes wait for the peer, more than the limit of ${maxBufferedBytes} (maxBufferedBytes)`;
      this.#host.report(new LimitError("BUFFER_FULL", text, maxBufferedBytes, this.bufferedBytes));
      this.#link.close(1013, "");
    }
    return "dropped";
  }

  #outcome(): SendResult {
    this.#link.flushSoon();
    if (this.#link.outbox.bufferedBytes <= this.#settings.highWaterMarkBytes) return "sent";
    this.#link.outbox.flushUnlessCongested();
    if (this.#link.outbox.bufferedBytes <= this.#settings.highWaterMarkBytes) return "sent";
    this.#isAboveMark = true;
    return "buffered";
  }

  #isWorthPieces(payload: string | Uint8Array, options: SendOptions | undefined): boolean {
    if (payload.length <= DEFLATE_PIECE_BYTES) return false;
    const { codec } = this.#link;
    return codec !== undefined && (options?.compress ?? codec.isWorthwhile(payload.length));
  }

  #releaseWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters !== undefined) for (const resolve of waiters) resolve();
  }
}
