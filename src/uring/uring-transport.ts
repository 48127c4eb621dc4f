// The transport port over one connected descriptor: what comes in (`incoming.ts`), what goes out (`outgoing.ts`), and how
// both end.

import type { AsyncResource } from "node:async_hooks";
import { currentScope, systemTurns, type TurnTask } from "../host/index.js";
import type { Endpoints, Lease, Transport, TransportError, TransportSink } from "../transport/index.js";
import * as abi from "./abi.js";
import { Incoming, type ReceivePort } from "./incoming.js";
import { DIRECT_BYTES, Outgoing, SEND_NOW } from "./outgoing.js";
import type { RingLoop } from "./ring-loop.js";
import { POLL, READ_ALL, RECEIVE, RingSocket, SEND } from "./ring-socket.js";
import { ownAddressOf, peerAddressOf } from "./socket-address.js";
import { systemError } from "./system-error.js";
import { RecordMessage } from "./tls-message.js";

/** Who understands the records of TLS that are no data, once the kernel does the rest, and what it says of bad ones. */
export interface RecordSink {
  /** Without a type: what carries the records has ended. Answers whether the peer will send nothing more. */
  recordReceived(type: number | undefined, content: Uint8Array): boolean;
  /** What -errno means, where it means something in TLS; undefined when a receive may begin again. A send may tell of what was
   * received. */
  callFailed(result: number, error: TransportError): TransportError | undefined;
}

/** A read that is under way. */
interface WholeRead {
  readonly into: Uint8Array;
  readonly done: (byteLength: number) => void;
}

export class UringTransport extends RingSocket implements Transport, ReceivePort, TurnTask {
  readonly kind = "uring";
  readonly isSecure = false;
  readonly #scope: AsyncResource;
  readonly #incoming: Incoming;
  #sink: TransportSink | undefined;
  /** Undefined while the kernel has taken everything. */
  #outgoing: Outgoing | undefined;
  #records: RecordSink | undefined;
  #wholeRead: WholeRead | undefined;
  #isTurnWanted = false;
  #isKeepingAlive = true;
  #hasEnded = false;
  #isClosed = false;
  #error: TransportError | undefined;
  #remoteAddress: string | undefined;

  /** The sink is called in the scope. It is the connection's own, for handlers may put things into it that stay. */
  constructor(loop: RingLoop, fd: number, scope = currentScope()) {
    super(loop, fd);
    this.#scope = scope;
    this.#incoming = new Incoming(this);
    loop.keepAlive(true);
  }

  get pendingBytes(): number {
    return this.#outgoing?.pendingBytes ?? 0;
  }

  get isCongested(): boolean {
    return this.#outgoing?.isCongested ?? false;
  }

  get progress(): number {
    return this.#outgoing?.takenBytes ?? 0;
  }

