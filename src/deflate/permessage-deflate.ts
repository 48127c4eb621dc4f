// permessage-deflate over the compressor port (RFC 7692 §7.2): the tail of each message, context takeover, final
// blocks in the middle of a stream. A direction without takeover borrows its compressor for the length of a message,
// so an idle connection holds none.

import type { CodecOutput, MessageCodec, Role } from "../protocol/index.js";
import {
  DEFAULT_LEVEL,
  DEFAULT_MEM_LEVEL,
  DEFAULT_THRESHOLD_BYTES,
  type DeflateOptions,
  type DeflateParameters,
} from "./parameters.js";
import type { DeflaterSettings, RawDeflateEngine, RawDeflater, RawInflater } from "./raw-deflate.js";

/** RFC 7692 §7.2.1: removed from the end of every message by the sender, §7.2.2: added again by the receiver. */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);
/** The tail, and an empty block that only a reader between two blocks takes for one. */
const CHECKED_TAIL = Uint8Array.of(...TAIL, 0x00, ...TAIL);
/** RFC 7692 §7.2.3.6: no data at all is an empty block whose tail was removed. */
const EMPTY_BLOCK = Uint8Array.of(0x00);
const NOTHING = new Uint8Array(0);

/** Streams that one message may begin anew. Two bytes can ask for one; a compressor that ends its streams at all does so
 * once per message. */
const MAX_RESTARTS = 64;

/** Bytes that are inflated in the time that a call takes beside them. */
const CALL_COST = 256;
/** Bytes that are inflated in the time that a stream takes to begin anew, with a full window. */
const RESTART_COST = 4096;

export class PerMessageDeflate implements MessageCodec {
  readonly encodingGroup: string;
  readonly #engine: RawDeflateEngine;
  readonly #settings: DeflaterSettings;
  readonly #thresholdBytes: number;
  readonly #inflateBits: number;
  readonly #keepsInflater: boolean;
  readonly #keepsDeflater: boolean;
  #inflater: RawInflater | undefined;
  #deflater: RawDeflater | undefined;
  #hasInput = false;
  #restarts = 0;

  constructor(role: Role, parameters: DeflateParameters, options: DeflateOptions, engine: RawDeflateEngine) {
    const isClient = role === "client";
    this.#engine = engine;
    this.#thresholdBytes = options.thresholdBytes ?? DEFAULT_THRESHOLD_BYTES;
    this.#keepsDeflater = !(isClient
      ? parameters.clientNoContextTakeover
      : parameters.serverNoContextTakeover);
    this.#keepsInflater = !(isClient
      ? parameters.serverNoContextTakeover
      : parameters.clientNoContextTakeover);
    this.#inflateBits = isClient ? parameters.serverMaxWindowBits : parameters.clientMaxWindowBits;
    this.#settings = {
      windowBits: isClient ? parameters.clientMaxWindowBits : parameters.serverMaxWindowBits,
      level: options.level ?? DEFAULT_LEVEL,
      memLevel: options.memLevel ?? DEFAULT_MEM_LEVEL,
    };
    this.encodingGroup = `${this.#settings.windowBits}/${this.#settings.level}/${this.#settings.memLevel}`;
  }

  isWorthwhile(byteLength: number): boolean {
    return byteLength >= this.#thresholdBytes;
  }

  decode(bytes: Uint8Array, start: number, end: number, isLast: boolean, output: CodecOutput): number {
    this.#hasInput ||= start < end;
    // A compressed message of no bytes at all is taken as empty: its tail alone would be half a block, which the next
    // message would be read as the rest of.
    if (!this.#hasInput) return CALL_COST;
    const restartsBefore = this.#restarts;
    this.#inflater ??= this.#engine.acquireInflater(this.#inflateBits);
    const isValid =
      this.#feed(this.#inflater, bytes, start, end, output) && (!isLast || complete(this.#inflater));
    const cost = (isLast ? 2 * CALL_COST : CALL_COST) + (this.#restarts - restartsBefore) * RESTART_COST;
    if (isLast) {
      this.#hasInput = false;
      this.#restarts = 0;
      if (!this.#keepsInflater) this.#releaseInflater();
    }
    return isValid ? cost : -1;
  }

  encode(payload: Uint8Array, isLast: boolean): Uint8Array {
    this.#deflater ??= this.#engine.acquireDeflater(this.#settings);
    const bytes = payload.length === 0 ? NOTHING : this.#deflater.deflate(payload);
    if (!isLast) return bytes;
    if (!this.#keepsDeflater) this.#releaseDeflater();
    return bytes.length < TAIL.length ? EMPTY_BLOCK : bytes.subarray(0, bytes.length - TAIL.length);
  }

  encodeAlone(payload: Uint8Array): Uint8Array {
    const deflater = this.#engine.acquireDeflater(this.#settings);
    const bytes =
      payload.length === 0 ? EMPTY_BLOCK.slice() : deflater.deflate(payload).slice(0, -TAIL.length);
    this.#engine.releaseDeflater(deflater, this.#settings);
    return bytes;
  }

  forgetEncoded(): void {
    this.#deflater?.reset();
  }

  dispose(): void {
    this.#releaseInflater();
    this.#releaseDeflater();
  }

  #feed(inflater: RawInflater, bytes: Uint8Array, start: number, end: number, output: CodecOutput): boolean {
    let at = start;
    while (at < end) {
      // RFC 7692 §7.2.1: "An endpoint MAY use both DEFLATE blocks with the "BFINAL" bit set to 0 and DEFLATE blocks with
      // the "BFINAL" bit set to 1." So one that is set ends a stream, but not the message: what follows begins a new
      // stream whose window is still that of the connection.
      if (inflater.isEnded) {
        if (++this.#restarts > MAX_RESTARTS) return false;
        inflater.restart();
      }
      at = inflater.inflate(bytes, at, end, output);
      if (at < 0 || (at < end && !inflater.isEnded)) return false;
    }
    return true;
  }

  #releaseInflater(): void {
    if (this.#inflater === undefined) return;
    this.#engine.releaseInflater(this.#inflater, this.#inflateBits);
    this.#inflater = undefined;
  }

  #releaseDeflater(): void {
    if (this.#deflater === undefined) return;
    this.#engine.releaseDeflater(this.#deflater, this.#settings);
    this.#deflater = undefined;
  }
}

/** RFC 7692 §7.2.2: the removed tail goes in again, unless a final block has ended the stream and needs none. */
function complete(inflater: RawInflater): boolean {
  if (inflater.isEnded) return true;
  let isCut = false;
  const at = inflater.inflate(CHECKED_TAIL, 0, CHECKED_TAIL.length, () => {
    // The tail stands for no data: a block that takes it for some was cut off, and its bytes are nobody's.
    isCut = true;
    return false;
  });
  return !isCut && (at === CHECKED_TAIL.length || (at === 0 && inflater.isEnded));
}
