// How the frames of a Sender leave: gathered by its WebSocket's output, or, where there is none, each by itself.

import type { Duplex } from "node:stream";
import { nodeEngine } from "../../host/index.js";
import { writeFrame, writeTextFrame } from "../../protocol/index.js";
import { encodeHeader, encodePieces, FIN, type GenerateMask, maskKeyOf, RSV1 } from "./encoded-frame.js";
import type { FrameGatherer, SendCallback } from "./frame-gatherer.js";

export interface FrameWriter {
  /** Writes a frame that begins with the byte `first`. What `send` was given stays as it is. */
  write(
    first: number,
    payload: string | Uint8Array,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): void;
  /** The same for what was made by compressing, in memory that may be changed, and is used again. */
  writeCompressed(
    first: number,
    payload: Uint8Array,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): void;
  /** Writes the pieces of a frame that was encoded before. */
  writePieces(pieces: readonly Buffer[], callback: SendCallback | undefined): void;
  /** Says, before it is made, that a frame follows that this many bytes are compressed into. */
  beginCompressed(byteLength: number): void;
}

/** From here on a payload may be sent from where it lies, as `ws` does with all. */
const LARGE_BYTES = 16_384;

export class GatheringFrameWriter implements FrameWriter {
  readonly #output: FrameGatherer;
  readonly #generateMask: GenerateMask | undefined;
  /** Where a masking key of the user's is made. */
  #maskBuffer: Buffer | undefined;

  constructor(output: FrameGatherer, generateMask: GenerateMask | undefined) {
    this.#output = output;
    this.#generateMask = generateMask;
  }

  write(
    first: number,
    payload: string | Uint8Array,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): void {
    if (typeof payload === "string") {
      const byteLength = nodeEngine.byteLength(payload);
      writeTextFrame(this.#output, nodeEngine, first, payload, byteLength, this.#maskKey(isMasked));
      this.#output.sent(callback);
    } else if (!isMasked && payload.length >= LARGE_BYTES)
      this.#output.appendLarge(encodeHeader(first, payload.length), payload, callback);
    else this.writeCompressed(first, payload, isMasked, callback);
  }

  writeCompressed(
    first: number,
    payload: Uint8Array,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): void {
    writeFrame(this.#output, first, payload, this.#maskKey(isMasked));
    this.#output.sent(callback);
  }

  writePieces(pieces: readonly Buffer[], callback: SendCallback | undefined): void {
    for (const piece of pieces) this.#output.append(piece);
    this.#output.sent(callback);
  }

  beginCompressed(byteLength: number): void {
    this.#output.beginCompressed(byteLength);
  }

  #maskKey(isMasked: boolean): number | undefined {
    if (!isMasked) return undefined;
    if (this.#generateMask !== undefined) this.#maskBuffer ??= Buffer.alloc(4);
    return maskKeyOf(this.#generateMask, this.#maskBuffer);
  }
}

/** Needs no more of the socket than `cork`, `write` and `uncork`. */
export class SocketFrameWriter implements FrameWriter {
  readonly #socket: Duplex;
  readonly #generateMask: GenerateMask | undefined;

  constructor(socket: Duplex, generateMask: GenerateMask | undefined) {
    this.#socket = socket;
    this.#generateMask = generateMask;
  }

  write(
    first: number,
    payload: string | Uint8Array,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): void {
    this.#encode(first, payload, isMasked, true, callback);
  }

  writeCompressed(
    first: number,
    payload: Uint8Array,
    isMasked: boolean,
    callback: SendCallback | undefined,
  ): void {
    this.#encode(first, payload, isMasked, false, callback);
  }

  writePieces(pieces: readonly Buffer[], callback: SendCallback | undefined): void {
    const socket = this.#socket;
    if (pieces.length === 2) {
      socket.cork();
      socket.write(pieces[0]);
      socket.write(pieces[1], callback);
      socket.uncork();
    } else socket.write(pieces[0], callback);
  }

  beginCompressed(): void {}

  #encode(
    first: number,
    payload: string | Uint8Array,
    mask: boolean,
    readOnly: boolean,
    callback: SendCallback | undefined,
  ): void {
    const data = typeof payload === "string" || Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
    const start = { fin: first >= FIN, rsv1: (first & RSV1) !== 0, opcode: first & 0x0f };
    const pieces = encodePieces(data, { ...start, mask, readOnly, generateMask: this.#generateMask });
    this.writePieces(pieces, callback);
  }
}
