// Buffers that the kernel picks from when bytes arrive, in a ring that we refill. They lie in the thread's shared memory,
// where the SIMD routine works. Only as many are offered as are needed at once: buffers are used in turn, and a small
// number of them stays in the processor's caches.

import { lendSharedMemory } from "../host/index.js";
import type { Lease } from "../transport/index.js";
import type { NativeCalls } from "./native-calls.js";

/** What one completion can bring: a deep pipeline of 16 KiB messages fits. */
const BUFFER_BYTES = 131_072;
/** Buffers begin at odd distances, for at multiples of a power of two they would compete for the same lines of the caches. */
const STRIDE_BYTES = BUFFER_BYTES + 4096 + 192;
/** A power of two: 17 MiB of addresses, of which only what is offered and used becomes memory. */
const MAX_BUFFERS = 128;
const FIRST_OFFER = 32;
/** So many may be kept beyond their delivery: the others go on receiving. */
const MAX_RETAINED = 64;
/** An entry of the kernel's buffer ring: address (8 bytes), length (4), number (2), and two that hold the tail in the first. */
const ENTRY_BYTES = 16;
/** The largest page that Linux has on machines of today. */
const PAGE_BYTES = 65_536;
const WORD = 0x1_0000_0000;

export class ReceiveBuffers {
  /** All buffers; `offsetOf` says where one begins. */
  readonly bytes: Uint8Array;
  readonly group = 0;
  readonly #address: number;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  #tail = 0;
  #offered = 0;
  #retained = 0;

  private constructor(native: NativeCalls, bytes: Uint8Array, entries: Uint8Array) {
    this.bytes = bytes;
    this.#address = native.addressOf(bytes);
    this.#words = new Uint32Array(entries.buffer, entries.byteOffset, entries.length / 4);
    this.#halves = new Uint16Array(entries.buffer, entries.byteOffset, entries.length / 2);
  }

  /** Buffers for the ring, or -errno where the kernel has no buffer rings. */
  static register(native: NativeCalls, ringFd: number): ReceiveBuffers | number {
    const byteLength = MAX_BUFFERS * STRIDE_BYTES;
    const bytes = lendSharedMemory(byteLength) ?? new Uint8Array(byteLength);
    const entries = atPage(native, MAX_BUFFERS * ENTRY_BYTES);
    const buffers = new ReceiveBuffers(native, bytes, entries);
    const result = native.ringRegisterBuffers(ringFd, native.addressOf(entries), MAX_BUFFERS, buffers.group);
    if (result < 0) return result;
    buffers.#offer(FIRST_OFFER);
    return buffers;
  }

  /** Where buffer `number` begins in `bytes`. */
  offsetOf(number: number): number {
    return number * STRIDE_BYTES;
  }

  /** The buffer may be filled again. */
  recycle(number: number): void {
    this.#put(number);
    this.#publish();
  }

  /** Keeps the buffer from being filled again until the lease is released; undefined when too many are kept. */
  retain(number: number): Lease | undefined {
    if (this.#retained === MAX_RETAINED) return undefined;
    this.#retained++;
    // Those that are kept are not there for others.
    if (this.#offered - this.#retained < FIRST_OFFER / 2) this.ranOut();
    return new RetainedBuffer(this, number);
  }

  giveBack(number: number): void {
    this.#retained--;
    this.recycle(number);
  }

  /** The kernel found no buffer: more are offered from now on, up to all of them. */
  ranOut(): void {
    this.#offer(Math.min(this.#offered, MAX_BUFFERS - this.#offered));
  }

  #offer(count: number): void {
    for (let i = 0; i < count; i++) this.#put(this.#offered++);
    this.#publish();
  }

  #put(number: number): void {
    const entry = this.#tail & (MAX_BUFFERS - 1);
    const address = this.#address + number * STRIDE_BYTES;
    this.#words[entry * 4] = address % WORD;
    this.#words[entry * 4 + 1] = address / WORD;
    this.#words[entry * 4 + 2] = BUFFER_BYTES;
    this.#halves[entry * 8 + 6] = number;
    this.#tail = (this.#tail + 1) & 0xffff;
  }

  /** The tail lies in the first entry, where the others have nothing. */
  #publish(): void {
    Atomics.store(this.#halves, 7, this.#tail);
  }
}

class RetainedBuffer implements Lease {
  readonly #buffers: ReceiveBuffers;
  readonly #number: number;

  constructor(buffers: ReceiveBuffers, number: number) {
    this.#buffers = buffers;
    this.#number = number;
  }

  release(): void {
    this.#buffers.giveBack(this.#number);
  }
}

/** Memory at the beginning of a page, where the kernel wants the ring. Of Node's memory nobody knows where it begins. */
function atPage(native: NativeCalls, byteLength: number): Uint8Array {
  const block = new Uint8Array(PAGE_BYTES + byteLength);
  const skipped = -native.addressOf(block) & (PAGE_BYTES - 1);
  return block.subarray(skipped, skipped + byteLength);
}
