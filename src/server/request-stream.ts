// A connection that speaks plain HTTP, as the stream that Node's parser reads.

import type { Duplex } from "node:stream";
import { type Transport, TransportStream } from "../transport/index.js";
import { HttpConnection } from "./http-connection.js";

/**
 * What the parser gets in one go. It makes two objects of every request that it finds, a hundred times the size of the
 * shortest one, and stops for nothing but the end of what it was given.
 */
const MAX_SLICE_BYTES = 2048;

const NOTHING = new Uint8Array(0);
const CR = 13;
const LF = 10;

/**
 * The connection as a stream in which `unread` comes first, for `take`, which is called when the call of `receive` that this
 * was found out in has returned.
 */
export function toRequestStream(
  transport: Transport,
  unread: Uint8Array,
  take: (stream: Duplex) => void,
): void {
  const stream = new RequestStream(transport, unread);
  const ignore = (): void => {};
  stream.on("error", ignore);
  setImmediate(() => {
    stream.off("error", ignore);
    take(stream);
  });
}

class RequestStream extends TransportStream {
  constructor(transport: Transport, unread: Uint8Array) {
    super(transport, NOTHING);
    this.attachPaused();
    this.pause();
    this.received(Buffer.from(unread.buffer, unread.byteOffset, unread.length));
  }

  /** Empty lines between requests, which a server has to pass over (RFC 9112 §2.2), ask for nothing. */
  protected override isTraffic(chunk: Buffer): boolean {
    return !HttpConnection.of(this)?.isIdle || !isBlank(chunk);
  }

  /** Whoever pauses the stream between two slices gets the next one later. */
  protected override received(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += MAX_SLICE_BYTES)
      super.received(chunk.subarray(at, at + MAX_SLICE_BYTES));
  }
}

function isBlank(chunk: Buffer): boolean {
  return chunk.every((byte) => byte === CR || byte === LF);
}
