// The receiving half by itself, as a stream that is written what a socket has read: a WebSocket goes without the stream.

import { Writable } from "node:stream";
import type { BinaryType, MessageData } from "./binary-type.js";
import { limitOf } from "./channel-options.js";
import { Incoming, type IncomingSink } from "./incoming.js";
import { type Extensions, PerMessageDeflate } from "./permessage-deflate.js";

export interface ReceiverOptions {
  /** False: at most one event in a turn of the event loop. Default true. */
  allowSynchronousEvents?: boolean | undefined;
  /** Default "nodebuffer". */
  binaryType?: BinaryType | undefined;
  extensions?: Extensions | undefined;
  /** Whether the peer is a client, which masks what it sends. Default false. */
  isServer?: boolean | undefined;
  /** Reads that one unfinished frame may come in; 0, the default: any number. */
  maxBufferedChunks?: number | undefined;
  /** Frames of one message; 0, the default: any number. */
  maxFragments?: number | undefined;
  /** Bytes of one message; 0, the default: any number. */
  maxPayload?: number | undefined;
  /** Default false. */
  skipUTF8Validation?: boolean | undefined;
}

/** Takes what was read. */
export interface ChunkReader {
  readonly binaryType: BinaryType;
  /** False: what was read has to wait, and `caughtUp` follows. */
  receive(chunk: Buffer): boolean;
}

/** Emits "message", "ping", "pong", "conclude" (the peer's Close) and "error". */
export class Receiver extends Writable implements IncomingSink {
  readonly _allowSynchronousEvents: boolean;
  readonly _extensions: Extensions;
  readonly _isServer: boolean;
  readonly _maxBufferedChunks: number;
  readonly _maxFragments: number;
  readonly _maxPayload: number;
  readonly _skipUTF8Validation: boolean;
  readonly #reader: ChunkReader;
  /** Of the write whose events are held back. */
  #callback: ((error?: Error | null) => void) | undefined;
  #error: Error | undefined;

  /** `reader` is what a WebSocket reads with, whose events it has itself. */
  constructor(options: ReceiverOptions = {}, reader?: ChunkReader) {
    super();
    this._allowSynchronousEvents = options.allowSynchronousEvents ?? true;
    this._extensions = options.extensions ?? {};
    this._isServer = Boolean(options.isServer);
    this._maxBufferedChunks = limitOf(options.maxBufferedChunks);
    this._maxFragments = limitOf(options.maxFragments);
    this._maxPayload = limitOf(options.maxPayload);
    this._skipUTF8Validation = Boolean(options.skipUTF8Validation);
    const end = {
      isServer: this._isServer,
      deflate: this._extensions[PerMessageDeflate.extensionName],
      binaryType: options.binaryType || "nodebuffer",
    };
    this.#reader = reader ?? new Incoming(this, end, options);
  }

  get _binaryType(): BinaryType {
    return this.#reader.binaryType;
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    if (this.#reader.receive(chunk)) callback(this.#error);
    else this.#callback = callback;
  }

  message(data: MessageData, isBinary: boolean): void {
    this.emit("message", data, isBinary);
  }

  ping(data: Buffer): void {
    this.emit("ping", data);
  }

  pong(data: Buffer): void {
    this.emit("pong", data);
  }

  conclude(code: number, reason: Buffer): void {
    this.emit("conclude", code, reason);
    this.end();
  }

  failed(error: Error): void {
    this.#error = error;
  }

  caughtUp(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.(this.#error);
  }
}
