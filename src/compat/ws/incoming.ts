// What a socket reads, as the events of a WebSocket: the protocol's receiver with the limits, the kinds of binary data and
// the pace of `ws`. What a listener throws stops it, as an uncaught exception, before the next event; whoever survives
// that loses no message.

import { isUtf8 } from "node:buffer";
import { bufferEngine, trustingBufferEngine } from "../../host/index.js";
import {
  isCloseCode,
  type LimitError,
  Opcode,
  type ProtocolError,
  Receiver,
  type ReceiverSink,
} from "../../protocol/index.js";
import { asBinaryType, type BinaryType, type MessageData } from "./binary-type.js";
import { type ChannelOptions, limitOf } from "./channel-options.js";
import { frameError, invalidCloseCode, invalidUtf8, tooManyChunks } from "./frame-errors.js";
import type { PerMessageDeflate } from "./permessage-deflate.js";

/** Where the events go. */
export interface IncomingSink {
  message(data: MessageData, isBinary: boolean): void;
  ping(data: Buffer): void;
  pong(data: Buffer): void;
  /** The peer's Close: 1005 when it carried no code. The last event. */
  conclude(code: number, reason: Buffer): void;
  /** The peer broke a rule or a limit, which `closeCodeOf` the error answers. The last event. */
  failed(error: Error): void;
  /** What was held back has been delivered. */
  caughtUp(): void;
}

/** Whose end reads, and what was agreed on. */
export interface ReadingEnd {
  isServer: boolean;
  deflate: PerMessageDeflate | undefined;
  binaryType: BinaryType;
}

type Event = "message" | "ping" | "pong";

const NO_BYTES = Buffer.alloc(0);

export class Incoming implements ReceiverSink<Buffer> {
  binaryType: BinaryType;
  /** Another one gets the events that are still to come. */
  sink: IncomingSink;
  /** The last event has been delivered. */
  isOver = false;
  readonly #deflate: PerMessageDeflate | undefined;
  readonly #isSynchronous: boolean;
  readonly #isTrusting: boolean;
  readonly #maxBufferedChunks: number;
  readonly #receiver: Receiver<Buffer>;
  /** Read and not yet parsed, because one event has to wait for the next turn. */
  #held: Buffer | undefined;
  #isReading = false;
  /** What a stream was made to hand over, by a listener, while an earlier read was being told. */
  readonly #waiting: Buffer[] = [];
  /** Reads that have gone into the unfinished frame. */
  #chunks = 0;
  /** Whether a frame has ended in the read in progress. */
  #hasFrameEnded = false;
  /** Where the fragments of the message in progress end, for those who want them. */
  #fragmentEnds: number[] | undefined;

