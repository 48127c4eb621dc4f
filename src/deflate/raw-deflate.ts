// The compressor as a port: raw DEFLATE (RFC 1951) in two directions, synchronous and in bounded steps.

/** Receives inflated bytes, borrowed until the next output of any inflater has returned. False stops this
 * one. */
export type InflateOutput = (bytes: Uint8Array, start: number, end: number) => boolean;

export interface RawInflater {
  /** The last block of a stream (BFINAL) was read; nothing more is consumed until `restart`. */
  readonly isEnded: boolean;
  /** Why `inflate` last answered -1, in zlib's words, where the engine has them. */
  readonly failure?: { readonly message: string; readonly errno: number; readonly code: string } | undefined;
  /** Inflates the range and answers the offset of the first byte not consumed: `end`, except when the stream ended or
   * `output` stopped it. -1: the bytes are no DEFLATE data. */
  inflate(bytes: Uint8Array, start: number, end: number, output: InflateOutput): number;
  /** A new stream, whose window continues that of the ended one. */
  restart(): void;
}

export interface RawDeflater {
  /** Everything that went in, flushed to a byte boundary: the result ends with 00 00 ff ff, unless nothing went in since
   * the last flush. It is borrowed until the next call on any deflater. */
  deflate(bytes: Uint8Array): Uint8Array;
  /** Forgets the window. */
  reset(): void;
}

export interface DeflaterSettings {
  /** 8 to 15. The distances in the output stay within a window of this size, also for 8. */
  windowBits: number;
  level: number;
  memLevel: number;
  /** One of zlib's strategies; undefined is its default. */
  strategy?: number | undefined;
  /** What both ends take as if it had been sent before, again after each reset. */
  dictionary?: Uint8Array | undefined;
}

/** Where directions come from. What is released may serve another connection. A dictionary is as in `DeflaterSettings`. */
export interface RawDeflateEngine {
  acquireInflater(windowBits: number, dictionary?: Uint8Array): RawInflater;
  /** Gives back an inflater in any state. */
  releaseInflater(inflater: RawInflater, windowBits: number, dictionary?: Uint8Array): void;
  acquireDeflater(settings: DeflaterSettings): RawDeflater;
  releaseDeflater(deflater: RawDeflater, settings: DeflaterSettings): void;
}
