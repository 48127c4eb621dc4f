// What a ring transport has on its way to the kernel, from the first write that has to wait to the last one that was
// taken. One send at a time is under way. The first asks for what the kernel takes at once: what is left of it then waits
// in memory of its own, so that a slow peer keeps no shared block.

import type { Lease } from "../transport/index.js";
import * as abi from "./abi.js";
import type { RecordMessage } from "./tls-message.js";

/** What the kernel takes at once, or says that it does not. */
export const SEND_NOW = abi.MSG_NOSIGNAL | abi.MSG_DONTWAIT;
/** Completes when everything was taken, of which there is at most so much: what comes slowly can be seen to come. */
const SEND_ALL = abi.MSG_NOSIGNAL | abi.MSG_WAITALL;
const SEND_ALL_BYTES = 65_536;

/** From here on a call of its own costs less than what the shared block would suffer: with the answer at hand its memory
 * is used again while it is in the caches. */
export const DIRECT_BYTES = 8192;

/** Who submits the sends, and then calls `took`. */
export interface SendPort {
  submitSend(bytes: Uint8Array, length: number, flags: number): void;
  submitMessage(message: RecordMessage): void;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly lease: Lease | undefined;
  /** What they leave by, unless by a plain send. */
  readonly message: RecordMessage | undefined;
}

export class Outgoing {
  pendingBytes: number;
  /** What the kernel has taken so far. */
  takenBytes = 0;
  isCongested: boolean;
  readonly #port: SendPort;
  /** What is being sent. */
  #bytes: Uint8Array;
  #lease: Lease | undefined;
  #message: RecordMessage | undefined;
  #queue: Waiting[] | undefined;

  /** Sends the bytes. The network is congested when it has refused some of them already. */
  constructor(
    port: SendPort,
    bytes: Uint8Array,
    lease: Lease | undefined,
    isCongested: boolean,
    message?: RecordMessage,
  ) {
    this.#port = port;
    this.pendingBytes = bytes.length;
    this.isCongested = isCongested;
    this.#bytes = bytes;
    this.#lease = lease;
    this.#message = message;
    this.#send();
  }

  /** Behind everything that waits already. */
  push(bytes: Uint8Array, lease: Lease | undefined, message?: RecordMessage): void {
    this.pendingBytes += bytes.length;
    this.#queue ??= [];
    this.#queue.push({ bytes, lease, message });
  }

  /** The kernel has taken so much of the send. Answers whether another is under way. */
  took(count: number): boolean {
    const bytes = this.#bytes;
    const lease = this.#lease;
    if (this.#message !== undefined && count < bytes.length) {
      // The kernel takes a record as a whole, or not yet.
      this.isCongested = true;
      this.#send();
      return true;
    }
    this.pendingBytes -= count;
    this.takenBytes += count;
    if (count < bytes.length) {
      this.isCongested = true;
      this.#bytes = bytes.subarray(count);
      if (lease !== undefined && lease.isWhole !== true) this.#moveOut(lease);
      this.#send();
      return true;
    }
    this.#lease = undefined;
    // What is written meanwhile comes behind what waits already.
    lease?.release();
    const next = this.#queue?.shift();
    if (next === undefined) return false;
    this.#bytes = next.bytes;
    this.#lease = next.lease;
    this.#message = next.message;
    this.#send();
    return true;
  }

  /** Nothing of it is under way any more, and nothing will be. */
  release(): void {
    this.#lease?.release();
    for (const { lease } of this.#queue ?? []) lease?.release();
  }

  /** Memory with what others have sent goes back; what is left of it waits in memory of its own. */
  #moveOut(lease: Lease): void {
    this.#bytes = new Uint8Array(this.#bytes);
    this.#lease = undefined;
    lease.release();
  }

  #send(): void {
    const { length } = this.#bytes;
    if (this.#message !== undefined) this.#port.submitMessage(this.#message);
    else if (this.isCongested) this.#port.submitSend(this.#bytes, Math.min(length, SEND_ALL_BYTES), SEND_ALL);
    else this.#port.submitSend(this.#bytes, length, SEND_NOW);
  }
}
