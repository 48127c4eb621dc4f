// An open WebSocket's way to its peer: the socket with its events, what comes in, what goes out, and the end of both.
//
//   conclude (peer's Close) ─▶ answered ─┐
//   close()  (our Close)    ─────────────┴▶ both have passed ─▶ socket.end() ─▶ the socket's close ─▶ "close"
//   failed, a socket that ends or breaks, closeTimeout ───────────────────────▶ the socket's close ─▶ "close"

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { BinaryType, MessageData } from "./binary-type.js";
import { type ChannelOptions, type HeldOptions, holdOptions } from "./channel-options.js";
import { closeCodeOf } from "./error-close-code.js";
import { Incoming, type IncomingSink } from "./incoming.js";
import { PerMessageDeflate } from "./permessage-deflate.js";
import { readyStates } from "./ready-state.js";
import { Receiver } from "./receiver.js";
import { throughListeners } from "./receiver-listeners.js";
import { Sender } from "./sender.js";
import { SocketOutput } from "./socket-output.js";
import type { WebSocket } from "./websocket.js";

const carried = Symbol("channel");
type Carrier = Duplex &
  Partial<Pick<Socket, "setTimeout" | "setNoDelay">> & { [carried]?: Channel | undefined };

/** Whether the socket belongs to an open WebSocket. */
export function isCarrier(socket: Duplex): boolean {
  return (socket as Carrier)[carried] !== undefined;
}

/** What carries an open WebSocket. */
export function channelOf({ _channel }: WebSocket): Channel | undefined {
  return _channel as Channel | undefined;
}

export class Channel implements IncomingSink {
  readonly socket: Carrier;
  readonly #owner: WebSocket;
  readonly #options: HeldOptions;
  #hasFailed = false;
  #isSocketClosed = false;
  // Each is made for its first use: most of many connections say little, and some never anything.
  #output: SocketOutput | undefined;
  #sender: Sender | undefined;
  #incoming: Incoming | undefined;
  #receiver: Receiver | undefined;

  constructor(owner: WebSocket, socket: Duplex, options: ChannelOptions) {
    this.#owner = owner;
    this.#options = holdOptions(options);
    this.socket = socket;
  }

  get sender(): Sender {
    this.#sender ??= this.#createSender();
    return this.#sender;
  }

  get incoming(): Incoming {
    this.#incoming ??= this.#createIncoming();
    return this.#incoming;
  }

  /** The receiver as a stream, for whoever looks at it. */
  get receiver(): Receiver {
    this.#receiver ??= this.#createReceiver();
    return this.#receiver;
  }

