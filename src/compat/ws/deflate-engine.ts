// The host's compressor with what one connection's zlib options add to it, which also remembers why the last inflating
// failed: `ws` hands out zlib's own errors.

import type { DeflaterSettings, RawDeflateEngine, RawDeflater, RawInflater } from "../../deflate/index.js";
import { zlibEngine } from "../../host/index.js";
import type { PerMessageDeflateOptions } from "./permessage-deflate-options.js";

export class DeflateEngine implements RawDeflateEngine {
  readonly #engine: RawDeflateEngine;
  readonly #options: PerMessageDeflateOptions;
  #failure: RawInflater["failure"];
  #inflater: RawInflater | undefined;

  constructor(options: PerMessageDeflateOptions) {
    const engine = zlibEngine();
    if (engine === undefined) throw new Error("this Node.js has no zlib that can compress messages");
    this.#engine = engine;
    this.#options = options;
  }

  acquireInflater(windowBits: number): RawInflater {
    this.#inflater = this.#engine.acquireInflater(windowBits, bytesOf(this.#options.zlibInflateOptions));
    return this.#inflater;
  }

  releaseInflater(inflater: RawInflater, windowBits: number): void {
    this.#failure = inflater.failure;
    this.#inflater = undefined;
    this.#engine.releaseInflater(inflater, windowBits, bytesOf(this.#options.zlibInflateOptions));
  }

  acquireDeflater(settings: DeflaterSettings): RawDeflater {
    return this.#engine.acquireDeflater(this.#complete(settings));
  }

  releaseDeflater(deflater: RawDeflater, settings: DeflaterSettings): void {
    this.#engine.releaseDeflater(deflater, this.#complete(settings));
  }

  inflateError(): Error {
    const failure = (this.#inflater ? this.#inflater.failure : this.#failure) ?? {
      // Not zlib's judgement but RFC 7692's: a message that is cut off, or begins more streams than it could need.
      message: "invalid or incomplete deflate data",
      errno: -3,
      code: "Z_DATA_ERROR",
    };
    return Object.assign(new Error(failure.message), { errno: failure.errno, code: failure.code });
  }

  #complete(settings: DeflaterSettings): DeflaterSettings {
    const given = this.#options.zlibDeflateOptions;
    return { ...settings, strategy: given?.strategy, dictionary: bytesOf(given) };
  }
}

function bytesOf(options: PerMessageDeflateOptions["zlibDeflateOptions"]) {
  const dictionary = options?.dictionary;
  if (dictionary === undefined || dictionary instanceof Uint8Array) return dictionary;
  if (Array.isArray(dictionary)) return Buffer.concat(dictionary);
  if (dictionary instanceof ArrayBuffer) return new Uint8Array(dictionary);
  return new Uint8Array(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength);
}
