// The addon's calls over a kernel that is played in memory. It completes operations as the test says, and notes what no
// kernel would forgive: a descriptor that is closed twice, or while something is under way on it.

import type { NativeCalls, RingSetup, Watch } from "#src/uring/native-calls.js";
import { FakeMemory, PAGE_BYTES } from "./fake-memory.js";
import { FakeRing, type FakeRingOptions } from "./fake-ring.js";
import { FakeSockets, writeAddress } from "./fake-sockets.js";
import type { Submission } from "./fake-submission.js";

// linux/io_uring.h and errno.h, written down once more: the tests are to find out when ours are wrong.
export const OP_POLL_ADD = 6;
export const OP_ACCEPT = 13;
export const OP_ASYNC_CANCEL = 14;
export const OP_CONNECT = 16;
export const OP_SEND = 26;
export const OP_RECV = 27;
export const POLLIN = 0x1;
export const F_BUFFER = 0x1;
export const F_MORE = 0x2;
export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EBUSY = 16;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const EPIPE = 32;
export const ENOSYS = 38;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const ECONNREFUSED = 111;
export const ECANCELED = 125;
const CANCEL_ALL = 0x1;
const CANCEL_FD = 0x2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** What a cancel does by itself: completes what it is aimed at and itself, in this order or the other; or waits for the
 * test to do so. */
export type Cancelling = "target first" | "cancel first" | "by the test";

interface BufferRing {
  readonly words: Uint32Array;
  readonly halves: Uint16Array;
  readonly mask: number;
  head: number;
}

export class FakeKernel implements NativeCalls {
  readonly memory = new FakeMemory();
  readonly ring: FakeRing;
  /** What has arrived and was not read. */
  readonly sockets = new FakeSockets();
  /** What calls answer instead of doing anything; -errno. */
  readonly refusals: Partial<Record<keyof NativeCalls, number>> = {};
  /** What the next direct sends answer: -errno, or how many bytes they take at most. */
  readonly sendAnswers: number[] = [];
  /** What the next binds answer; later ones succeed. */
  readonly bindAnswers: number[] = [];
  /** The addresses of all binds. */
  readonly bound: Uint8Array[] = [];
  /** What direct sends took. */
  readonly sentDirectly: Uint8Array[] = [];
  readonly openDescriptors = new Set<number>();
  /** Descriptors that were shut down, in the order of the calls. */
  readonly shutDowns: number[] = [];
  /** Which directions of them. */
  readonly shutdownWays: number[] = [];
  /** Level, name and value of options that are numbers. */
  readonly numberOptions: [number, number, number][] = [];
  /** What no kernel would forgive. */
  readonly faults: string[] = [];
  cancelling: Cancelling = "target first";
  /** Told when a socket is asked for. */
  onSocket: () => void = () => {};
  isKeepingAlive = false;
  isRingClosed = false;
  #nextDescriptor = 100;
  #callback: (() => void) | undefined;
  #isWaking = false;
  #buffers: BufferRing | undefined;

  constructor(options: FakeRingOptions = {}) {
    this.ring = new FakeRing(this.descriptor(), { entries: 64, completions: 128, ...options });
    this.ring.onTaken = (submission) => {
      if (submission.opcode === OP_ASYNC_CANCEL && this.cancelling !== "by the test") this.cancel(submission);
      this.#tellOfArrivals(submission);
    };
    this.ring.onSignal = () => this.wake();
  }

  /** The oldest operation of a kind that is under way; there has to be one. */
  underWay(opcode: number, fd?: number): Submission {
    const found = this.ring.underWay.find(
      (submission) => submission.opcode === opcode && (fd === undefined || submission.fd === fd),
    );
    if (found === undefined) throw new Error(`no operation ${opcode} is under way`);
    return found;
  }

  isUnderWay(opcode: number): boolean {
    return this.ring.underWay.some((submission) => submission.opcode === opcode);
  }

  complete(submission: Submission, result: number, flags = 0): void {
    this.ring.complete(submission, result, flags);
  }

