// The class WebSocket of `ws`: an EventEmitter with the browser's attributes and methods beside it, for both roles.

import { EventEmitter } from "node:events";
import type { ClientRequest } from "node:http";
import type { Duplex } from "node:stream";
import { type BinaryType, binaryTypes } from "./binary-type.js";
import type { WebSocketAttributes } from "./browser-events.js";
import { Channel, channelOf } from "./channel.js";
import { type ChannelOptions, limitOf } from "./channel-options.js";
import { abortHandshake } from "./client-failure.js";
import { openHandshake } from "./client-handshake.js";
import { type ClientOptions, givenOptions, givenProtocols } from "./client-options.js";
import { addEventListener, defineEventAttributes, removeEventListener } from "./event-target.js";
import type { SendCallback } from "./frame-gatherer.js";
import { type Extensions, PerMessageDeflate } from "./permessage-deflate.js";
import { type ReadyState, readyStates } from "./ready-state.js";
import type { Receiver } from "./receiver.js";
import type { MessageOptions, Sender } from "./sender.js";
import { assertConnected, sendControl, sentTooLate } from "./sending.js";

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
  /** Undefined is what `setTimeout` makes of it. */
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
  // No private names: those are not there behind a Proxy, nor for what has this as its prototype.
  /** What carries it once it is open. Only `channelOf` reads it. */
  _channel: object | undefined;
  _pendingPongs = 0;
  _maxPendingPongs = 0;

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
    this._maxPendingPongs = limitOf(settings.maxPendingAutoPongs);
    this._closeTimeout = settings.closeTimeout as number;
  }

  /** What binary messages are handed out as; may be set to "blob" too. */
  get binaryType(): Exclude<BinaryType, "blob"> {
    return this._binaryType as Exclude<BinaryType, "blob">;
  }

  set binaryType(type: BinaryType) {
    if (!binaryTypes.includes(type)) return;
    this._binaryType = type;
    channelOf(this)?.setBinaryType(type);
  }

  /** Bytes that were sent and that the kernel has not taken. */
  get bufferedAmount(): number {
    return channelOf(this)?.bufferedBytes ?? this._bufferedAmount;
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
    channelOf(this)?.flush();
    return channelOf(this)?.socket ?? null;
  }

  set _socket(stub: Duplex | null) {
    overrule(this, "_socket", stub);
  }

  get _receiver(): Receiver | null {
    return channelOf(this)?.receiver ?? null;
  }

  set _receiver(stub: Receiver | null) {
    overrule(this, "_receiver", stub);
  }

  get _sender(): Sender | null {
    return channelOf(this)?.sender ?? null;
  }

  set _sender(stub: Sender | null) {
    overrule(this, "_sender", stub);
  }

  /** Takes over a socket whose opening handshake is done. */
  setSocket(socket: Duplex, head: Buffer, options: ChannelOptions): void {
    const channel = new Channel(this, socket, options);
    this._channel = channel;
    channel.start(head);
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
    if (this._readyState === readyStates.CONNECTING) abortOpening(this);
    else if (this._readyState === readyStates.CLOSING) channelOf(this)?.endIfClosed();
    else channelOf(this)?.close(code, data);
  }

  /** Stops reading. */
  pause(): void {
    const channel = readableChannel(this);
    if (channel === undefined) return;
    this._paused = true;
    channel.socket.pause();
  }

  resume(): void {
    const channel = readableChannel(this);
    if (channel === undefined) return;
    this._paused = false;
    if (!channel.incoming.isHeld) channel.socket.resume();
  }

  ping(data?: unknown, mask?: boolean | ControlCallback, callback?: ControlCallback): void {
    sendControl(this, "ping", data, mask, callback);
  }

  pong(data?: unknown, mask?: boolean | ControlCallback, callback?: ControlCallback): void {
    sendControl(this, "pong", data, mask, callback);
  }

  /** Sends a message, or with `fin: false` a part of one; calls back when it was written. */
  send(data: unknown, options?: MessageOptions | MessageCallback, callback?: MessageCallback): void {
    assertConnected(this);
    const then = typeof options === "function" ? options : callback;
    const done = typeof then === "function" ? (then as SendCallback) : undefined;
    // What is no object has no options in it.
    const given = typeof options === "object" && options !== null ? options : undefined;
    const value = typeof data === "number" ? data.toString() : data;
    const channel = channelOf(this);
    if (this._readyState !== readyStates.OPEN || channel === undefined) {
      sentTooLate(this, value, done);
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
    if (this._readyState === readyStates.CONNECTING) abortOpening(this);
    else channelOf(this)?.terminate();
  }

  /** Answers a ping, unless that is left to the application. */
  _answerPing(data: Buffer): void {
    if (!this._autoPong || this._readyState !== readyStates.OPEN) return;
    if (this._maxPendingPongs > 0 && this._pendingPongs >= this._maxPendingPongs) {
      this.terminate();
      return;
    }
    this._pendingPongs++;
    this.pong(data, !this._isServer, () => {
      this._pendingPongs--;
    });
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

function readableChannel(ws: WebSocket): Channel | undefined {
  const { CONNECTING, CLOSED } = readyStates;
  return ws._readyState === CONNECTING || ws._readyState === CLOSED ? undefined : channelOf(ws);
}

function abortOpening(ws: WebSocket): void {
  const text = "WebSocket was closed before the connection was established";
  abortHandshake(ws, ws._req as ClientRequest, text);
}

/** Tests put stubs into the place of what is inside. */
function overrule(ws: WebSocket, name: string, value: unknown): void {
  Object.defineProperty(ws, name, { value, writable: true, enumerable: true, configurable: true });
}
