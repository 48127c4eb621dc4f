// The sending half as `ws` has it: messages, fragments and control frames out of every kind of data, in their order, also
// while a Blob is being read. For a WebSocket frames are gathered in its output; by itself it writes each to its socket.

import type { Duplex } from "node:stream";
import { nodeEngine } from "../../host/index.js";
import { Opcode } from "../../protocol/index.js";
import { isBlob, toBuffer } from "./data.js";
import {
  closePayload,
  encodePieces,
  FIN,
  type FrameOptions,
  type GenerateMask,
  RSV1,
} from "./encoded-frame.js";
import type { FrameGatherer, SendCallback } from "./frame-gatherer.js";
import { type FrameWriter, GatheringFrameWriter, SocketFrameWriter } from "./frame-writer.js";
import { type Extensions, PerMessageDeflate } from "./permessage-deflate.js";

const { extensionName } = PerMessageDeflate;

export interface MessageOptions {
  binary?: boolean | undefined;
  compress?: boolean | undefined;
  fin?: boolean | undefined;
  mask?: boolean | undefined;
}

type Payload = string | Buffer | Blob;

/** A frame to be sent. */
interface Outgoing {
  readonly payload: Payload;
  readonly byteLength: number;
  /** The first byte: FIN, RSV1 and the opcode. */
  readonly first: number;
  readonly isMasked: boolean;
  readonly isCompressed: boolean;
  readonly callback: SendCallback | undefined;
}

export class Sender {
  /** Called when a Blob could not be read. */
  onerror: (error: Error) => void = ignore;
  /** Bytes that wait for a Blob, or were sent too late. */
  _bufferedBytes = 0;
  readonly _socket: Duplex;
  readonly _extensions: Extensions;
  readonly #writer: FrameWriter;
  #isFirstFragment = true;
  #isCompressing = false;
  #isReadingBlob = false;
  /** What waits until a Blob has been read. */
  #queue: Outgoing[] = NOTHING_WAITS;
  /** Why nothing leaves any more. */
  #failure: Error | undefined;

  /** `output` gathers what is sent, instead of one write for each frame. */
  constructor(socket: Duplex, extensions?: Extensions, generateMask?: GenerateMask, output?: FrameGatherer) {
    this._socket = socket;
    this._extensions = extensions ?? {};
    this.#writer = output
      ? new GatheringFrameWriter(output, generateMask)
      : new SocketFrameWriter(socket, generateMask);
  }

  /** Encodes one frame, as the pieces to be written. Masks the data in place unless it is read-only. */
  static frame(data: string | Buffer, options: FrameOptions): Buffer[] {
    return encodePieces(data, options);
  }

  /** Sends Close. Throws for a code or a reason that may not be sent. */
  close(
    code: number | undefined,
    data: string | Uint8Array | undefined,
    mask: boolean | undefined,
    callback?: SendCallback,
  ): void {
    this.#control(Opcode.CLOSE, closePayload(code, data), mask, callback);
  }

  ping(data: unknown, mask: boolean | undefined, callback?: SendCallback): void {
    this.#control(Opcode.PING, payloadOf(data), mask, callback);
  }

  pong(data: unknown, mask: boolean | undefined, callback?: SendCallback): void {
    this.#control(Opcode.PONG, payloadOf(data), mask, callback);
  }