  get remoteAddress(): string | undefined {
    if (!this.#isClosed) this.#remoteAddress ??= peerAddressOf(this.loop.native, this.fd)?.address;
    return this.#remoteAddress;
  }

  endpoints(): Endpoints {
    if (this.#isClosed) return { remote: undefined, local: undefined };
    const { native } = this.loop;
    return { remote: peerAddressOf(native, this.fd), local: ownAddressOf(native, this.fd) };
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#isClosed) process.nextTick(() => sink.closed(this.#error));
    // Whether to receive is decided when the turn ends: a pause may follow at once.
    this.wantTurn();
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    if (this.#hasEnded || this.isDestroyed || bytes.length === 0) return true;
    if (this.#outgoing !== undefined) this.#outgoing.push(bytes, lease);
    else if (bytes.length >= DIRECT_BYTES) return this.#sendDirectly(bytes, lease);
    else this.#outgoing = new Outgoing(this, bytes, lease, false);
    return false;
  }

  writeBorrowed(bytes: Uint8Array): number {
    if (this.#hasEnded || this.isDestroyed || this.#outgoing !== undefined || bytes.length < DIRECT_BYTES)
      return 0;
    // A failure is told by the write of what is left.
    return Math.max(0, this.loop.native.socketSend(this.fd, bytes, SEND_NOW));
  }

  /** Sends a record of a type of its own behind everything written; the kernel does the TLS. */
  writeRecord(type: number, content: Uint8Array, lease?: Lease): void {
    if (this.#hasEnded || this.isDestroyed) {
      lease?.release();
      return;
    }
    const message = new RecordMessage(type, content, (bytes) => this.loop.native.addressOf(bytes));
    if (this.#outgoing !== undefined) this.#outgoing.push(message.content, lease, message);
    else this.#outgoing = new Outgoing(this, message.content, lease, false, message);
  }

  /**
   * Reads until `into` is full or the stream ends, and takes nothing of what follows. `done` is told how many bytes there
   * are; a failure ends the transport. One at a time, while the transport is paused.
   */
  readAll(into: Uint8Array, done: (byteLength: number) => void): void {
    if (this.isDestroyed) return;
    this.#wholeRead = { into, done };
    this.submitReadAll(into);
  }

  /** Sets an option of the socket: 0, or -errno. */
  setOption(level: number, name: number, value: Uint8Array): number {
    return this.#isClosed ? -abi.ENOTCONN : this.loop.native.socketSetBytes(this.fd, level, name, value);
  }

  /** Forgets the failure that the kernel keeps for the next call. */
  forgetFailure(): void {
    if (!this.#isClosed) this.loop.native.socketTakeError(this.fd);
  }

  /** From now on the kernel does TLS: what is received is told by records. While the transport is paused. */
  startRecords(sink: RecordSink): void {
    this.#records = sink;
    this.hasRecords = true;
  }

  retain(): Lease | undefined {
    return this.#incoming.retain();
  }

  pause(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  end(): void {
    if (this.#hasEnded || this.isDestroyed) return;
    this.#hasEnded = true;
    this.#rememberAddress();
    if (this.#outgoing === undefined) this.#shutDown();
  }

  destroy(error?: TransportError): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.#error ??= error;
    this.#incoming.drop();
    this.#rememberAddress();
    if (this.isIdle) this.wantTurn();
    else this.submitCancelAll();
  }

  setKeepAlive(isKeepingAlive: boolean): void {
    if (this.#isClosed || this.#isKeepingAlive === isKeepingAlive) return;
    this.#isKeepingAlive = isKeepingAlive;
    this.loop.keepAlive(isKeepingAlive);
  }

  deliver(bytes: Uint8Array, start: number, end: number): void {
    this.#sink?.receive(bytes, start, end);
  }

  recordReceived(type: number | undefined, content: Uint8Array): boolean {
    return this.#records?.recordReceived(type, content) ?? true;
  }

  receiveFailed(result: number): TransportError | undefined {
    const error = systemError(result, "read");
    return this.#records === undefined ? error : this.#records.callFailed(result, error);
  }

  peerEnded(): void {
    this.#rememberAddress();
    this.#sink?.ended();
    // Like TCP: once both directions have ended, the connection is over.
    if (this.#hasEnded && this.#outgoing === undefined) this.destroy();
  }

  wantTurn(): void {
    if (this.#isTurnWanted) return;
    this.#isTurnWanted = true;
    systemTurns.atTurnEnd(this);
  }

  completed(kind: number, result: number, flags: number): void {
    this.#scope.runInAsyncScope(this.#completed, this, kind, result, flags);
  }

  turnEnded(): void {
    this.#scope.runInAsyncScope(this.#turnEnded, this);
  }

  #completed(kind: number, result: number, flags: number): void {
    this.noteCompletion(flags);
    if (kind === RECEIVE) this.#incoming.received(result, flags);
    else if (kind === POLL) this.#incoming.polled(result);
    else if (kind === SEND) this.#sent(result);
    else if (kind === READ_ALL) this.#readAll(result);
    if (this.isDestroyed && this.isIdle) this.#close();
  }

  #turnEnded(): void {
    this.#isTurnWanted = false;
    if (this.isDestroyed) {
      if (this.isIdle) this.#close();
      return;
    }
    if (this.#sink !== undefined) this.#incoming.turnEnded();
  }

  /** The kernel forgets it when both directions have ended. Asking at the first end costs open connections no memory. */
  #rememberAddress(): void {
    void this.remoteAddress;
  }

  /** Whatever the reason that the kernel leaves some, that waits; a failure is told when it has been tried again. */
  #sendDirectly(bytes: Uint8Array, lease: Lease | undefined): boolean {
    const result = this.loop.native.socketSend(this.fd, bytes, SEND_NOW);
    if (result === bytes.length) return true;
    const rest = bytes.subarray(Math.max(0, result));
    // What was lent together with what others sent is wanted back: that waits in memory of its own.
    const isShared = lease !== undefined && lease.isWhole !== true;
    if (isShared) this.#outgoing = new Outgoing(this, new Uint8Array(rest), undefined, true);
    else this.#outgoing = new Outgoing(this, rest, lease, true);
    return isShared;
  }

  #readAll(result: number): void {
    const read = this.#wholeRead;
    this.#wholeRead = undefined;
    if (this.isDestroyed) return;
    if (result < 0) this.destroy(systemError(result, "read"));
    else read?.done(result);
  }

  #sent(result: number): void {
    if (this.isDestroyed) return;
    if (result < 0 && result !== -abi.EAGAIN) {
      const error = systemError(result, "write");
      this.destroy(this.#records?.callFailed(result, error) ?? error);
      return;
    }
    if (this.#outgoing?.took(Math.max(0, result)) || this.isDestroyed) return;
    this.#outgoing = undefined;
    if (this.#hasEnded) this.#shutDown();
    this.#sink?.drained();
  }

  #shutDown(): void {
    this.loop.native.socketShutdown(this.fd, abi.SHUT_WR);
    if (this.#incoming.hasEnded) this.destroy();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.setKeepAlive(false);
    this.#isClosed = true;
    this.#outgoing?.release();
    this.#outgoing = undefined;
    this.closeDescriptor();
    this.#sink?.closed(this.#error);
  }
}
