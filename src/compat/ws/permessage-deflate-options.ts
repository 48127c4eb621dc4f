import type { ZlibOptions } from "node:zlib";

/** Options of zlib. Of `dictionary` the types of `ws` name more than zlib takes. */
export type DeflateZlibOptions = Omit<ZlibOptions, "dictionary"> & {
  dictionary?: ZlibOptions["dictionary"] | Buffer[] | undefined;
};

/** What `perMessageDeflate` takes, and what becomes of it here. */
export interface PerMessageDeflateOptions {
  /** The server forgets its window after each message; `false` on a server declines who asks for that. */
  serverNoContextTakeover?: boolean | undefined;
  /** The client forgets its window after each message; `false` on a client fails where the server asks for that. */
  clientNoContextTakeover?: boolean | undefined;
  /** Base-2 logarithm of the server's window, 8 to 15; `false` on a server declines who asks for one. */
  serverMaxWindowBits?: number | boolean | undefined;
  /** Base-2 logarithm of the client's window, 8 to 15; `false` on a client offers none and takes none. */
  clientMaxWindowBits?: number | boolean | null | undefined;
  /**
   * For what is sent: `level` (-1 to 9, default 6), `memLevel` (1 to 9, default 8: with 15 window bits 256 KiB per sending
   * connection), `strategy` and `dictionary` are honoured. `windowBits` comes from the negotiation. Every message ends with a
   * sync flush and the stream never ends, so `flush` and `finishFlush` have no effect; nor have `chunkSize`, `maxOutputLength`
   * and the options of streams.
   */
  zlibDeflateOptions?: DeflateZlibOptions | undefined;
  /** For what is received: `dictionary` is honoured; all else is as above, or says nothing about inflating. */
  zlibInflateOptions?: DeflateZlibOptions | undefined;
  /** Messages of fewer bytes are sent as they are. Default 1024. */
  threshold?: number | undefined;
  /** Taken and without effect: it bounds how many threads of zlib's pool are used, and here none is. */
  concurrencyLimit?: number | undefined;
  /** Set by who negotiates: whether this is the server's end. Default false. */
  isServer?: boolean | undefined;
  /** Set by who negotiates: the most bytes that one call of `decompress` may make. Default 0, which is no limit. */
  maxPayload?: number | undefined;
}