  /** Sends a message, or the next fragment of one. */
  send(data: unknown, options: MessageOptions, callback?: SendCallback): void {
    const payload = payloadOf(data);
    const byteLength = lengthOf(payload);
    let opcode: number = options.binary ? Opcode.BINARY : Opcode.TEXT;
    let rsv1 = 0;
    if (this.#isFirstFragment) {
      this.#isCompressing = Boolean(options.compress) && this.#isWorthwhile(byteLength);
      if (this.#isCompressing) rsv1 = RSV1;
    } else opcode = Opcode.CONTINUATION;
    this.#isFirstFragment = Boolean(options.fin);
    this.#dispatch({
      payload,
      byteLength,
      first: (options.fin ? FIN : 0) | rsv1 | opcode,
      isMasked: Boolean(options.mask),
      isCompressed: this.#isCompressing,
      callback,
    });
  }

  /** Sends a whole message that needs no more than a header, which is what most are. False when it takes `send`. */
  sendPlain(
    data: string | Buffer,
    isBinary: boolean,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): boolean {
    if (this.#isWaiting || !this.#isFirstFragment) return false;
    if (this._extensions[extensionName] !== undefined) return false;
    this.#writer.write(FIN | (isBinary ? Opcode.BINARY : Opcode.TEXT), data, isMasked, callback);
    return true;
  }

  /** Sends the pieces of a frame that was encoded before. */
  sendFrame(list: readonly Buffer[], callback?: SendCallback): void {
    this.#writer.writePieces(list, callback);
  }

  get #isWaiting(): boolean {
    return this.#isReadingBlob || this.#queue.length > 0;
  }

  /** Whether a message of this size is compressed: where none before it is in the window, a small one gains nothing. */
  #isWorthwhile(byteLength: number): boolean {
    const deflate = this._extensions[extensionName];
    if (deflate === undefined) return true;
    const name = deflate._isServer ? "server_no_context_takeover" : "client_no_context_takeover";
    return deflate.params?.[name] ? byteLength >= deflate._threshold : true;
  }

  #control(
    opcode: number,
    payload: Payload,
    mask: boolean | undefined,
    callback: SendCallback | undefined,
  ): void {
    const byteLength = lengthOf(payload);
    if (byteLength > 125) throw new RangeError("The data size must not be greater than 125 bytes");
    const isMasked = Boolean(mask);
    this.#dispatch({ payload, byteLength, first: FIN | opcode, isMasked, isCompressed: false, callback });
  }

  #dispatch(frame: Outgoing): void {
    if (this.#failure !== undefined) {
      this._bufferedBytes += frame.byteLength;
      if (frame.callback !== undefined) process.nextTick(frame.callback, this.#failure);
      return;
    }
    if (!this.#isWaiting) {
      this.#begin(frame);
      return;
    }
    this._bufferedBytes += frame.byteLength;
    if (this.#queue === NOTHING_WAITS) this.#queue = [];
    this.#queue.push(frame);
  }

  #begin(frame: Outgoing): void {
    const { payload } = frame;
    if (isBlob(payload)) this.#readBlob(payload, frame);
    else this.#write(payload, frame);
  }

  #write(payload: string | Buffer, { first, isMasked, isCompressed, callback }: Outgoing): void {
    const codec = isCompressed ? this._extensions[extensionName]?.codec : undefined;
    if (codec === undefined) {
      this.#writer.write(first, payload, isMasked, callback);
      return;
    }
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    const isLast = first >= FIN;
    this.#writer.beginCompressed(bytes.length);
    // An empty fragment says so with an empty block, as zlib's flush makes one.
    const compressed = bytes.length === 0 && !isLast ? EMPTY_BLOCK : codec.encode(bytes, isLast);
    this.#writer.writeCompressed(first, compressed, isMasked, callback);
  }

  #readBlob(blob: Blob, frame: Outgoing): void {
    this._bufferedBytes += frame.byteLength;
    this.#isReadingBlob = true;
    // What a callback throws is an uncaught exception, and no rejection.
    blob.arrayBuffer().then(
      (bytes) => process.nextTick(() => this.#blobRead(Buffer.from(bytes), frame)),
      (error) => process.nextTick(() => this.#blobFailed(error, frame)),
    );
  }

  #blobRead(bytes: Buffer, frame: Outgoing): void {
    if (this._socket.destroyed) {
      this.#giveUp(new Error("The socket was closed while the blob was being read"), frame);
      return;
    }
    this._bufferedBytes -= frame.byteLength;
    this.#isReadingBlob = false;
    this.#write(bytes, frame);
    while (!this.#isReadingBlob && this.#queue.length > 0) {
      const next = this.#queue.shift() as Outgoing;
      this._bufferedBytes -= next.byteLength;
      this.#begin(next);
    }
  }

  #blobFailed(error: Error, frame: Outgoing): void {
    this.#giveUp(error, frame);
    this.onerror(error);
  }

  /** Tells everybody whose frame will never leave. */
  #giveUp(error: Error, frame: Outgoing): void {
    this.#failure = error;
    for (const { callback } of [frame, ...this.#queue]) callback?.(error);
  }
}

const NOTHING_WAITS: Outgoing[] = [];
const EMPTY_BLOCK = Buffer.of(0x00, 0x00, 0x00, 0xff, 0xff);

function ignore(): void {}

function payloadOf(data: unknown): Payload {
  return typeof data === "string" || isBlob(data) ? data : toBuffer(data);
}

function lengthOf(payload: Payload): number {
  if (typeof payload === "string") return nodeEngine.byteLength(payload);
  return isBlob(payload) ? payload.size : payload.length;
}