  /** What the kernel does about a cancel. */
  cancel(cancel: Submission, isCancelFirst = this.cancelling === "cancel first"): void {
    const isByDescriptor = (cancel.operationFlags & CANCEL_FD) !== 0;
    const isTarget = (submission: Submission): boolean =>
      submission !== cancel &&
      (isByDescriptor ? submission.fd === cancel.fd : submission.userData === cancel.target);
    const targets = this.ring.underWay.filter(isTarget);
    const found = (cancel.operationFlags & CANCEL_ALL) !== 0 ? targets.length : 0;
    const result = targets.length === 0 ? -ENOENT : found;
    if (isCancelFirst) this.complete(cancel, result);
    for (const target of targets) this.complete(target, -ECANCELED);
    if (!isCancelFirst) this.complete(cancel, result);
  }

  /** Brings bytes into a buffer of the group. False when there is none: the receive then ends with ENOBUFS. */
  bring(receive: Submission, bytes: Uint8Array, hasMore = true): boolean {
    const { words, halves, mask, head } = this.#bufferRing;
    if (this.offeredBuffers === 0) {
      this.complete(receive, -ENOBUFS);
      return false;
    }
    this.#bufferRing.head = (head + 1) & 0xffff;
    const entry = head & mask;
    const address = words[entry * 4] + words[entry * 4 + 1] * 0x1_0000_0000;
    if (bytes.length > words[entry * 4 + 2]) throw new Error(`${bytes.length} bytes for one buffer`);
    this.memory.at(address, bytes.length).set(bytes);
    const flags = F_BUFFER | (hasMore ? F_MORE : 0) | (halves[entry * 8 + 6] << 16);
    this.complete(receive, bytes.length, flags);
    return true;
  }

  /** Bytes, an end (0) or an error (-errno) arrive at a socket, and whoever waits for them there is told. */
  arrive(fd: number, ...arrivals: (Uint8Array | number)[]): void {
    this.sockets.arrive(fd, arrivals);
    for (const submission of [...this.ring.underWay])
      if (submission.fd === fd) this.#tellOfArrivals(submission);
  }

  /** The bytes that a send is to take. */
  sendBytes({ address, length }: Submission): Uint8Array {
    return this.memory.at(address, length);
  }

  /** Buffers that wait to be filled. */
  get offeredBuffers(): number {
    return (this.#bufferRing.halves[7] - this.#bufferRing.head) & 0xffff;
  }

  /** Calls back in a turn of the event loop, as an eventfd that was written to does. */
  wake(): void {
    if (this.#isWaking || this.#callback === undefined) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      this.wakeNow();
    });
  }

  /** Calls back at once. */
  wakeNow(): void {
    this.#callback?.();
  }

  descriptor(): number {
    const fd = this.#nextDescriptor++;
    this.openDescriptors.add(fd);
    return fd;
  }

  ringSetup(): RingSetup | number {
    return this.refusals.ringSetup ?? this.ring.setup;
  }

  ringClose(fd: number): number {
    this.isRingClosed = true;
    return this.descriptorClose(fd);
  }

  ringEnter(_fd: number, submissions: number, _completions: number, flags: number): number {
    return this.refusals.ringEnter ?? this.ring.enter(submissions, flags);
  }

