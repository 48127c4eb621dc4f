// The class WebSocket of `ws`: an EventEmitter with the browser's attributes and methods beside it, for both roles.

import { EventEmitter } from "node:events";
import type { ClientRequest } from "node:http";
import type { Duplex } from "node:stream";
import { type BinaryType, binaryTypes } from "./binary-type.js";
import type { WebSocketAttributes } from "./browser-events.js";
import { Channel } from "./channel.js";
import { type ChannelOptions, channelDefaults, limitOf } from "./channel-options.js";
import { abortHandshake } from "./client-failure.js";
import { openHandshake } from "./client-handshake.js";
import { type ClientOptions, givenOptions, givenProtocols } from "./client-options.js";
import { isBlob, toBuffer } from "./data.js";
import { addEventListener, defineEventAttributes, removeEventListener } from "./event-target.js";
import type { SendCallback } from "./frame-gatherer.js";
import { type Extensions, PerMessageDeflate } from "./permessage-deflate.js";
import { type ReadyState, readyStateNames, readyStates } from "./ready-state.js";
import type { Receiver } from "./receiver.js";
import type { MessageOptions, Sender } from "./sender.js";

const { extensionName } = PerMessageDeflate;
const NO_BYTES = Buffer.alloc(0);

/** Called once a message was written, with nothing, or with why it was not. */
export type MessageCallback = (error?: Error) => void;

/** Called once a ping or a pong was written, with nothing, or with why it was not. */
export type ControlCallback = (error: Error) => void;

export interface WebSocket extends WebSocketAttributes {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: what the interface declares is defined below.
export class WebSocket extends EventEmitter {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;

  _binaryType: BinaryType = "nodebuffer";
  _bufferedAmount = 0;
  _closeCode = 1006;
  _closeFrameReceived = false;
  _closeFrameSent = false;
  _closeMessage: Buffer = NO_BYTES;
  _closeTimeout: number;
  _closeTimer: NodeJS.Timeout | null = null;
  _errorEmitted = false;
  _extensions: Extensions = {};
  _isServer: boolean;
  _paused = false;
  _protocol = "";
  _readyState: ReadyState = readyStates.CONNECTING;
  _redirects = 0;
  _req: ClientRequest | null = null;
  _url: string | undefined;
  _autoPong = false;
  #channel: Channel | undefined;
  #pendingPongs = 0;
  #maxPendingPongs = 0;

  /** `address` null makes one that a server is going to give a socket. */
  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | ClientOptions,
    options?: ClientOptions,
  ) {
    super();
    this._isServer = address === null;
    const given = givenOptions(protocols, options);
    const settings =
      address === null ? given : openHandshake(this, address, givenProtocols(protocols, given), given);
    this._autoPong = Boolean(settings.autoPong);
    this.#maxPendingPongs = limitOf(settings.maxPendingAutoPongs);
    this._closeTimeout = settings.closeTimeout ?? channelDefaults.closeTimeout;
  }

  /** What binary messages are handed out as; may be set to "blob" too. */
  get binaryType(): Exclude<BinaryType, "blob"> {
    return this._binaryType as Exclude<BinaryType, "blob">;
  }

  set binaryType(type: BinaryType) {
    if (!binaryTypes.includes(type)) return;
    this._binaryType = type;
    this.#channel?.setBinaryType(type);
  }

  /** Bytes that were sent and that the kernel has not taken. */
  get bufferedAmount(): number {
    return this.#channel?.bufferedBytes ?? this._bufferedAmount;
  }

  get extensions(): string {
    return Object.keys(this._extensions).join();
  }

  get isPaused(): boolean {
    return this._paused;
  }

  get protocol(): string {
    return this._protocol;
  }

  get readyState(): ReadyState {
    return this._readyState;
  }

  get url(): string {
    return this._url as string;
  }

  /** The socket, to which everything that was sent has been handed over. */
  get _socket(): Duplex | null {
    this.#channel?.flush();
    return this.#channel?.socket ?? null;
  }

  get _receiver(): Receiver | null {
    return this.#channel?.receiver ?? null;
  }

  get _sender(): Sender | null {
    return this.#channel?.sender ?? null;
  }

  /** Takes over a socket whose opening handshake is done. */
  setSocket(socket: Duplex, head: Buffer, options: ChannelOptions): void {
    this.#channel = new Channel(this, socket, options);
    this.#channel.start(head);
    this._readyState = readyStates.OPEN;
    this.emit("open");
  }

  /** Ends what the extensions hold, and tells that the connection is over. */
  emitClose(): void {
    this._extensions[extensionName]?.cleanup();
    this._readyState = readyStates.CLOSED;
    this.emit("close", this._closeCode, this._closeMessage);
  }

  /** Begins the closing handshake, or gives up the opening one. */
  close(code?: number, data?: string | Buffer): void {
    if (this._readyState === readyStates.CLOSED) return;
    if (this._readyState === readyStates.CONNECTING) this.#abortHandshake();
    else if (this._readyState === readyStates.CLOSING) this.#channel?.endIfClosed();
    else this.#channel?.close(code, data);
  }

