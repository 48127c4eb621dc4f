// One io_uring: submissions are written, and completions read, in memory shared with the kernel. Nothing here enters
// the kernel but `enter`. An operation belongs to an owner, who is known to the kernel by the number of its slot.

import * as abi from "./abi.js";
import type { NativeCalls, RingSetup } from "./native-calls.js";
import type { TurnBudget } from "./turn-budget.js";

/** Whose operations complete. */
export interface RingOwner {
  /** `kind` is what the owner gave the operation; `result` is the kernel's, -errno below zero. */
  completed(kind: number, result: number, flags: number): void;
}

/** An entry of the submission queue is 64 bytes: 16 words. */
const ENTRY_WORDS = 16;
const CQE_WORDS = 4;
const WORD = 0x1_0000_0000;
/** In the kind of an operation whose results are descriptors: the addon closes those that are not read before the ring ends. */
const BRINGS_DESCRIPTOR = 0x8000_0000;

export class Ring {
  readonly native: NativeCalls;
  readonly fd: number;
  readonly #setup: RingSetup;
  readonly #queues: Int32Array;
  readonly #entries: Int32Array;
  /** Where the entry in the making is written: the queue, or a place of its own where the queue has no room. */
  #target: Int32Array;
  readonly #sqMask: number;
  readonly #cqMask: number;
  readonly #owners: (RingOwner | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** Entries for which the queue had no room. */
  #spilled: Int32Array[] = [];
  #tail: number;
  #unsubmitted = 0;
  #isClosed = false;

  constructor(native: NativeCalls, setup: RingSetup) {
    this.native = native;
    this.fd = setup.fd;
    this.#setup = setup;
    this.#queues = new Int32Array(setup.queues);
    this.#entries = new Int32Array(setup.entries);
    this.#target = this.#entries;
    this.#sqMask = this.#queues[setup.sqMask >> 2];
    this.#cqMask = this.#queues[setup.cqMask >> 2];
    this.#tail = this.#queues[setup.sqTail >> 2];
    // The kernel reads entries through an array of indexes; ours never change.
    for (let i = 0; i <= this.#sqMask; i++) this.#queues[(setup.sqArray >> 2) + i] = i;
  }

  /** Operations that no `enter` has handed over. */
  get unsubmitted(): number {
    return this.#unsubmitted + this.#spilled.length;
  }

  /** The kernel has completions, or work of its own, that only an `enter` can bring. */
  get hasWork(): boolean {
    const flags = Atomics.load(this.#queues, this.#setup.sqFlags >> 2);
    return (flags & (abi.IORING_SQ_TASKRUN | abi.IORING_SQ_CQ_OVERFLOW)) !== 0 || this.hasCompletions;
  }

  /** Completions wait to be reaped. */
  get hasCompletions(): boolean {
    return this.#queues[this.#setup.cqHead >> 2] !== Atomics.load(this.#queues, this.#setup.cqTail >> 2);
  }

  /** Whether completions write to the eventfd. While somebody reaps them anyway, they need not. */
  set isSignalling(isSignalling: boolean) {
    Atomics.store(this.#queues, this.#setup.cqFlags >> 2, isSignalling ? 0 : abi.IORING_CQ_EVENTFD_DISABLED);
  }

  /** A slot for whoever submits. It must be given back when nothing of the owner's is under way any more. */
  claimSlot(owner: RingOwner): number {
    const slot = this.#freeSlots.pop() ?? this.#owners.length;
    this.#owners[slot] = owner;
    return slot;
  }

  releaseSlot(slot: number): void {
    this.#owners[slot] = undefined;
    this.#freeSlots.push(slot);
  }

  /** Accepts connections until it completes without F_MORE; each result is a descriptor. */
  accept(fd: number, flags: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_ACCEPT, fd, slot, kind);
    this.#target[at] |= abi.IORING_ACCEPT_MULTISHOT << 16;
    this.#target[at + 7] = flags;
    this.#target[at + 9] |= BRINGS_DESCRIPTOR;
  }

  /** Connects to the socket address in `address`, which must stay until the completion. */
  connect(fd: number, address: Uint8Array, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_CONNECT, fd, slot, kind);
    this.#address(at + 4, this.native.addressOf(address));
    // The length goes where reads and writes have their offset.
    this.#target[at + 2] = address.length;
  }

  /** Receives into buffers of the group until it completes without F_MORE. */
  receive(fd: number, group: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_RECV, fd, slot, kind);
    this.#target[at] |= (abi.IOSQE_BUFFER_SELECT << 8) | (abi.IORING_RECV_MULTISHOT << 16);
    this.#target[at + 10] = group;
  }