  ringRegisterBuffers(_fd: number, address: number, entries: number): number {
    if (this.refusals.ringRegisterBuffers !== undefined) return this.refusals.ringRegisterBuffers;
    if (address % PAGE_BYTES !== 0) return -EINVAL;
    const bytes = this.memory.at(address, entries * 16);
    const { buffer, byteOffset } = bytes;
    this.#buffers = {
      words: new Uint32Array(buffer, byteOffset, entries * 4),
      halves: new Uint16Array(buffer, byteOffset, entries * 8),
      mask: entries - 1,
      head: 0,
    };
    return 0;
  }

  ringRegisterEvent(): number {
    return this.refusals.ringRegisterEvent ?? 0;
  }

  addressOf(bytes: Uint8Array): number {
    return this.memory.addressOf(bytes);
  }

  socketOpen(): number {
    this.onSocket();
    return this.refusals.socketOpen ?? this.descriptor();
  }

  socketBind(_fd: number, address: Uint8Array): number {
    this.bound.push(address);
    return this.refusals.socketBind ?? this.bindAnswers.shift() ?? 0;
  }

  socketListen(): number {
    return this.refusals.socketListen ?? 0;
  }

  socketSetOption(fd: number, level: number, name: number, value: number): number {
    this.#use(fd, "gets an option");
    this.numberOptions.push([level, name, value]);
    return this.refusals.socketSetOption ?? 0;
  }

  socketSetBytes(_fd: number, level: number, name: number, value: Uint8Array): number {
    return this.refusals.socketSetBytes ?? this.sockets.setBytes(level, name, value);
  }

  socketTakeError(fd: number): number {
    this.#use(fd, "is asked for its error");
    return 0;
  }

  socketName(_fd: number, address: Uint8Array): number {
    return this.refusals.socketName ?? writeAddress(address, 4242);
  }

  socketPeerName(_fd: number, address: Uint8Array): number {
    return this.refusals.socketPeerName ?? writeAddress(address, 2424);
  }

  socketShutdown(fd: number, how: number): number {
    this.#use(fd, "is shut down");
    this.shutdownWays.push(how);
    this.shutDowns.push(fd);
    return this.refusals.socketShutdown ?? 0;
  }

  socketReceive(fd: number, bytes: Uint8Array, flags: number): number {
    if (flags !== MSG_DONTWAIT) this.faults.push(`a read of descriptor ${fd} may wait`);
    return this.sockets.read(fd, bytes);
  }

  socketSend(fd: number, bytes: Uint8Array, flags: number): number {
    this.#use(fd, "sends");
    if (flags !== (MSG_DONTWAIT | MSG_NOSIGNAL))
      this.faults.push(`a send of descriptor ${fd} may wait, or raise a signal`);
    const answer = Math.min(this.sendAnswers.shift() ?? bytes.length, bytes.length);
    if (answer > 0) this.sentDirectly.push(new Uint8Array(bytes.subarray(0, answer)));
    return answer;
  }

  eventOpen(): number {
    return this.refusals.eventOpen ?? this.descriptor();
  }

  descriptorAdopt(fd: number): number {
    return fd;
  }

  descriptorClose(fd: number): number {
    if (!this.openDescriptors.delete(fd)) this.faults.push(`descriptor ${fd} is closed and not open`);
    const open = this.ring.underWay.filter((submission) => submission.fd === fd);
    for (const { opcode } of open)
      this.faults.push(`descriptor ${fd} is closed under an operation ${opcode}`);
    return 0;
  }

  watchOpen(_eventFd: number, callback: () => void): Watch | number {
    if (this.refusals.watchOpen !== undefined) return this.refusals.watchOpen;
    this.#callback = callback;
    this.isKeepingAlive = true;
    return {} as Watch;
  }

  watchKeepAlive(_watch: Watch, isKeepingAlive: boolean): void {
    this.isKeepingAlive = isKeepingAlive;
  }

  watchClose(): void {
    this.#callback = undefined;
  }

  #use(fd: number, what: string): void {
    if (!this.openDescriptors.has(fd)) this.faults.push(`descriptor ${fd} ${what} and is not open`);
  }

  #tellOfArrivals(submission: Submission): void {
    const { opcode, fd } = submission;
    if (opcode === OP_POLL_ADD && !this.sockets.isEmpty(fd)) this.complete(submission, POLLIN);
    // An end or an error ends the receive.
    for (let isOver = opcode !== OP_RECV; !isOver && !this.sockets.isEmpty(fd); ) {
      const arrival = this.sockets.take(fd);
      isOver = typeof arrival === "number";
      if (typeof arrival === "number") this.complete(submission, arrival);
      else this.bring(submission, arrival);
    }
  }

  get #bufferRing(): BufferRing {
    if (this.#buffers === undefined) throw new Error("no buffers were registered");
    return this.#buffers;
  }
}
