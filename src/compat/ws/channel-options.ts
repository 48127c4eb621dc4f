// What decides how an open WebSocket behaves, at either end, and what it is by default.

import type { GenerateMask } from "./encoded-frame.js";

export interface ChannelOptions {
  /** False: at most one event in a turn of the event loop. Default true. */
  allowSynchronousEvents?: boolean | undefined;
  /** Answer pings. Default true. */
  autoPong?: boolean | undefined;
  /** Milliseconds that a closing handshake may take. Default 30,000. */
  closeTimeout?: number | undefined;
  /** A client's masking keys. Default: random ones. */
  generateMask?: GenerateMask | undefined;
  /** Reads that one unfinished frame may come in; 0: any number. Default 262,144. */
  maxBufferedChunks?: number | undefined;
  /** Frames of one message; 0: any number. Default 16,384. */
  maxFragments?: number | undefined;
  /** Bytes of one message, inflated; 0: any number. Default 100 MiB. */
  maxPayload?: number | undefined;
  /** Pongs that may wait to be written; a peer that asks for more is cut off. 0: any number. Default 60. */
  maxPendingAutoPongs?: number | undefined;
  /** Default false. */
  skipUTF8Validation?: boolean | undefined;
}

export const channelDefaults = {
  allowSynchronousEvents: true,
  autoPong: true,
  closeTimeout: 30_000,
  maxBufferedChunks: 256 * 1024,
  maxFragments: 16 * 1024,
  maxPayload: 100 * 1024 * 1024,
  maxPendingAutoPongs: 60,
  skipUTF8Validation: false,
} as const;

/** A limit as `ws` takes it: cut to 32 bits, and 0 where none was given. What is not above 0 limits nothing. */
export function limitOf(option: number | undefined): number {
  return (option ?? 0) | 0;
}