  /** Stops reading. */
  pause(): void {
    const channel = this.#readable;
    if (channel === undefined) return;
    this._paused = true;
    channel.socket.pause();
  }

  resume(): void {
    const channel = this.#readable;
    if (channel === undefined) return;
    this._paused = false;
    if (!channel.incoming.isHeld) channel.socket.resume();
  }

  ping(data?: unknown, mask?: boolean | ControlCallback, callback?: ControlCallback): void {
    this.#control("ping", data, mask, callback);
  }

  pong(data?: unknown, mask?: boolean | ControlCallback, callback?: ControlCallback): void {
    this.#control("pong", data, mask, callback);
  }

  /** Sends a message, or with `fin: false` a part of one; calls back when it was written. */
  send(data: unknown, options?: MessageOptions | MessageCallback, callback?: MessageCallback): void {
    this.#assertConnected();
    const done = (typeof options === "function" ? options : callback) as SendCallback | undefined;
    const given = typeof options === "function" ? undefined : options;
    const value = typeof data === "number" ? data.toString() : data;
    const channel = this.#channel;
    if (this._readyState !== readyStates.OPEN || channel === undefined) {
      this.#sentTooLate(value, done);
      return;
    }
    const isText = typeof value === "string";
    if ((isText || Buffer.isBuffer(value)) && isWhole(given)) {
      const isBinary = given && "binary" in given ? Boolean(given.binary) : !isText;
      if (channel.sender.sendPlain(value, isBinary, !this._isServer, done)) return;
    }
    const message = { binary: !isText, mask: !this._isServer, compress: true, fin: true, ...given };
    if (this._extensions[extensionName] === undefined) message.compress = false;
    channel.sender.send(value || NO_BYTES, message, done);
  }

  /** Ends both directions at once, or gives up the opening handshake. */
  terminate(): void {
    if (this._readyState === readyStates.CLOSED) return;
    if (this._readyState === readyStates.CONNECTING) this.#abortHandshake();
    else this.#channel?.terminate();
  }

  /** Answers a ping, unless that is left to the application. */
  _answerPing(data: Buffer): void {
    if (!this._autoPong || this._readyState !== readyStates.OPEN) return;
    if (this.#maxPendingPongs > 0 && this.#pendingPongs >= this.#maxPendingPongs) {
      this.terminate();
      return;
    }
    this.#pendingPongs++;
    this.pong(data, !this._isServer, () => {
      this.#pendingPongs--;
    });
  }

  get #readable(): Channel | undefined {
    const { CONNECTING, CLOSED } = readyStates;
    return this._readyState === CONNECTING || this._readyState === CLOSED ? undefined : this.#channel;
  }

  #abortHandshake(): void {
    const text = "WebSocket was closed before the connection was established";
    abortHandshake(this, this._req as ClientRequest, text);
  }

  #assertConnected(): void {
    if (this._readyState === readyStates.CONNECTING)
      throw new Error("WebSocket is not open: readyState 0 (CONNECTING)");
  }

  #control(
    kind: "ping" | "pong",
    data: unknown,
    mask: boolean | ControlCallback | undefined,
    callback: ControlCallback | undefined,
  ): void {
    this.#assertConnected();
    const done = [data, mask, callback].find((value) => typeof value === "function") as
      | SendCallback
      | undefined;
    const payload =
      typeof data === "function" ? undefined : typeof data === "number" ? data.toString() : data;
    if (this._readyState !== readyStates.OPEN || this.#channel === undefined) {
      this.#sentTooLate(payload, done);
      return;
    }
    const isMasked = typeof data !== "function" && typeof mask === "boolean" ? mask : !this._isServer;
    this.#channel.sender[kind](payload || NO_BYTES, isMasked, done);
  }

  #sentTooLate(data: unknown, callback: SendCallback | undefined): void {
    if (data) {
      const length = isBlob(data) ? data.size : toBuffer(data).length;
      if (this.#channel === undefined) this._bufferedAmount += length;
      else this.#channel.sender._bufferedBytes += length;
    }
    if (callback === undefined) return;
    // Those of what was sent before are called first.
    this.#channel?.flush();
    const name = readyStateNames[this._readyState];
    const error = new Error(`WebSocket is not open: readyState ${this._readyState} (${name})`);
    process.nextTick(callback, error);
  }
}

const { prototype } = WebSocket;
Object.assign(prototype, { addEventListener, removeEventListener });
defineEventAttributes(prototype);
for (const [name, value] of Object.entries(readyStates)) {
  for (const holder of [prototype, WebSocket])
    Object.defineProperty(holder, name, { enumerable: true, value });
}
for (const name of [
  "binaryType",
  "bufferedAmount",
  "extensions",
  "isPaused",
  "protocol",
  "readyState",
  "url",
])
  Object.defineProperty(prototype, name, { enumerable: true });

/** Whether the options leave the message in one frame, masked or not as its sender's role has it. */
function isWhole(options: MessageOptions | undefined): boolean {
  return !options || !("fin" in options || "mask" in options);
}