  get bufferedBytes(): number {
    const { writableLength } = this.socket;
    return (this.#output?.bufferedBytes ?? writableLength) + (this.#sender?._bufferedBytes ?? 0);
  }

  /** Hands what was sent over to the socket. */
  flush(): void {
    this.#output?.flush();
  }

  /** What binary messages are handed out as from now on. */
  setBinaryType(type: BinaryType): void {
    if (this.#incoming !== undefined) this.#incoming.binaryType = type;
  }

  /** Begins to read; `head` came with the opening handshake. */
  start(head: Buffer): void {
    const { socket } = this;
    socket[carried] = this;
    // A stream that is no socket may have neither.
    socket.setTimeout?.(0);
    socket.setNoDelay?.();
    if (head.length > 0) socket.unshift(head);
    socket.on("close", onClose).on("data", onData).on("end", onEnd).on("error", onError);
  }

  /** Sends Close and waits for the peer's, until the closing deadline. */
  close(code: number | undefined, data: string | Buffer | undefined): void {
    this.sender.close(code, data, !this.#owner._isServer, (error) => {
      // The socket reports by itself why it could not be written to.
      if (error) return;
      this.#owner._closeFrameSent = true;
      this.endIfClosed();
    });
    this.#owner._readyState = readyStates.CLOSING;
    this.#awaitClose();
  }

  /** Ends the socket if both Close frames have passed, or no other can come. */
  endIfClosed(): void {
    const owner = this.#owner;
    if (owner._closeFrameSent && (owner._closeFrameReceived || this.#hasFailed)) this.socket.end();
  }

  /** Ends both directions at once, behind what was sent. */
  terminate(): void {
    this.#owner._readyState = readyStates.CLOSING;
    this.#output?.flushPlain(new Error("The socket was closed while data was being compressed"));
    this.socket.destroy();
  }

  message(data: MessageData, isBinary: boolean): void {
    this.#owner.emit("message", data, isBinary);
  }

  ping(data: Buffer): void {
    this.#owner._answerPing(data);
    this.#owner.emit("ping", data);
  }

  pong(data: Buffer): void {
    this.#owner.emit("pong", data);
  }

  conclude(code: number, reason: Buffer): void {
    const owner = this.#owner;
    owner._closeFrameReceived = true;
    owner._closeCode = code;
    // A copy, which does not keep the whole read alive.
    owner._closeMessage = Buffer.from(reason);
    if (!isCarrier(this.socket)) return;
    this.#stopReading();
    if (code === 1005) owner.close();
    else owner.close(code, reason);
  }

  failed(error: Error): void {
    // What was sent before is written, and its callbacks come, before this is told.
    this.flush();
    process.nextTick(() => {
      this.#hasFailed = true;
      if (isCarrier(this.socket)) {
        this.#stopReading();
        this.#owner.close(closeCodeOf(error));
      }
      this.#report(error);
    });
  }

  caughtUp(): void {
    if (this.#isSocketClosed) this.#owner.emitClose();
    else if (!this.#owner.isPaused) this.socket.resume();
  }

  read(chunk: Buffer): void {
    const output = this.#usedOutput;
    output.beginBatch();
    try {
      if (!this.incoming.receive(chunk)) this.socket.pause();
    } finally {
      output.endBatch();
    }
  }

  ended(): void {
    this.#owner._readyState = readyStates.CLOSING;
    this.flush();
    this.socket.end();
  }

  broken(): void {
    this.#owner._readyState = readyStates.CLOSING;
    this.socket.destroy();
  }

  closed(): void {
    const { socket, incoming } = this;
    const owner = this.#owner;
    socket.off("close", onClose).off("data", onData).off("end", onEnd);
    owner._readyState = readyStates.CLOSING;
    // Whoever paused has not been told yet of what was read before the end.
    if (!socket.readableEnded && !incoming.isOver && socket.readableLength > 0) {
      const rest: Buffer | null = socket.read(socket.readableLength);
      if (rest !== null) incoming.receive(rest);
    }
    socket[carried] = undefined;
    clearTimeout(owner._closeTimer ?? undefined);
    this.#isSocketClosed = true;
    if (incoming.isOver) owner.emitClose();
    else if (!incoming.isHeld) process.nextTick(() => owner.emitClose());
  }

  get #usedOutput(): SocketOutput {
    this.#output ??= new SocketOutput(this.socket);
    return this.#output;
  }

  #createSender(): Sender {
    const { generateMask } = this.#options;
    const sender = new Sender(this.socket, this.#owner._extensions, generateMask, this.#usedOutput);
    sender.onerror = (error) => this.#senderFailed(error);
    return sender;
  }

  #createIncoming(): Incoming {
    const { _isServer: isServer, _binaryType: binaryType, _extensions: extensions } = this.#owner;
    const deflate = extensions[PerMessageDeflate.extensionName];
    return new Incoming(this, { isServer, binaryType, deflate }, this.#options);
  }

  #createReceiver(): Receiver {
    const { incoming } = this;
    const { _isServer: isServer, _extensions: extensions } = this.#owner;
    const receiver = new Receiver({ ...this.#options, isServer, extensions }, incoming);
    incoming.sink = throughListeners(receiver, this);
    return receiver;
  }

  /** From here on the socket's bytes are read and forgotten, so that its end is seen. */
  #stopReading(): void {
    this.socket.off("data", onData);
    process.nextTick(() => this.socket.resume());
  }

  #senderFailed(error: Error): void {
    const owner = this.#owner;
    if (owner._readyState === readyStates.CLOSED) return;
    if (owner._readyState === readyStates.OPEN) {
      owner._readyState = readyStates.CLOSING;
      this.#awaitClose();
    }
    // What is queued is still sent.
    this.flush();
    this.socket.end();
    this.#report(error);
  }

  #report(error: Error): void {
    if (this.#owner._errorEmitted) return;
    this.#owner._errorEmitted = true;
    this.#owner.emit("error", error);
  }

  #awaitClose(): void {
    this.#owner._closeTimer = setTimeout(() => this.socket.destroy(), this.#owner._closeTimeout);
  }
}

function onData(this: Carrier, chunk: Buffer): void {
  this[carried]?.read(chunk);
}

function onEnd(this: Carrier): void {
  this[carried]?.ended();
}

function onClose(this: Carrier): void {
  this[carried]?.closed();
}

function onError(this: Carrier): void {
  // What else goes wrong with it has been told.
  this.off("error", onError).on("error", ignore);
  this[carried]?.broken();
}

function ignore(): void {}
