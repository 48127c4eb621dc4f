// The sending half of a connection: what may be sent when, what it costs in waiting bytes, and who waits for them.

import { nodeEngine } from "../host/index.js";
import { CloseCode, closePayload } from "../protocol/index.js";
import type { Link } from "./link.js";
import {
  byteLengthOf,
  bytesOf,
  checkMessage,
  controlPayloadOf,
  type MessageData,
  payloadOf,
  type SendOptions,
  type SendResult,
  type WebSocketMessage,
} from "./message.js";
import { cancelSource, holdSource, type MessageSource } from "./message-source.js";
import { piecesOf, type StreamHost, sendMessageStream } from "./message-stream.js";
import { PingLedger } from "./ping-ledger.js";
import { quiet } from "./quiet-promise.js";
import { type PressureHost, SendPressure } from "./send-pressure.js";
import type { Traffic } from "./traffic.js";

/** The connection, as far as its sender needs it. */
export interface SenderHost extends PressureHost {
  closedError(): Error;
  closeAsked(): void;
}

/** A large message is compressed in pieces of this size, so that other connections get their turn in between. */
const DEFLATE_PIECE_BYTES = 131_072;

export class MessageSender implements StreamHost {
  readonly link: Link;
  /** The stream that waits for its source, when the connection is over. */
  onOver: (() => void) | undefined;
  readonly #traffic: Traffic;
  readonly #host: SenderHost;
  readonly #pressure: SendPressure;
  #pings: PingLedger | undefined;

  constructor(link: Link, traffic: Traffic, host: SenderHost) {
    this.link = link;
    this.#traffic = traffic;
    this.#host = host;
    this.#pressure = new SendPressure(link, host);
  }

  get bufferedBytes(): number {
    return this.#pressure.bufferedBytes;
  }

  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult {
    const isPlain = typeof data === "string" || ArrayBuffer.isView(data) || bytesOf(data) !== undefined;
    if (!isPlain) return this.#sendOther(data as Blob | WebSocketMessage, options);
    if (!this.#isAccepting()) return this.#drop();
    const payload = payloadOf(data);
    if (this.#isWorthPieces(payload, options)) {
      const source = piecesOf(payload, DEFLATE_PIECE_BYTES, this.link.host.turns);
      return this.#sendLater(byteLengthOf(payload), () =>
        this.#stream(source, { ...options, compress: true }),
      );
    }
    if (!this.#pressure.isQueueIdle) {
      // Bytes are copied when they have to wait, so that the caller may reuse them.
      const kept = typeof payload === "string" ? payload : new Uint8Array(payload);
      return this.#sendLater(byteLengthOf(payload), () => this.#write(kept, options));
    }
    this.#write(payload, options);
    return this.#pressure.outcome();
  }

