// The transport port over one connected descriptor. One multishot receive brings bytes for as long as it is wanted; one
// send at a time takes them away (`outgoing.ts`).
//
// The descriptor is closed, and the slot given back, when nothing is under way on it any more: only then can no
// completion come that would find somebody else in their place.

import type { AsyncResource } from "node:async_hooks";
import { systemTurns, type TurnTask } from "../host/index.js";
import type { Lease, Transport, TransportError, TransportSink } from "../transport/index.js";
import * as abi from "./abi.js";
import { nobody } from "./async-scope.js";
import { LateBytes } from "./late-bytes.js";
import { DIRECT_BYTES, Outgoing, SEND_NOW, type SendPort } from "./outgoing.js";
import type { RingOwner } from "./ring.js";
import type { RingLoop } from "./ring-loop.js";
import { peerAddressOf } from "./socket-address.js";
import { systemError } from "./system-error.js";

const RECEIVE = 1;
const SEND = 2;
const CANCEL = 3;

export class UringTransport implements Transport, RingOwner, SendPort, TurnTask {
  readonly kind = "uring";
  readonly isSecure = false;
  readonly #loop: RingLoop;
  readonly #fd: number;
  readonly #slot: number;
  readonly #scope: AsyncResource | undefined;
  #sink: TransportSink | undefined;
  /** Undefined while the kernel has taken everything. */
  #outgoing: Outgoing | undefined;
  #late: LateBytes | undefined;
  /** Operations whose completions are to come. */
  #underWay = 0;
  #isReceiving = false;
  #isCancelling = false;
  #isPaused = false;
  #isTurnWanted = false;
  #isKeepingAlive = true;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isDestroyed = false;
  #isClosed = false;
  #error: TransportError | undefined;
  #remoteAddress: string | undefined;

  /** The sink is called in the scope, or in nobody's. */
  constructor(loop: RingLoop, fd: number, scope?: AsyncResource) {
    this.#loop = loop;
    this.#fd = fd;
    this.#scope = scope;
    this.#slot = loop.ring.claimSlot(this);
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
    this.#wantTurn();
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    if (this.#hasEnded || this.#isDestroyed || bytes.length === 0) return true;
    if (this.#outgoing !== undefined) this.#outgoing.push(bytes, lease);
    else if (bytes.length >= DIRECT_BYTES) return this.#sendDirectly(bytes, lease);
    else this.#outgoing = new Outgoing(this, bytes, lease, false);
    return false;
  }

  pause(): void {
    this.#isPaused = true;
    this.#wantTurn();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isReceiving || this.#late !== undefined) this.#wantTurn();
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
    this.#late = undefined;
    this.#rememberAddress();
    if (this.#underWay > 0) {
      this.#loop.ring.cancelDescriptor(this.#fd, this.#slot, CANCEL);
      this.#begun();
    } else this.#wantTurn();
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

  completed(kind: number, result: number, flags: number): void {
    // The ring is in nobody's scope already.
    if (this.#scope === undefined) this.#completed(kind, result, flags);
    else this.#scope.runInAsyncScope(this.#completed, this, kind, result, flags);
  }

  turnEnded(): void {
    (this.#scope ?? nobody).runInAsyncScope(this.#turnEnded, this);
  }

  #completed(kind: number, result: number, flags: number): void {
    if (kind === RECEIVE) this.#received(result, flags);
    else {
      this.#underWay--;
      if (kind === SEND) this.#sent(result);
    }
    if (this.#isDestroyed && this.#underWay === 0) this.#close();
  }

  #turnEnded(): void {
    this.#isTurnWanted = false;
    if (this.#isDestroyed) {
      if (this.#underWay === 0) this.#close();
      return;
    }
    if (this.#sink === undefined) return;
    if (!this.#isPaused) {
      this.#deliverLate();
      this.#startReceiving();
    } else if (this.#isReceiving && !this.#isCancelling) this.#stopReceiving();
  }

  #received(result: number, flags: number): void {
    const hasMore = (flags & abi.IORING_CQE_F_MORE) !== 0;
    if (!hasMore) {
      this.#underWay--;
      this.#isReceiving = false;
      this.#isCancelling = false;
    }
    // Whatever the sink throws, the connection goes on until somebody ends it.
    try {
      if (result > 0) this.#deliverBuffer(flags >>> abi.IORING_CQE_BUFFER_SHIFT, result);
      else if (result === 0) this.#peerEnded();
      else if (result === -abi.ENOBUFS) this.#loop.buffers.ranOut();
      else if (result !== -abi.ECANCELED) this.destroy(systemError(result, "read"));
    } finally {
      if (!hasMore && !this.#isPaused) this.#startReceiving();
    }
  }

  #deliverBuffer(number: number, length: number): void {
    const { buffers } = this.#loop;
    const start = buffers.offsetOf(number);
    try {
      this.#deliver(buffers.bytes, start, start + length);
    } finally {
      // One that is not given back is lost to all connections.
      buffers.recycle(number);
    }
  }

  #deliver(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isDestroyed) return;
    if (!this.#isPaused && this.#late === undefined) {
      this.#sink?.receive(bytes, start, end);
      return;
    }
    this.#late ??= new LateBytes();
    this.#late.push(bytes.slice(start, end));
    if (this.#late.isTooMuch && this.#isReceiving && !this.#isCancelling) this.#stopReceiving();
  }

  #peerEnded(): void {
    if (this.#isDestroyed) return;
    this.#rememberAddress();
    if (this.#isPaused || this.#late !== undefined) {
      this.#late ??= new LateBytes();
      this.#late.hasEnded = true;
      return;
    }
    this.#hasPeerEnded = true;
    this.#sink?.ended();
    // Like TCP: once both directions have ended, the connection is over.
    if (this.#hasEnded && this.#outgoing === undefined) this.destroy();
  }

  /** The kernel forgets it when both directions have ended. Asking at the first end costs open connections no memory. */
  #rememberAddress(): void {
    void this.remoteAddress;
  }

  #deliverLate(): void {
    const late = this.#late;
    if (late === undefined) return;
    while (!late.isEmpty && !this.#isPaused && !this.#isDestroyed) {
      const bytes = late.take();
      this.#sink?.receive(bytes, 0, bytes.length);
    }
    if (!late.isEmpty || this.#isPaused || this.#isDestroyed) return;
    this.#late = undefined;
    if (late.hasEnded) this.#peerEnded();
  }

  #startReceiving(): void {
    const isWanted =
      !this.#isReceiving && !this.#hasPeerEnded && !this.#isDestroyed && this.#late === undefined;
    if (!isWanted) return;
    this.#isReceiving = true;
    const { ring, buffers } = this.#loop;
    ring.receive(this.#fd, buffers.group, this.#slot, RECEIVE);
    this.#begun();
  }

  #stopReceiving(): void {
    this.#isCancelling = true;
    this.#loop.ring.cancel(this.#slot, RECEIVE, this.#slot, CANCEL);
    this.#begun();
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
    if (this.#hasPeerEnded) this.destroy();
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

  #wantTurn(): void {
    if (this.#isTurnWanted) return;
    this.#isTurnWanted = true;
    systemTurns.atTurnEnd(this);
  }
}
