// One direction of a relayed connection, frame by frame: unmasked, at most 4 KiB of each payload, inflated where that can be
// done. What passes is only read.

import { isControl, maskInPlace, Opcode } from "../../protocol/index.js";
import type { FrameWatcher } from "../relay/frame-meter.js";
import {
  type FrameRecord,
  type FrameSink,
  type FrameType,
  MAX_KEPT_BYTES,
  payloadOf,
  timestamp,
} from "./frame-record.js";
import type { TapInflater } from "./tap-inflater.js";

const types: Readonly<Record<number, FrameType>> = {
  [Opcode.CONTINUATION]: "continuation",
  [Opcode.TEXT]: "text",
  [Opcode.BINARY]: "binary",
  [Opcode.CLOSE]: "close",
  [Opcode.PING]: "ping",
  [Opcode.PONG]: "pong",
};

/** Compressed bytes are unmasked here on their way to the inflater; all taps have it in turn. */
const scratch = new Uint8Array(16_384);

const UNKNOWN_EXTENSION = "compressed by an extension that is not known here";
const NO_BEGINNING = "the beginning of the message was not watched";

interface Message {
  readonly isText: boolean;
  readonly isCompressed: boolean;
  readonly isInflated: boolean;
}

interface Current {
  readonly type: FrameType;
  readonly isFinal: boolean;
  readonly length: number;
  readonly isText: boolean;
  /** What it is part of; undefined for control frames, and where the beginning was not seen. */
  readonly message: Message | undefined;
  /** Somebody has room for it. */
  readonly isKept: boolean;
  readonly t: number;
}

export class FrameTap implements FrameWatcher {
  readonly #from: FrameRecord["from"];
  readonly #sink: FrameSink;
  readonly #inflater: TapInflater | undefined;
  readonly #kept = new Uint8Array(MAX_KEPT_BYTES);
  #keptBytes = 0;
  /** Undefined between two frames, and in one that had begun before. */
  #frame: Current | undefined;
  /** The message that fragments belong to; undefined where its beginning was not seen. */
  #message: Message | undefined;

  constructor(from: FrameRecord["from"], sink: FrameSink, inflater: TapInflater | undefined) {
    this.#from = from;
    this.#sink = sink;
    this.#inflater = inflater;
  }

  frameStarted(opcode: number, isFinal: boolean, isCompressed: boolean, length: number): void {
    const isData = !isControl(opcode);
    const isKept = this.#sink.hasRoom;
    if (isData && opcode !== Opcode.CONTINUATION) {
      const isInflated = isCompressed && (isKept || this.#inflater?.isGreedy === true);
      this.#message = { isCompressed, isText: opcode === Opcode.TEXT, isInflated };
    }
    const message = isData ? this.#message : undefined;
    this.#keptBytes = 0;
    this.#frame = {
      type: types[opcode],
      isFinal,
      length,
      isText: message?.isText !== false,
      message,
      isKept,
      t: timestamp(),
    };
    if (message?.isInflated === true) this.#inflater?.beginFrame();
  }

  payload(bytes: Uint8Array, start: number, end: number, maskKey: number): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    if (frame.isKept) this.#keep(bytes, start, end, maskKey);
    if (frame.message?.isInflated === true) this.#inflate(bytes, start, end, maskKey);
  }

  frameEnded(): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    this.#frame = undefined;
    const inflated = frame.message?.isInflated === true ? this.#inflater?.endFrame(frame.isFinal) : undefined;
    if (frame.isKept) {
      const { type, isFinal, t } = frame;
      const head = { t, from: this.#from, type, ...(isFinal ? undefined : ({ fin: false } as const)) };
      this.#sink.frame({ ...head, ...this.#content(frame, inflated) });
    } else this.#sink.skipped();
    if (frame.isFinal && isDataType(frame.type)) this.#message = undefined;
  }

  dispose(): void {
    this.#inflater?.dispose();
  }

  #content(frame: Current, inflated: ReturnType<TapInflater["endFrame"]> | undefined): Partial<FrameRecord> {
    const kept = this.#kept.subarray(0, this.#keptBytes);
    const isCut = kept.length < frame.length;
    if (frame.type === "close") return closeContent(kept, frame.length);
    // Without its beginning, nobody knows whether it is compressed where something may be.
    const isOrphan =
      frame.type === "continuation" && frame.message === undefined && this.#inflater !== undefined;
    if (frame.message?.isCompressed !== true && !isOrphan)
      return { size: frame.length, ...payloadOf(kept, frame.isText, isCut) };
    const compressed = frame.length;
    if (inflated === undefined || typeof inflated === "string") {
      const undecoded = inflated ?? (this.#inflater === undefined ? UNKNOWN_EXTENSION : NO_BEGINNING);
      return { compressed, ...payloadOf(kept, false, isCut), undecoded };
    }
    const { size } = inflated;
    const isTruncated = size === undefined || size > inflated.kept.length;
    return {
      ...(size !== undefined && { size }),
      compressed,
      ...payloadOf(inflated.kept, frame.isText, isTruncated),
    };
  }

  #keep(bytes: Uint8Array, start: number, end: number, maskKey: number): void {
    const from = this.#keptBytes;
    const count = Math.min(end - start, MAX_KEPT_BYTES - from);
    this.#kept.set(bytes.subarray(start, start + count), from);
    this.#keptBytes += count;
    if (maskKey !== 0) maskInPlace(this.#kept, from, this.#keptBytes, maskKey, 0);
  }

  #inflate(bytes: Uint8Array, start: number, end: number, maskKey: number): void {
    if (this.#inflater === undefined) return;
    for (let at = start; at < end; at += scratch.length) {
      const count = Math.min(end - at, scratch.length);
      scratch.set(bytes.subarray(at, at + count));
      if (maskKey !== 0) maskInPlace(scratch, 0, count, maskKey, at - start);
      this.#inflater.feed(scratch, 0, count);
    }
  }
}

function isDataType(type: FrameType): boolean {
  return type === "text" || type === "binary" || type === "continuation";
}

function closeContent(payload: Uint8Array, size: number): Partial<FrameRecord> {
  if (payload.length < 2) return { size };
  const code = (payload[0] << 8) | payload[1];
  return { size, code, ...payloadOf(payload.subarray(2), true, false) };
}
