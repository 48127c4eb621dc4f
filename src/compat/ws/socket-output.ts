// What a WebSocket sends, gathered until the turn or the read batch ends, and then written to its socket as one piece; a
// stream of another kind is written each frame at once, by whoever sends it.
// Whoever looks at the socket, or asks what is buffered, finds everything handed over to it.

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Outbox, type OutboxTransport } from "../../connection/index.js";
import { currentScope } from "../../host/index.js";
import type { Lease } from "../../transport/index.js";
import { flushAtExit, hasFlushed, isLeaving } from "./exit-flush.js";
import type { FrameGatherer, SendCallback } from "./frame-gatherer.js";
import { isUnchanged, keepOrder } from "./socket-order.js";

/** What is gathered beyond this leaves at once. */
const FLUSH_BYTES = 65_536;
/** A larger payload is written while it is sent, from where it lies; the copy of a smaller one costs less than the write that it
 * saves, unless it would have to be copied once more to wait. */
const MAX_COPIED_BYTES = 65_536;
const NOTHING = new Uint8Array(0);
/** Node's own, also where a test puts one of its own in its place later, which may never call anybody. */
const { nextTick } = process;

export class SocketOutput implements FrameGatherer, OutboxTransport {
  readonly isCongested = false;
  readonly #socket: Duplex;
  /** Whether the kernel may take a write while it is called, so that its memory can be used again. */
  readonly #isDirect: boolean;
  /** Whether it is no socket of Node's: then what its write throws is for who sends. */
  readonly #isForeign: boolean;
  readonly #outbox: Outbox = new Outbox(this);
  /** Of what has been gathered since the last flush. */
  #callbacks: SendCallback[] | undefined;
  /** Somebody is going to flush: the read batch, or the end of the turn. */
  #isFlushAwaited = false;
  /** Since the last flush nothing was gathered but from the first compressed frame on. */
  #isCompressed = false;
  /** What those frames were compressed from. */
  #uncompressedBytes = 0;
  /** A socket of another kind gathers what it is given, until the flush. */
  #isCorked = false;
  #isFlushing = false;
  /** Bytes of the flush in progress that are still to be written. */
  #leftBytes = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#isForeign = !(socket instanceof Socket);
    this.#isDirect = socket instanceof Socket && !("encrypted" in socket);
    keepOrder(socket, this);
  }

  get block(): Uint8Array {
    return this.#outbox.block;
  }

  /** What was sent and is not in the kernel: what is compressed counts as it was before, until the flush. */
  get bufferedBytes(): number {
    if (!this.#isCompressed) this.flush();
    return this.#socket.writableLength + this.#uncompressedBytes;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  reserve(length: number): number {
    return this.#outbox.reserve(length);
  }

  append(bytes: Uint8Array): void {
    this.#outbox.append(bytes);
  }

  appendLarge(header: Uint8Array, payload: Uint8Array, callback: SendCallback | undefined): void {
    const byteLength = header.length + payload.length;
    // What is behind a compressed frame is given up with it.
    if (this.#isCompressed || (byteLength <= MAX_COPIED_BYTES && this.#isFree)) {
      const at = this.reserve(byteLength);
      this.block.set(header, at);
      this.block.set(payload, at + header.length);
      this.sent(callback);
      return;
    }
    this.flush();
    const socket = this.#socket;
    socket.cork();
    socket.write(header);
    socket.write(payload, callback);
    socket.uncork();
  }

  sent(callback: SendCallback | undefined): void {
    if (callback !== undefined) {
      const scope = currentScope();
      this.#callbacks ??= [];
      this.#callbacks.push((error) => scope.runInAsyncScope(callback, undefined, error));
    }
    const isForeign = this.#isForeign && !this.#isCompressed;
    const isDue = isForeign || this.#outbox.unflushedBytes >= FLUSH_BYTES;
    if (isDue && !this.#isFlushing) this.flush();
    else this.#awaitFlush();
  }

  beginCompressed(byteLength: number): void {
    if (!this.#isCompressed) this.flush();
    this.#isCompressed = true;
    this.#uncompressedBytes += byteLength;
  }

  /** What is sent until `endBatch` leaves with it. */
  beginBatch(): void {
    this.#isFlushAwaited = true;
    flushAtExit(this);
  }

  endBatch(): void {
    this.#isFlushAwaited = false;
    hasFlushed(this);
    this.flush();
  }

  /** Hands over what needed no compressing; the rest is given up with this error. */
  flushPlain(error: Error): void {
    if (!this.#isCompressed) {
      this.flush();
      return;
    }
    this.#endCompressed();
    this.#outbox.discard();
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    process.nextTick(callAll, callbacks, error);
  }

  /** Hands everything over to the socket. */
  flush(): void {
    // The socket asks for it before each of the writes.
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#endCompressed();
    try {
      this.#flushGathered();
    } finally {
      this.#isFlushing = false;
    }
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    const socket = this.#socket;
    const callback = this.#callbackOf(bytes.length);
    // What has to wait does so in memory of its own, and nobody knows for how long another kind of stream needs it.
    if (!this.#isFree) {
      this.#corkForeign();
      socket.write(Uint8Array.prototype.slice.call(bytes), callback);
      return true;
    }
    socket.write(bytes, callback);
    if (lease === undefined || socket.writableLength === 0) return true;
    socket.write(NOTHING, () => lease.release());
    return false;
  }

  /** Whether a write reaches the kernel while it is called. */
  get #isFree(): boolean {
    if (!this.#isDirect || this.#isCorked) return false;
    const socket = this.#socket as Socket;
    return isUnchanged(socket) && socket.writableLength === 0 && !socket.connecting;
  }

  /** A stream of another kind may run anybody's code in the midst of a write, and what that sends must not come before
   * the rest of this flush. */
  #corkForeign(): void {
    if (this.#isDirect || this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
  }

  #endCompressed(): void {
    this.#isCompressed = false;
    this.#uncompressedBytes = 0;
  }

  #flushGathered(): void {
    this.#leftBytes = this.#outbox.unflushedBytes;
    if (this.#leftBytes > 0) this.#outbox.flush();
    // A frame of no bytes, as `_sender.sendFrame` takes it, has a callback all the same.
    else if (this.#callbacks !== undefined) this.#socket.write(NOTHING, this.#callbackOf(0));
  }

  #awaitFlush(): void {
    if (isLeaving()) {
      this.flush();
      return;
    }
    if (this.#isFlushAwaited) return;
    this.#isFlushAwaited = true;
    flushAtExit(this);
    nextTick(endBatch, this);
  }

  /** The last write of a flush calls back everybody whose frames it carried. */
  #callbackOf(byteLength: number): SendCallback | undefined {
    this.#leftBytes -= byteLength;
    const callbacks = this.#callbacks;
    if (callbacks === undefined || this.#leftBytes > 0) return undefined;
    this.#callbacks = undefined;
    return callbacks.length === 1 ? callbacks[0] : (error) => callAll(callbacks, error);
  }
}

function endBatch(output: SocketOutput): void {
  output.endBatch();
}

/** What one of them throws is uncaught, and the others are called all the same. */
function callAll(callbacks: readonly SendCallback[], error: Error | null | undefined): void {
  let called = 0;
  try {
    for (const callback of callbacks) {
      called++;
      callback(error);
    }
  } finally {
    if (called < callbacks.length) process.nextTick(callAll, callbacks.slice(called), error);
  }
}
