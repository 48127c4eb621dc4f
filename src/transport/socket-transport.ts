// The port over a Node.js stream socket: TCP, TLS or a unix socket. Plain sockets can be read into the process's shared
// read memory, which saves an allocation and the stream machinery on every read (one sixth of the CPU of a small echo).

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { sharedReadBuffer } from "../host/index.js";
import { type Endpoints, endpointsOf } from "./endpoints.js";
import { type TransportError, toTransportError } from "./errors.js";
import { handleOf, reopen, reopenAsStream, socketOver } from "./socket-handle.js";
import type { Lease, Transport, TransportSink } from "./transport.js";

/** "stream": reads arrive from the stream's own buffers, which works for every Duplex. "shared": from the shared read
 * memory, where the socket allows it. "adopted": the socket was made to read there. */
export type ReadMode = "stream" | "shared" | "adopted";

/** Where a socket's events find their transport: one listener for all sockets instead of a closure for each. */
const carrier = Symbol("transport");
type Carried = Duplex & { [carrier]?: SocketTransport };

const NOTHING = new Uint8Array(0);

/** Silence after which the kernel asks the peer's kernel whether it is still there: what finds a vanished peer while nobody
 * reads, and so nobody pings. Linux gives up after nine questions, 75 seconds apart. */
export const KEEP_ALIVE_DELAY_MS = 60_000;

function transportOf(socket: Carried): SocketTransport {
  return socket[carrier] as SocketTransport;
}

export class SocketTransport implements Transport {
  readonly isSecure: boolean;
  #socket: Carried;
  #mode: ReadMode;
  #sink: TransportSink | undefined;
  #error: TransportError | undefined;
  /** Of the writes that the socket keeps; undefined while it keeps none. */
  #leases: (Lease | undefined)[] | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor(socket: Duplex, mode: ReadMode = "stream") {
    this.isSecure = (socket as { encrypted?: boolean }).encrypted === true;
    this.#mode = mode;
    this.#socket = socket;
    this.#carry();
    if (socket.destroyed) {
      // Whoever had the stream before may have been told why.
      if (socket.errored) this.#error = toTransportError(socket.errored);
      process.nextTick(() => this.#close());
    }
  }

