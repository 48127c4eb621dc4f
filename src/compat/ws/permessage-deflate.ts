// `ws`'s PerMessageDeflate over our deflate room. It compresses on the calling thread, so a result is there when the call
// returns; callers of `ws` count on a callback that comes later, and get one.

import { PerMessageDeflate as DeflateCodec, type DeflateParameters } from "../../deflate/index.js";
import { zlibEngine } from "../../host/index.js";
import type { MessageCodec } from "../../protocol/index.js";
import { limitOf } from "./channel-options.js";
import { DeflateEngine } from "./deflate-engine.js";
import {
  acceptAnswer,
  acceptOffer,
  type NegotiatedParameters,
  offerParameters,
  type ReceivedParameters,
  readParameters,
} from "./deflate-parameters.js";
import { withCloseCode } from "./error-close-code.js";
import { maxPayloadError } from "./frame-errors.js";
import type { PerMessageDeflateOptions } from "./permessage-deflate-options.js";

/** The extensions of a connection, by their names. */
export interface Extensions {
  "permessage-deflate"?: PerMessageDeflate;
}

/** Whether this Node has what compresses; without it nothing is offered, and nothing accepted. */
export function canCompress(): boolean {
  return zlibEngine() !== undefined;
}

/** What `compress` and `decompress` call back. */
export type DeflateCallback = (error: Error | null, data?: Buffer) => void;

/** zlib's own defaults, which `ws` leaves as they are. */
const DEFAULT_LEVEL = 6;
const DEFAULT_MEM_LEVEL = 8;
const DEFAULT_WINDOW_BITS = 15;
const DEFAULT_THRESHOLD_BYTES = 1024;

export class PerMessageDeflate {
  readonly _options: PerMessageDeflateOptions;
  readonly _threshold: number;
  readonly _maxPayload: number;
  readonly _isServer: boolean;
  /** What was agreed; null before `accept`. */
  params: NegotiatedParameters | null = null;
  #engine: DeflateEngine | undefined;
  #codec: MessageCodec | undefined;
  /** What `compress` has not called back for, in order. */
  #compressing = new Set<{ callback: DeflateCallback }>();
  /** Raised by `cleanup`: what `decompress` made before is nobody's any more. */
  #generation = 0;

  constructor(options?: PerMessageDeflateOptions) {
    this._options = options || {};
    const { threshold, maxPayload, isServer } = this._options;
    this._threshold = threshold !== undefined ? threshold : DEFAULT_THRESHOLD_BYTES;
    this._maxPayload = limitOf(maxPayload);
    this._isServer = Boolean(isServer);
  }

  static get extensionName(): "permessage-deflate" {
    return "permessage-deflate";
  }

  /** The parameters of a client's offer. */
  offer(): NegotiatedParameters {
    return offerParameters(this._options);
  }

  /** Takes the offers, or on a client the answer, as `extension.parse` reads them. Throws where they cannot be accepted. */
  accept(configurations: ReceivedParameters[]): NegotiatedParameters {
    const read = readParameters(configurations, this._isServer);
    this.params = this._isServer ? acceptOffer(read, this._options) : acceptAnswer(read, this._options);
    return this.params;
  }

  /** What compresses the messages of this connection, made at first use; undefined before `accept`. */
  get codec(): MessageCodec | undefined {
    if (this.#codec === undefined && this.params !== null) {
      this.#engine = new DeflateEngine(this._options);
      const { level, memLevel } = this._options.zlibDeflateOptions ?? {};
      this.#codec = new DeflateCodec(
        this._isServer ? "server" : "client",
        agreedBy(this.params),
        {
          level: level ?? DEFAULT_LEVEL,
          memLevel: memLevel ?? DEFAULT_MEM_LEVEL,
          thresholdBytes: this._threshold,
        },
        this.#engine,
      );
    }
    return this.#codec;
  }

  /** Why `codec` last refused what it was to decode: zlib's error, with its `code` and `errno`, and the close code 1007. */
  inflateError(): Error {
    return withCloseCode(this.#engine?.inflateError() ?? new Error("nothing was inflated"), 1007);
  }

  /** Compresses a message, or a part of one that `fin` says ends it. The callback comes in a later turn of the loop. */
  compress(data: Buffer | Uint8Array | string, fin: boolean, callback: DeflateCallback): void {
    const payload = typeof data === "string" ? Buffer.from(data) : data;
    const compressed = Buffer.from(this.#agreedCodec().encode(payload, fin));
    const pending = { callback };
    this.#compressing.add(pending);
    setImmediate(() => {
      if (this.#compressing.delete(pending)) callback(null, compressed);
    });
  }

  /** Decompresses a message, or a part of one that `fin` says ends it. The callback comes in a later turn of the loop. */
  decompress(data: Uint8Array, fin: boolean, callback: DeflateCallback): void {
    const result = this.#decompress(data, fin);
    const generation = this.#generation;
    setImmediate(() => {
      if (generation !== this.#generation) return;
      if (result instanceof Error) callback(result);
      else callback(null, result);
    });
  }

  #decompress(data: Uint8Array, fin: boolean): Buffer | Error {
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    let isTooLong = false;
    const cost = this.#agreedCodec().decode(data, 0, data.length, fin, (bytes, start, end) => {
      byteLength += end - start;
      isTooLong = this._maxPayload > 0 && byteLength > this._maxPayload;
      if (!isTooLong) chunks.push(bytes.slice(start, end));
      return !isTooLong;
    });
    if (cost >= 0 && !isTooLong) return Buffer.concat(chunks, byteLength);
    const error = isTooLong ? maxPayloadError() : this.inflateError();
    // What comes next, if anything does, begins anew; the peer never refers to what it did not get an answer to.
    this.#forget();
    return error;
  }

  /** Frees what zlib holds. Callbacks of `compress` that are due are called with an error, those of `decompress` never. */
  cleanup(): void {
    this.#generation++;
    this.#forget();
    const pending = this.#compressing;
    this.#compressing = new Set();
    for (const { callback } of pending)
      callback(new Error("The deflate stream was closed while data was being processed"));
  }

  #agreedCodec(): MessageCodec {
    const { codec } = this;
    if (codec === undefined)
      throw new TypeError("permessage-deflate has not been accepted; call accept first");
    return codec;
  }

  #forget(): void {
    this.#codec?.dispose();
    this.#codec = undefined;
  }
}

function agreedBy(parameters: NegotiatedParameters): DeflateParameters {
  return {
    clientMaxWindowBits: windowBits(parameters.client_max_window_bits),
    serverMaxWindowBits: windowBits(parameters.server_max_window_bits),
    clientNoContextTakeover: Boolean(parameters.client_no_context_takeover),
    serverNoContextTakeover: Boolean(parameters.server_no_context_takeover),
  };
}

function windowBits(agreed: number | true | undefined): number {
  return typeof agreed === "number" ? agreed : DEFAULT_WINDOW_BITS;
}
