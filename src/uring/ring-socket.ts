// A connected descriptor and its operations on the ring. The descriptor is closed, and the slot given back, when nothing is
// under way on it any more: only then can no completion come that would find somebody else in their place.

import * as abi from "./abi.js";
import type { SendPort } from "./outgoing.js";
import type { ReceiveBuffers } from "./receive-buffers.js";
import type { RingOwner } from "./ring.js";
import type { RingLoop } from "./ring-loop.js";
import type { RecordMessage } from "./tls-message.js";

export const RECEIVE = 1;
export const SEND = 2;
export const CANCEL = 3;
export const POLL = 4;
export const READ_ALL = 5;

export abstract class RingSocket implements RingOwner, SendPort {
  protected readonly loop: RingLoop;
  protected readonly fd: number;
  /** The kernel does the connection's TLS: messages are received, that say of which type their record was. */
  hasRecords = false;
  isDestroyed = false;
  readonly #slot: number;
  /** Operations whose completions are to come. */
  #underWay = 0;

  constructor(loop: RingLoop, fd: number) {
    this.loop = loop;
    this.fd = fd;
    this.#slot = loop.ring.claimSlot(this);
  }

  abstract completed(kind: number, result: number, flags: number): void;

  get buffers(): ReceiveBuffers {
    return this.loop.buffers;
  }

  submitReceive(): void {
    const { ring, buffers } = this.loop;
    if (this.hasRecords)
      ring.receiveMessages(this.fd, this.loop.receiveTemplate, buffers.group, this.#slot, RECEIVE);
    else ring.receive(this.fd, buffers.group, this.#slot, RECEIVE);
    this.#begun();
  }

  submitReceiveCancel(): void {
    this.loop.ring.cancel(this.#slot, RECEIVE, this.#slot, CANCEL);
    this.#begun();
  }

  submitPoll(): void {
    this.loop.ring.poll(this.fd, abi.POLLIN | abi.POLLRDHUP, this.#slot, POLL);
    this.#begun();
  }

  submitSend(bytes: Uint8Array, length: number, flags: number): void {
    // Whoever gets memory back may destroy the connection; nothing would cancel what is submitted behind that.
    if (this.isDestroyed) return;
    // The kernel's TLS cannot wait for all (EOPNOTSUPP): it is asked again for what it leaves.
    const known = this.hasRecords ? flags & ~abi.MSG_WAITALL : flags;
    this.loop.ring.send(this.fd, this.loop.addressOf(bytes), length, known, this.#slot, SEND);
    this.#begun();
  }

  submitMessage(message: RecordMessage): void {
    if (this.isDestroyed) return;
    this.loop.ring.sendMessage(this.fd, message.address, this.#slot, SEND);
    this.#begun();
  }

  read(into: Uint8Array): number {
    const length = this.loop.native.socketReceive(this.fd, into, abi.MSG_DONTWAIT);
    this.loop.budget.spend(Math.max(0, length));
    return length;
  }

  protected submitReadAll(into: Uint8Array): void {
    const address = this.loop.native.addressOf(into);
    this.loop.ring.receiveAll(this.fd, address, into.length, this.#slot, READ_ALL);
    this.#begun();
  }

  protected submitCancelAll(): void {
    this.loop.ring.cancelDescriptor(this.fd, this.#slot, CANCEL);
    this.#begun();
  }

  protected get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** Takes note of a completion. */
  protected noteCompletion(flags: number): void {
    if ((flags & abi.IORING_CQE_F_MORE) === 0) this.#underWay--;
  }

  protected closeDescriptor(): void {
    this.loop.native.descriptorClose(this.fd);
    this.loop.ring.releaseSlot(this.#slot);
  }

  #begun(): void {
    this.#underWay++;
    this.loop.submitSoon();
  }
}
