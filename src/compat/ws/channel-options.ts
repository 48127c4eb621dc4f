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

const heldNames = [
  "allowSynchronousEvents",
  "generateMask",
  "maxBufferedChunks",
  "maxFragments",
  "maxPayload",
  "skipUTF8Validation",
] as const;

/** What an open connection goes by, whatever becomes of its server's options. */
export type HeldOptions = Readonly<Pick<ChannelOptions, (typeof heldNames)[number]>>;

let last: HeldOptions = {};

/** The options as they are now: the same object for one connection after the other of the same server. */
export function holdOptions(options: ChannelOptions): HeldOptions {
  const isSame = heldNames.every((name) => options[name] === last[name]);
  if (!isSame) last = Object.fromEntries(heldNames.map((name) => [name, options[name]]));
  return last;
}