  /** A transport over a connection that the kernel has accepted and no socket owns yet. */
  static overHandle(handle: object): SocketTransport {
    const socket = socketOver(handle, SocketTransport.#sharedReads);
    socket.pause();
    return new SocketTransport(socket, "adopted");
  }

  get kind(): string {
    // A stream over another transport says what that is.
    return (this.#socket as { kind?: string }).kind ?? "node";
  }

  get remoteAddress(): string | undefined {
    return (this.#socket as Partial<Socket>).remoteAddress;
  }

  endpoints(): Endpoints {
    return endpointsOf(this.#socket);
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  get progress(): number {
    return handleOf(this.#socket)?.writeQueueSize ?? this.#socket.writableLength;
  }

  attach(sink: TransportSink): void {
    const isFirst = this.#sink === undefined;
    this.#sink = sink;
    if (this.#isClosed) process.nextTick(() => sink.closed(this.#error));
    if (this.#isClosed || !isFirst) return;
    if (this.#mode === "shared") this.#share();
    // Whoever had the stream before may have read it to its end, which is told once.
    if (this.#socket.readableEnded) process.nextTick(() => this.#sink?.ended());
    this.#socket.on("end", SocketTransport.#onEnd);
    if (this.#mode === "stream") this.#socket.on("data", SocketTransport.#onData);
    this.#socket.resume();
    // Whoever had the stream before may have written what still waits.
    if (this.isCongested) this.#awaitDrain();
  }

  get isCongested(): boolean {
    return this.#socket.writableLength > 0;
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    // Nobody knows what another kind of stream does with the memory, and for how long.
    const isOwn = socket instanceof Socket;
    socket.write(isOwn ? bytes : new Uint8Array(bytes));
    if (socket.writableLength === 0) return true;
    this.#awaitDrain();
    if (!isOwn) return true;
    this.#leases?.push(lease);
    return false;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket.resume();
  }

  end(): void {
    this.#rememberAddress();
    if (this.#socket.writable) this.#socket.end();
  }

  destroy(error?: TransportError): void {
    this.#error ??= error;
    this.#rememberAddress();
    this.#socket.destroy();
  }

  setKeepAlive(isKeepingAlive: boolean): void {
    const socket = this.#socket as Partial<Socket>;
    if (isKeepingAlive) socket.ref?.();
    else socket.unref?.();
  }

  /**
   * Gives the socket back as an ordinary stream in which `unread` comes first. The transport is of no use afterwards.
   * For what takes nothing but a socket's own stream as a socket, such as Node's TLS.
   */
  release(unread: Uint8Array): Duplex {
    const socket = this.#socket;
    this.#drop();
    socket.pause();
    const stream = (this.#mode === "adopted" && reopenAsStream(socket)) || socket;
    if (unread.length > 0) stream.unshift(unread);
    return stream;
  }

  #carry(): void {
    this.#socket[carrier] = this;
    this.#socket.on("error", SocketTransport.#onError).on("close", SocketTransport.#onClose);
  }

  #drop(): void {
    const socket = this.#socket;
    socket.off("error", SocketTransport.#onError).off("close", SocketTransport.#onClose);
    socket.off("end", SocketTransport.#onEnd).off("data", SocketTransport.#onData);
    delete socket[carrier];
  }

  /** Moves the connection to a socket that reads into the shared memory, if it can be moved. */
  #share(): void {
    const { readableLength, writableLength } = this.#socket;
    // What the stream has read already, or has not written yet, would stay behind in it.
    const isMovable = readableLength === 0 && writableLength === 0;
    const shared = isMovable ? reopen(this.#socket, SocketTransport.#sharedReads) : undefined;
    this.#mode = shared === undefined ? "stream" : "adopted";
    if (shared === undefined) return;
    this.#drop();
    this.#socket = shared;
    this.#carry();
    // A new socket begins to read at once.
    shared.pause();
  }

  /** A socket knows its peer's address for ever once it was asked, and no more when its handle is gone. Asking at the end
   * costs open connections no memory. */
  #rememberAddress(): void {
    void this.remoteAddress;
  }

  /** Goes on reading in the next turn. */
  #yieldTurn(): void {
    if (this.#isPaused) return;
    this.#socket.pause();
    setImmediate(() => {
      if (!this.#isPaused) this.#socket.resume();
    });
  }

  /** The rare case pays for being told: the callback of an empty write comes when everything before it has been taken. */
  #awaitDrain(): void {
    if (this.#leases !== undefined) return;
    this.#leases = [];
    this.#written();
  }

  /** The empty write's callback: tells whether more is left than what it stood behind. */
  #written(error?: Error | null): void {
    const socket = this.#socket;
    // A stream that has failed answers every write at once, and its end tells the rest.
    if (error || this.#leases === undefined) return;
    if (socket.writableLength === 0) {
      this.#release();
      this.#sink?.drained();
    } else if (socket.writableEnded) {
      // Behind the end nothing can be written any more; the stream says by itself when everything was taken.
      socket.once("finish", () => this.#written());
    } else socket.write(NOTHING, (failure) => this.#written(failure));
  }

  #release(): void {
    const leases = this.#leases;
    this.#leases = undefined;
    if (leases !== undefined) for (const lease of leases) lease?.release();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release();
    this.#sink?.closed(this.#error);
  }

  static readonly #sharedReads = {
    buffer: sharedReadBuffer,
    callback(this: Carried, length: number): boolean {
      const transport = transportOf(this);
      transport.#sink?.receive(sharedReadBuffer, 0, length);
      // A read that fills the memory would be repeated up to 32 times before anybody else got a turn.
      if (length === sharedReadBuffer.length) transport.#yieldTurn();
      return true;
    },
  };

  static #onData(this: Carried, chunk: Uint8Array): void {
    // As in shared reads, `slice` has to copy, which a Buffer's does not. What a socket has read is nobody else's; another
    // kind of stream may hand on what somebody still needs, and bytes are unmasked where they lie.
    const bytes =
      this instanceof Socket
        ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
        : new Uint8Array(chunk);
    transportOf(this).#sink?.receive(bytes, 0, bytes.length);
  }

  static #onEnd(this: Carried): void {
    const transport = transportOf(this);
    transport.#rememberAddress();
    transport.#sink?.ended();
  }

  static #onError(this: Carried, error: Error): void {
    transportOf(this).#error ??= toTransportError(error);
    // Node's TLS goes on after an alert, and tells an end like any other.
    this.destroy();
  }

  static #onClose(this: Carried): void {
    transportOf(this).#close();
  }
}