  /** Receives so many bytes to an address, all of them unless the stream ends before. */
  receiveAll(fd: number, address: number, length: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_RECV, fd, slot, kind);
    this.#address(at + 4, address);
    this.#target[at + 6] = length;
    this.#target[at + 7] = abi.MSG_WAITALL;
  }

  /** As `receive`, with what the kernel has to say of the bytes before them; `message` is the address of a struct msghdr that
   * says how much room that takes. */
  receiveMessages(fd: number, message: number, group: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_RECVMSG, fd, slot, kind);
    this.#target[at] |= (abi.IOSQE_BUFFER_SELECT << 8) | (abi.IORING_RECV_MULTISHOT << 16);
    this.#address(at + 4, message);
    this.#target[at + 6] = 1;
    this.#target[at + 10] = group;
  }

  /** Completes once, as soon as one of the events is there. */
  poll(fd: number, events: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_POLL_ADD, fd, slot, kind);
    this.#target[at + 7] = events;
  }

  /** Sends `length` bytes from an address in memory. */
  send(fd: number, address: number, length: number, flags: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_SEND, fd, slot, kind);
    this.#address(at + 4, address);
    this.#target[at + 6] = length;
    this.#target[at + 7] = flags;
  }

  /** Sends what the struct msghdr at an address says, which must stay until the completion. */
  sendMessage(fd: number, message: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_SENDMSG, fd, slot, kind);
    this.#address(at + 4, message);
    this.#target[at + 6] = 1;
    this.#target[at + 7] = abi.MSG_NOSIGNAL;
  }

  /** Cancels one operation of an owner. */
  cancel(targetSlot: number, targetKind: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_ASYNC_CANCEL, -1, slot, kind);
    this.#target[at + 4] = targetSlot;
    this.#target[at + 5] = targetKind;
  }

  /** Cancels every operation on a descriptor. */
  cancelDescriptor(fd: number, slot: number, kind: number): void {
    const at = this.#entry(abi.IORING_OP_ASYNC_CANCEL, fd, slot, kind);
    this.#target[at + 7] = abi.IORING_ASYNC_CANCEL_ALL | abi.IORING_ASYNC_CANCEL_FD;
  }

  /** Hands over what was submitted and lets the kernel complete what it can without waiting: 0, or -errno. Also while
   * completions of before wait. What is ready when it is submitted completes at once, behind them, and would otherwise go on
   * doing so for ever, ahead of whatever has to wait for the network. */
  enter(): number {
    for (;;) {
      this.#unspill();
      const taken = this.#submit(abi.IORING_ENTER_GETEVENTS);
      if (taken < 0) return taken;
      if (taken === 0 || this.unsubmitted === 0) return 0;
    }
  }

  /** Tells the owners of what has completed, as far as the budget goes, or all of it. Answers how many completions there were. */
  reap(budget?: TurnBudget): number {
    const queues = this.#queues;
    const headAt = this.#setup.cqHead >> 2;
    const tailAt = this.#setup.cqTail >> 2;
    const first = queues[headAt];
    let head = first;
    try {
      for (let tail = Atomics.load(queues, tailAt); head !== tail && !this.#isClosed && !budget?.isSpent; ) {
        const at = (this.#setup.cqes >> 2) + (head & this.#cqMask) * CQE_WORDS;
        const result = queues[at + 2];
        head = (head + 1) | 0;
        this.#owners[queues[at]]?.completed(queues[at + 1] & ~BRINGS_DESCRIPTOR, result, queues[at + 3]);
        budget?.spend(Math.max(0, result));
        if (head === tail) tail = Atomics.load(queues, tailAt);
      }
    } finally {
      // Once for all, since it costs more than a completion. Until then the kernel keeps what finds no room.
      if (!this.#isClosed) Atomics.store(queues, headAt, head);
    }
    return (head - first) | 0;
  }

  /** Ends every operation and the ring. Nobody is told. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.native.ringClose(this.fd);
  }

  /** Begins an entry in `#target` and answers the index of its first word. */
  #entry(opcode: number, fd: number, slot: number, kind: number): number {
    if (this.#unsubmitted > this.#sqMask) this.#submit(0);
    let at = 0;
    if (this.#unsubmitted > this.#sqMask || this.#spilled.length > 0) {
      this.#target = new Int32Array(ENTRY_WORDS);
      this.#spilled.push(this.#target);
    } else {
      this.#target = this.#entries;
      at = this.#next();
      // Not `fill`, which is a call that costs more than the stores.
      for (let i = at; i < at + ENTRY_WORDS; i++) this.#entries[i] = 0;
    }
    const target = this.#target;
    target[at] = opcode;
    target[at + 1] = fd;
    target[at + 8] = slot;
    target[at + 9] = kind;
    return at;
  }

  #next(): number {
    const at = (this.#tail & this.#sqMask) * ENTRY_WORDS;
    this.#tail = (this.#tail + 1) | 0;
    this.#unsubmitted++;
    return at;
  }

  #unspill(): void {
    let moved = 0;
    while (moved < this.#spilled.length && this.#unsubmitted <= this.#sqMask) {
      this.#entries.set(this.#spilled[moved++], this.#next());
    }
    if (moved > 0) this.#spilled = this.#spilled.slice(moved);
  }

  /** The number of entries that the kernel has taken, or -errno. */
  #submit(flags: number): number {
    Atomics.store(this.#queues, this.#setup.sqTail >> 2, this.#tail);
    let taken: number;
    do taken = this.native.ringEnter(this.fd, this.#unsubmitted, 0, flags);
    while (taken === -abi.EINTR);
    if (taken > 0) this.#unsubmitted -= taken;
    return taken;
  }

  #address(at: number, address: number): void {
    this.#target[at] = (address % WORD) | 0;
    this.#target[at + 1] = (address / WORD) | 0;
  }
}
