// The receiving half by itself, as a stream that is written what a socket has read: a WebSocket goes without the stream.

import { Writable } from "node:stream";
import { type BinaryType, Incoming, type IncomingSink, type MessageData } from "./incoming.js";
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

/** Emits "message", "ping", "pong", "conclude" (the peer's Close) and "error". */
export class Receiver extends Writable implements IncomingSink {
  readonly #incoming: Incoming;
  /** Of the write whose events are held back. */
  #callback: ((error?: Error | null) => void) | undefined;
  #error: Error | undefined;

  constructor(options: ReceiverOptions = {}) {
    super();
    this.#incoming = new Incoming(this, {
      allowSynchronousEvents: options.allowSynchronousEvents ?? true,
      binaryType: options.binaryType || "nodebuffer",
      deflate: options.extensions?.[PerMessageDeflate.extensionName],
      isServer: Boolean(options.isServer),
      maxBufferedChunks: (options.maxBufferedChunks ?? 0) | 0,
      maxFragments: (options.maxFragments ?? 0) | 0,
      maxPayload: (options.maxPayload ?? 0) | 0,
      skipUTF8Validation: Boolean(options.skipUTF8Validation),
    });
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    if (this.#incoming.receive(chunk)) callback(this.#error);
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
