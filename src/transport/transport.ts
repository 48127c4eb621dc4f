// The port: an ordered byte duplex with backpressure. A socket, one end of a memory pair and a ring of the kernel's
// all implement it. Whoever holds a transport is its only user; calls from inside the sink's methods are allowed.

import type { Endpoints } from "./endpoints.js";
import type { TransportError } from "./errors.js";

/** Where a transport delivers. Methods are called in the order of the stream, never before `attach` has returned. */
export interface TransportSink {
  /** Bytes from the peer. They are borrowed: valid, and writable, until the call returns. Never a Buffer, whose `slice`
   * would not copy. */
  receive(bytes: Uint8Array, start: number, end: number): void;
  /** The peer will send nothing more; sending is still possible. */
  ended(): void;
  /** `pendingBytes` has come back to 0. */
  drained(): void;
  /** The last call; everything that was kept has been released. Undefined when neither side nor the network did anything wrong. */
  closed(error: TransportError | undefined): void;
}

/** The owner of bytes that a transport may have to keep for a while. */
export interface Lease {
  /** Nothing else lies in the memory: whoever needs the last byte of it loses nothing by keeping all. Default: false. */
  readonly isWhole?: boolean;
  /** Nobody reads them any more. */
  release(): void;
}

export interface Transport {
  /** What carries the bytes, as users see it: "node", "uring". */
  readonly kind: string;
  readonly isSecure: boolean;
  /** Known after the end as well, unless the peer cut the connection before anybody had asked. */
  readonly remoteAddress: string | undefined;
  /** Both ends, while the connection is open. May cost system calls. Without this method they are not known. */
  endpoints?(): Endpoints;
  /** Bytes written that the transport still holds in memory: over TLS all that a turn has written, until a later one. */
  readonly pendingBytes: number;
  /** A number that changes whenever the network has taken pending bytes, be it part of a write: whoever finds it the same
   * twice, without `drained` in between, knows that the peer reads nothing. It may cost a system call. */
  readonly progress: number;
  /** What is written now waits behind other bytes: better gather it than hand it over in pieces. Over a socket or a ring it is
   * false while a turn's writes are merely on their way to the kernel. TLS and other streams tell in a later turn that a
   * write was taken, whatever the network does, and it is true until then. While it is true, `drained` or `closed` is still
   * to come. */
  readonly isCongested: boolean;
  /** Begins to deliver, or delivers to another sink from now on. Until the first call nothing is read. */
  attach(sink: TransportSink): void;
  /**
   * Sends the bytes after everything written before. True: they were taken, and the caller may reuse their memory at
   * once. False: the transport keeps them, they must not change, and the lease is released once, when it needs them no
   * more: at the latest before `closed`. Writing after `end` or `destroy` does nothing and answers true.
   */
  write(bytes: Uint8Array, lease?: Lease): boolean;
  /** Gives the network what it takes of the bytes at once, and answers how many that are; it keeps none. 0 where something
   * waits, or where asking costs more than a copy. Without this method the answer is always that. */
  writeBorrowed?(bytes: Uint8Array): number;
  /** Inside the sink's `receive`: keeps the bytes of that call as they are until the lease is released. Undefined where
   * they cannot be kept, and without this method they never can: whoever needs them then copies. */
  retain?(): Lease | undefined;
  /** Stops reading; at most what was already read is still delivered. */
  pause(): void;
  resume(): void;
  /** Sends the end of the stream after everything written. Receiving goes on. */
  end(): void;
  /** Ends both directions at once; `closed` follows, not synchronously. What is pending is lost. */
  destroy(error?: TransportError): void;
  /** Whether an open transport keeps the process alive. It does until told otherwise. */
  setKeepAlive(isKeepingAlive: boolean): void;
}
