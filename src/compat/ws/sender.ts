// The sending half as `ws` has it: messages, fragments and control frames out of every kind of data, in their order, also
// while a Blob is being read. For a WebSocket frames are gathered in its output; by itself it writes each to its socket.

import type { Duplex } from "node:stream";
import { nodeEngine } from "../../host/index.js";
import { type FrameOutput, Opcode, writeFrame, writeTextFrame } from "../../protocol/index.js";
import { isBlob, toBuffer } from "./data.js";
import {
  closePayload,
  encodeHeader,
  encodePieces,
  FIN,
  type FrameOptions,
  type GenerateMask,
  maskKeyOf,
  RSV1,
} from "./encoded-frame.js";
import { type Extensions, PerMessageDeflate } from "./permessage-deflate.js";
import type { SendCallback } from "./socket-output.js";

const { extensionName } = PerMessageDeflate;

export interface MessageOptions {
  binary?: boolean | undefined;
  compress?: boolean | undefined;
  fin?: boolean | undefined;
  mask?: boolean | undefined;
}

/** Gathers frames, to be written together. */
export interface FrameGatherer extends FrameOutput {
  /** Adds a frame whose payload is sent from where it lies, which must not change any more. */
  appendLarge(header: Uint8Array, payload: Uint8Array, callback: SendCallback | undefined): void;
  /** What follows until the next flush has been compressed. */
  beginCompressed(): void;
  /** A frame is complete. It leaves soon, and then `callback` is called. */
  sent(callback: SendCallback | undefined): void;
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
  readonly #generateMask: GenerateMask | undefined;
  readonly #output: FrameGatherer | undefined;
  /** Where a masking key of the user's is made. */
  #maskBuffer: Buffer | undefined;
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
    this.#generateMask = generateMask;
    this.#output = output;
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
      this.#isCompressing = options.compress === true && this.#isWorthwhile(byteLength);
      if (this.#isCompressing) rsv1 = RSV1;
    } else opcode = Opcode.CONTINUATION;
    this.#isFirstFragment = options.fin === true;
    this.#dispatch({
      payload,
      byteLength,
      first: (options.fin ? FIN : 0) | rsv1 | opcode,
      isMasked: options.mask === true,
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
    const output = this.#output;
    if (output === undefined || this.#isWaiting || !this.#isFirstFragment) return false;
    if (this._extensions[extensionName] !== undefined) return false;
    const first = FIN | (isBinary ? Opcode.BINARY : Opcode.TEXT);
    if (typeof data !== "string" && !isMasked && data.length >= LARGE_BYTES)
      output.appendLarge(encodeHeader(first, data.length), data, callback);
    else this.#gather(output, first, data, isMasked, callback);
    return true;
  }

  /** Sends the pieces of a frame that was encoded before. */
  sendFrame(list: readonly Buffer[], callback?: SendCallback): void {
    const output = this.#output;
    const socket = this._socket;
    if (output !== undefined) {
      for (const piece of list) output.append(piece);
      output.sent(callback);
    } else if (list.length === 2) {
      socket.cork();
      socket.write(list[0]);
      socket.write(list[1], callback);
      socket.uncork();
    } else socket.write(list[0], callback);
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
    const isMasked = mask === true;
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

  #write(payload: string | Buffer, frame: Outgoing): void {
    const codec = frame.isCompressed ? this._extensions[extensionName]?.codec : undefined;
    if (codec === undefined) {
      this.#writeFrame(payload, frame);
      return;
    }
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    const isLast = frame.first >= FIN;
    this.#output?.beginCompressed();
    // An empty fragment says so with an empty block, as zlib's flush makes one.
    this.#writeFrame(bytes.length === 0 && !isLast ? EMPTY_BLOCK : codec.encode(bytes, isLast), frame);
  }

  #writeFrame(payload: string | Uint8Array, { first, isMasked, isCompressed, callback }: Outgoing): void {
    const output = this.#output;
    if (output === undefined) {
      const data = typeof payload === "string" || Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
      const frame = { fin: first >= FIN, rsv1: (first & RSV1) !== 0, opcode: first & 0x0f, mask: isMasked };
      const pieces = encodePieces(data, {
        ...frame,
        readOnly: !isCompressed,
        generateMask: this.#generateMask,
      });
      this.sendFrame(pieces, callback);
      return;
    }
    this.#gather(output, first, payload, isMasked, callback);
  }

  #gather(
    output: FrameGatherer,
    first: number,
    payload: string | Uint8Array,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): void {
    const maskKey = isMasked ? this.#maskKey() : undefined;
    if (typeof payload === "string") {
      writeTextFrame(output, nodeEngine, first, payload, nodeEngine.byteLength(payload), maskKey);
    } else writeFrame(output, first, payload, maskKey);
    output.sent(callback);
  }

  #maskKey(): number {
    if (this.#generateMask !== undefined) this.#maskBuffer ??= Buffer.alloc(4);
    return maskKeyOf(this.#generateMask, this.#maskBuffer);
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

/** From here on a payload is sent from where it lies, as `ws` does with all. */
const LARGE_BYTES = 16_384;
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
