// What a WebSocket sends, gathered until the turn or the read batch ends, and then written to its socket as one piece; a
// stream of another kind is written each frame at once, by whoever sends it.
// Whoever looks at the socket, or asks what is buffered, finds everything handed over to it.

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Outbox, type OutboxTransport } from "../../connection/index.js";
import type { Lease } from "../../transport/index.js";
import type { FrameGatherer, SendCallback } from "./frame-gatherer.js";

/** What is gathered beyond this leaves at once. */
const FLUSH_BYTES = 65_536;
const NOTHING = new Uint8Array(0);

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
  /** The socket gathers what it is given, until the flush. */
  #isCorked = false;
  /** Bytes of the flush in progress that are still to be written. */
  #leftBytes = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#isForeign = !(socket instanceof Socket);
    this.#isDirect = socket instanceof Socket && !("encrypted" in socket);
  }

  get block(): Uint8Array {
    return this.#outbox.block;
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
    // What is behind a compressed frame is given up with it.
    if (this.#isCompressed) {
      this.append(header);
      this.append(payload);
      this.sent(callback);
      return;
    }
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
    }
    this.#flushGathered();
    this.#socket.write(header);
    this.#socket.write(payload, callback);
    this.#awaitFlush();
  }

  sent(callback: SendCallback | undefined): void {
    if (callback !== undefined) {
      if (this.#callbacks === undefined) this.#callbacks = [callback];
      else this.#callbacks.push(callback);
    }
    const isDue = this.#isForeign && !this.#isCompressed;
    if (isDue || this.#outbox.unflushedBytes >= FLUSH_BYTES) this.flush();
    else this.#awaitFlush();
  }

  beginCompressed(): void {
    if (this.#isCompressed) return;
    this.flush();
    this.#isCompressed = true;
  }

  /** What is sent until `endBatch` leaves with it. */
  beginBatch(): void {
    this.#isFlushAwaited = true;
  }

  endBatch(): void {
    this.#isFlushAwaited = false;
    this.flush();
  }

  /** Hands over what needed no compressing; the rest is given up with this error. */
  flushPlain(error: Error): void {
    if (!this.#isCompressed) {
      this.flush();
      return;
    }
    this.#isCompressed = false;
    this.#outbox.discard();
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    process.nextTick(callAll, callbacks, error);
  }

  /** Hands everything over to the socket. */
  flush(): void {
    this.#isCompressed = false;
    this.#flushGathered();
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

  #flushGathered(): void {
    this.#leftBytes = this.#outbox.unflushedBytes;
    if (this.#leftBytes > 0) this.#outbox.flush();
    // A frame of no bytes, as `_sender.sendFrame` takes it, has a callback all the same.
    else if (this.#callbacks !== undefined) this.#socket.write(NOTHING, this.#callbackOf(0));
  }

  #awaitFlush(): void {
    if (this.#isFlushAwaited) return;
    this.#isFlushAwaited = true;
    process.nextTick(endBatch, this);
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

/** Whoever has put a write of their own in front of the socket's may keep the bytes for any time. */
function isUnchanged({ write, _write }: Duplex): boolean {
  return write === Socket.prototype.write && _write === Socket.prototype._write;
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