  sendShared(frame: Uint8Array): SendResult {
    if (!this.#isAccepting()) return this.#drop();
    if (!this.#pressure.isQueueIdle) {
      return this.#sendLater(frame.length, () => this.#count(this.link.protocol.sendEncoded(frame)));
    }
    this.#count(this.link.protocol.sendEncoded(frame));
    return this.#pressure.outcome();
  }

  sendStream(source: MessageSource, options: SendOptions): Promise<void> {
    holdSource(source);
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      cancelSource(source);
      return quiet(Promise.reject(refusal));
    }
    let isRead = false;
    const task = async (): Promise<void> => {
      isRead = true;
      if (!(await this.#stream(source, options))) throw this.#host.closedError();
    };
    const sent = this.#pressure.enqueue(0, task);
    sent.catch(() => {
      if (!isRead) cancelSource(source);
    });
    return sent;
  }

  /** Sends a ping, ahead of what waits for its turn. Resolves with the round trip in milliseconds. */
  ping(data: MessageData | undefined): Promise<number> {
    this.#pings ??= new PingLedger();
    const payload = data === undefined ? this.#pings.nextPayload() : controlPayloadOf(data);
    const refusal = this.#pings.refusal ?? this.#refusal();
    if (refusal !== undefined) return quiet(Promise.reject(refusal));
    this.link.protocol.sendPing(payload);
    this.link.flushSoon();
    return quiet(this.#pings.add(Uint8Array.from(payload), this.link.clock.preciseNow()));
  }

  pongReceived(payload: Uint8Array): void {
    this.#pings?.settle(payload, this.link.clock.preciseNow());
  }

  pong(data: MessageData): SendResult {
    const payload = controlPayloadOf(data);
    if (!this.#isAccepting()) return this.#drop();
    this.link.protocol.sendPong(payload);
    return this.#pressure.outcome();
  }

  /** Sends Close behind everything that was accepted before. Throws `StateError` at once for what cannot be sent. */
  close(code: number | undefined, reason: string): void {
    if (this.link.phase === "open") this.#sendClose(code, reason);
    // Also where nobody hears a Close any more, nothing else that came is waited for.
    this.link.startClosing();
    this.#host.closeAsked();
  }

  drained(): Promise<boolean> {
    return this.#pressure.drained();
  }

  written(): Promise<void> {
    return this.#pressure.written();
  }

  transportDrained(): void {
    this.#pressure.transportDrained();
  }

  /** Nothing that is sent reaches the peer any more. */
  ended(error: Error): void {
    this.#pings?.rejectAll(error);
    this.#pressure.ended(error);
    this.onOver?.();
  }

  #sendClose(code: number | undefined, reason: string): void {
    if (this.#pressure.isQueueIdle) {
      this.link.close(code, reason);
      return;
    }
    closePayload(nodeEngine, code, reason);
    void quiet(this.#pressure.enqueue(0, () => this.link.close(code, reason)));
  }

  #sendOther(data: Blob | WebSocketMessage, options: SendOptions | undefined): SendResult {
    if (typeof Blob === "function" && data instanceof Blob) {
      if (!this.#isAccepting()) return this.#drop();
      return this.#sendLater(data.size, () => this.#writeBlob(data, options));
    }
    if (typeof data === "object" && data !== null && "type" in data) {
      checkMessage(data);
      return this.#sendMessage(data as WebSocketMessage, options);
    }
    payloadOf(data);
    return "dropped";
  }

  #sendMessage(message: WebSocketMessage, options: SendOptions | undefined): SendResult {
    switch (message.type) {
      case "text":
      case "binary":
        return this.send(payloadOf(message.data), {
          ...options,
          binary: options?.binary ?? message.type === "binary",
        });
      case "ping":
        return this.#sendPing(message.data);
      case "pong":
        return this.pong(message.data);
      case "close": {
        const result = this.link.phase === "open" ? "sent" : "dropped";
        // A Close without a code is told as 1005, which is never sent.
        this.close(message.code === CloseCode.NO_STATUS ? undefined : message.code, message.reason);
        return result;
      }
    }
  }

  #sendPing(data: MessageData): SendResult {
    controlPayloadOf(data);
    if (!this.#isAccepting()) return this.#drop();
    if (this.#pings?.refusal !== undefined) {
      this.#traffic.messagesDropped++;
      return "dropped";
    }
    void this.ping(data);
    return this.#pressure.outcome();
  }

  /** Sends what was accepted when its turn comes. `send` answers whether it was sent. */
  #sendLater(byteLength: number, send: () => Promise<boolean> | boolean): SendResult {
    const count = (isSent: boolean): void => {
      if (!isSent) this.#traffic.messagesDropped++;
    };
    const task = (): Promise<boolean> | boolean => this.link.canSend && send();
    this.#pressure.enqueue(byteLength, task).then(count, () => count(false));
    return this.#pressure.outcome();
  }

  /** False when the connection closed before the end of the message. Rejects with what the source throws. */
  async #stream(source: MessageSource, options: SendOptions): Promise<boolean> {
    try {
      const isWhole = await sendMessageStream(this, source, options);
      if (isWhole) this.#traffic.messagesSent++;
      return isWhole;
    } catch (error) {
      // The fragments that went out cannot be taken back, and no other message may follow them.
      if (this.link.protocol.isSendingMessage) this.link.close(1011, "");
      throw error;
    }
  }

  async #writeBlob(blob: Blob, options: SendOptions | undefined): Promise<boolean> {
    try {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      return this.link.canSend && this.#write(bytes, { ...options, binary: options?.binary ?? true });
    } catch (error) {
      if (this.link.canSend) this.#host.report(error as Error);
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
    const { protocol } = this.link;
    if (typeof payload === "string") {
      if (options?.binary) return protocol.sendBinary(Buffer.from(payload), options.compress);
      return protocol.sendText(payload, options?.compress);
    }
    if (options?.binary === false) return protocol.sendEncodedText(payload, options.compress);
    return protocol.sendBinary(payload, options?.compress);
  }

  #isAccepting(): boolean {
    return this.link.phase === "open" && this.#pressure.hasRoom();
  }

  /** Counts what is not accepted. A closed connection and a full buffer both drop; the latter may close the connection. */
  #drop(): "dropped" {
    this.#traffic.messagesDropped++;
    if (this.link.phase === "open") this.#pressure.applyPolicy();
    return "dropped";
  }

  /** Why something is not accepted that rejects instead of being counted. A full buffer may close the connection, too. */
  #refusal(): Error | undefined {
    if (this.link.phase !== "open") return this.#host.closedError();
    if (this.#pressure.hasRoom()) return undefined;
    const error = this.#pressure.fullError();
    this.#pressure.applyPolicy();
    return error;
  }

  #isWorthPieces(payload: string | Uint8Array, options: SendOptions | undefined): boolean {
    const { codec } = this.link;
    // A text has at most three bytes for each of its units.
    if (codec === undefined || payload.length <= DEFLATE_PIECE_BYTES / 3) return false;
    const byteLength = byteLengthOf(payload);
    return byteLength > DEFLATE_PIECE_BYTES && (options?.compress ?? codec.isWorthwhile(byteLength));
  }
}
