// The transport port over one connected descriptor: what comes in (`incoming.ts`), what goes out (`outgoing.ts`), and how
// both end.
//
// The descriptor is closed, and the slot given back, when nothing is under way on it any more: only then can no
// completion come that would find somebody else in their place.

import type { AsyncResource } from "node:async_hooks";
import { currentScope, systemTurns, type TurnTask } from "../host/index.js";
import type { Lease, Transport, TransportError, TransportSink } from "../transport/index.js";
import * as abi from "./abi.js";
import { Incoming, type ReceivePort } from "./incoming.js";
import { DIRECT_BYTES, Outgoing, SEND_NOW, type SendPort } from "./outgoing.js";
import type { ReceiveBuffers } from "./receive-buffers.js";
import type { RingOwner } from "./ring.js";
import type { RingLoop } from "./ring-loop.js";
import { peerAddressOf } from "./socket-address.js";
import { systemError } from "./system-error.js";

const RECEIVE = 1;
const SEND = 2;
const CANCEL = 3;
const POLL = 4;

export class UringTransport implements Transport, RingOwner, ReceivePort, SendPort, TurnTask {
  readonly kind = "uring";
  readonly isSecure = false;
  readonly #loop: RingLoop;
  readonly #fd: number;
  readonly #slot: number;
  readonly #scope: AsyncResource;
  readonly #incoming: Incoming;
  #sink: TransportSink | undefined;
  /** Undefined while the kernel has taken everything. */
  #outgoing: Outgoing | undefined;
  /** Operations whose completions are to come. */
  #underWay = 0;
  #isTurnWanted = false;
  #isKeepingAlive = true;
  #hasEnded = false;
  #isDestroyed = false;
  #isClosed = false;
  #error: TransportError | undefined;
  #remoteAddress: string | undefined;

  /** The sink is called in the scope. It is the connection's own, for handlers may put things into it that stay. */
  constructor(loop: RingLoop, fd: number, scope = currentScope()) {
    this.#loop = loop;
    this.#fd = fd;
    this.#scope = scope;
    this.#slot = loop.ring.claimSlot(this);
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
    return this.pendingBytes;
  }

  get remoteAddress(): string | undefined {
    if (!this.#isClosed) this.#remoteAddress ??= peerAddressOf(this.#loop.native, this.#fd)?.address;
    return this.#remoteAddress;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#isClosed) process.nextTick(() => sink.closed(this.#error));
    // Whether to receive is decided when the turn ends: a pause may follow at once.
    this.wantTurn();
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    if (this.#hasEnded || this.#isDestroyed || bytes.length === 0) return true;
    if (this.#outgoing !== undefined) this.#outgoing.push(bytes, lease);
    else if (bytes.length >= DIRECT_BYTES) return this.#sendDirectly(bytes, lease);
    else this.#outgoing = new Outgoing(this, bytes, lease, false);
    return false;
  }

  pause(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  end(): void {
    if (this.#hasEnded || this.#isDestroyed) return;
    this.#hasEnded = true;
    this.#rememberAddress();
    if (this.#outgoing === undefined) this.#shutDown();
  }

  destroy(error?: TransportError): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#error ??= error;
    this.#incoming.drop();
    this.#rememberAddress();
    if (this.#underWay > 0) {
      this.#loop.ring.cancelDescriptor(this.#fd, this.#slot, CANCEL);
      this.#begun();
    } else this.wantTurn();
  }

  setKeepAlive(isKeepingAlive: boolean): void {
    if (this.#isClosed || this.#isKeepingAlive === isKeepingAlive) return;
    this.#isKeepingAlive = isKeepingAlive;
    this.#loop.keepAlive(isKeepingAlive);
  }

  submitSend(bytes: Uint8Array, length: number, flags: number): void {
    // Whoever gets memory back may destroy the connection; nothing would cancel what is submitted behind that.
    if (this.#isDestroyed) return;
    this.#loop.ring.send(this.#fd, this.#loop.addressOf(bytes), length, flags, this.#slot, SEND);
    this.#begun();
  }

  get isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  get buffers(): ReceiveBuffers {
    return this.#loop.buffers;
  }

  submitReceive(): void {
    this.#loop.ring.receive(this.#fd, this.buffers.group, this.#slot, RECEIVE);
    this.#begun();
  }

  submitReceiveCancel(): void {
    this.#loop.ring.cancel(this.#slot, RECEIVE, this.#slot, CANCEL);
    this.#begun();
  }

  submitPoll(): void {
    this.#loop.ring.poll(this.#fd, abi.POLLIN | abi.POLLRDHUP, this.#slot, POLL);
    this.#begun();
  }

  read(into: Uint8Array): number {
    const length = this.#loop.native.socketReceive(this.#fd, into, abi.MSG_DONTWAIT);
    this.#loop.budget.spend(Math.max(0, length));
    return length;
  }

  deliver(bytes: Uint8Array, start: number, end: number): void {
    this.#sink?.receive(bytes, start, end);
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
    if ((flags & abi.IORING_CQE_F_MORE) === 0) this.#underWay--;
    if (kind === RECEIVE) this.#incoming.received(result, flags);
    else if (kind === POLL) this.#incoming.polled(result);
    else if (kind === SEND) this.#sent(result);
    if (this.#isDestroyed && this.#underWay === 0) this.#close();
  }

  #turnEnded(): void {
    this.#isTurnWanted = false;
    if (this.#isDestroyed) {
      if (this.#underWay === 0) this.#close();
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
    const result = this.#loop.native.socketSend(this.#fd, bytes, SEND_NOW);
    if (result === bytes.length) return true;
    const rest = bytes.subarray(Math.max(0, result));
    // What was lent is wanted back: that waits in memory of its own.
    const isLent = lease !== undefined;
    this.#outgoing = new Outgoing(this, isLent ? new Uint8Array(rest) : rest, undefined, true);
    return isLent;
  }

  #sent(result: number): void {
    if (this.#isDestroyed) return;
    if (result < 0 && result !== -abi.EAGAIN) {
      this.destroy(systemError(result, "write"));
      return;
    }
    if (this.#outgoing?.took(Math.max(0, result)) || this.#isDestroyed) return;
    this.#outgoing = undefined;
    if (this.#hasEnded) this.#shutDown();
    this.#sink?.drained();
  }

  #shutDown(): void {
    this.#loop.native.socketShutdown(this.#fd, abi.SHUT_WR);
    if (this.#incoming.hasEnded) this.destroy();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.setKeepAlive(false);
    this.#isClosed = true;
    this.#outgoing?.release();
    this.#outgoing = undefined;
    this.#loop.native.descriptorClose(this.#fd);
    this.#loop.ring.releaseSlot(this.#slot);
    this.#sink?.closed(this.#error);
  }

  #begun(): void {
    this.#underWay++;
    this.#loop.submitSoon();
  }
}