  constructor(sink: IncomingSink, { isServer, deflate, binaryType }: ReadingEnd, options: ChannelOptions) {
    this.sink = sink;
    this.#deflate = deflate;
    this.#isSynchronous = options.allowSynchronousEvents ?? true;
    this.#isTrusting = Boolean(options.skipUTF8Validation);
    this.#maxBufferedChunks = limitOf(options.maxBufferedChunks);
    this.binaryType = binaryType;
    this.#receiver = new Receiver<Buffer>(this, {
      isMaskExpected: isServer,
      engine: this.#isTrusting ? trustingBufferEngine : bufferEngine,
      limits: {
        maxMessageBytes: orInfinity(limitOf(options.maxPayload)),
        maxFragments: orInfinity(limitOf(options.maxFragments)),
      },
      codec: deflate?.codec,
      acceptsLongLengths: true,
    });
  }

  /** Whether something is held back. */
  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Takes what was read. False when it has to wait, and nothing else should be read meanwhile: `caughtUp` follows. */
  receive(chunk: Buffer): boolean {
    if (this.#isReading) {
      this.#waiting.push(chunk);
      return true;
    }
    this.#isReading = true;
    try {
      this.#take(chunk);
      this.#takeWaiting();
    } finally {
      this.#isReading = false;
    }
    return this.isOver || this.#held === undefined;
  }

  message(data: Buffer | Uint8Array, isBinary: boolean): void {
    this.#hasFrameEnded = true;
    const ends = this.#fragmentEnds;
    this.#fragmentEnds = undefined;
    const buffer = asBuffer(data);
    this.#tell("message", isBinary ? asBinaryType(buffer, this.binaryType, ends) : buffer, isBinary);
  }

  fragmentEnded(byteLength: number): void {
    this.#hasFrameEnded = true;
    // Whether anybody wants them is decided when the message is whole. Fragments without a byte are none.
    this.#fragmentEnds ??= [];
    if (byteLength > (this.#fragmentEnds.at(-1) ?? 0)) this.#fragmentEnds.push(byteLength);
  }

  control(opcode: number, payload: Uint8Array): void {
    this.#hasFrameEnded = true;
    const data = asBuffer(payload);
    if (opcode === Opcode.CLOSE) {
      this.#close(data);
      return;
    }
    this.#tell(opcode === Opcode.PING ? "ping" : "pong", data, true);
  }

  failed(error: ProtocolError | LimitError): void {
    const deflate = this.#deflate;
    const isOfDeflate = deflate !== undefined && error.code === "DEFLATE_DATA_INVALID";
    this.#fail(isOfDeflate ? deflate.inflateError() : frameError(error, deflate !== undefined));
  }

  #takeWaiting(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#take(next);
  }

  #take(chunk: Buffer): void {
    if (this.isOver) return;
    if (this.#held !== undefined) {
      this.#held = Buffer.concat([this.#held, chunk]);
      return;
    }
    if (this.#maxBufferedChunks > 0 && this.#chunks >= this.#maxBufferedChunks) {
      this.#fail(tooManyChunks());
      return;
    }
    this.#hasFrameEnded = false;
    this.#read(chunk);
    if (this.#receiver.isBetweenFrames) this.#chunks = 0;
    else this.#chunks = this.#hasFrameEnded ? 1 : this.#chunks + 1;
  }

  #read(chunk: Buffer): void {
    const at = this.#receiver.receive(chunk, 0, chunk.length);
    // What is left of a read stays where it is: nothing else is read until it has been parsed.
    if (this.#receiver.isHeld) this.#held = at < chunk.length ? chunk.subarray(at) : NO_BYTES;
  }

  /** What a listener throws is nobody's to catch here, and must not take the rest of the read with it. */
  #deliver(event: Event, data: MessageData, isBinary: boolean): void {
    try {
      if (event === "message") this.sink.message(data, isBinary);
      else this.sink[event](data as Buffer);
    } catch (error) {
      this.#holdUntil(() => {});
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #tell(event: Event, data: MessageData, isBinary: boolean): void {
    if (this.#isSynchronous) this.#deliver(event, data, isBinary);
    else this.#holdUntil(() => this.#deliver(event, data, isBinary));
  }

  /** Goes on in a later turn, with `first`. */
  #holdUntil(first: () => void): void {
    this.#receiver.isHeld = true;
    this.#held ??= NO_BYTES;
    setImmediate(() => {
      this.#receiver.isHeld = false;
      first();
      if (!this.#receiver.isHeld) this.#goOn();
    });
  }

  #goOn(): void {
    const held = this.#held ?? NO_BYTES;
    this.#held = undefined;
    this.#isReading = true;
    try {
      if (!this.isOver) this.#read(held);
      this.#takeWaiting();
    } finally {
      this.#isReading = false;
    }
    if (this.#held === undefined) this.sink.caughtUp();
  }

  #close(payload: Buffer): void {
    if (payload.length === 0) {
      this.#conclude(1005, NO_BYTES);
      return;
    }
    const code = payload.readUInt16BE(0);
    const reason = payload.subarray(2);
    if (!isCloseCode(code)) this.#fail(invalidCloseCode(code));
    else if (!this.#isTrusting && !isUtf8(reason)) this.#fail(invalidUtf8());
    else this.#conclude(code, reason);
  }

  #conclude(code: number, reason: Buffer): void {
    this.isOver = true;
    this.#receiver.discard();
    this.sink.conclude(code, reason);
  }

  #fail(error: Error): void {
    this.isOver = true;
    this.#receiver.discard();
    this.sink.failed(error);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function orInfinity(limit: number): number {
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
