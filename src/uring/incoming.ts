// What a ring transport receives, in one of two ways. The kernel receives by itself, into buffers of ours, for as long as
// it is wanted: that is the least work for each read. But each read of a round lies in another buffer, and when reads are
// large, that is more memory than the caches hold. A connection whose reads are large therefore asks to be told when
// there is something, and reads by itself, into the one block that all of them share and that stays in the caches.
//
// The two never meet: a poll is submitted when the last completion of the receive has come, and the other way round, so
// that no bytes can overtake others.

import { sharedReadBuffer } from "../host/index.js";
import type { Lease, TransportError } from "../transport/index.js";
import * as abi from "./abi.js";
import { LateBytes } from "./late-bytes.js";
import type { ReceiveBuffers } from "./receive-buffers.js";
import { type ReceivedMessage, readMessage } from "./tls-message.js";

/** From here on a read is a large one, and the connection reads by itself. At half of it both ways cost the same. */
const LARGE_BYTES = 32_768;
/** Below this a read is a small one. In between nothing changes, so that no connection goes to and fro. */
const SMALL_BYTES = 8192;
/** So many small reads in a row, and the kernel receives again. */
const MAX_SMALL_READS = 16;

/** Nothing is under way. */
const IDLE = 0;
const RECEIVING = 1;
/** The receive is being cancelled. */
const CANCELLING = 2;
const POLLING = 3;

/** No buffer of the ring is being delivered. */
const NONE = -1;

/** The type of the records that hold what is sent (RFC 8446 §5.1). */
const APPLICATION_DATA = 23;

/** Who submits, and then calls `received` or `polled`, and whom the bytes are for. */
export interface ReceivePort {
  readonly isDestroyed: boolean;
  readonly buffers: ReceiveBuffers;
  /** The kernel does the connection's TLS, and receives messages that say of which type their record was. */
  readonly hasRecords: boolean;
  submitReceive(): void;
  submitReceiveCancel(): void;
  submitPoll(): void;
  /** Reads what is there, without waiting: the number of bytes, 0 at the end, or -errno. */
  read(into: Uint8Array): number;
  wantTurn(): void;
  deliver(bytes: Uint8Array, start: number, end: number): void;
  /** A record that is no data, or, without a type, the end of what carries them. Answers whether the peer will send nothing more. */
  recordReceived(type: number | undefined, content: Uint8Array): boolean;
  /** What -errno means for the connection; undefined when it may receive again. */
  receiveFailed(result: number): TransportError | undefined;
  peerEnded(): void;
  destroy(error: TransportError): void;
}

export class Incoming {
  readonly #port: ReceivePort;
  #state = IDLE;
  #isPaused = false;
  #hasEnded = false;
  /** After how many more small reads the kernel receives again; 0 while it does. */
  #smallReadsLeft = 0;
  #late: LateBytes | undefined;
  /** The buffer that is being delivered, unless somebody has kept it. */
  #delivering = NONE;

  constructor(port: ReceivePort) {
    this.#port = port;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#state === RECEIVING) this.#port.wantTurn();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#state === IDLE || this.#late !== undefined) this.#port.wantTurn();
  }

  /** Keeps what is being delivered, if it lies in a buffer of the ring. */
  retain(): Lease | undefined {
    if (this.#delivering === NONE) return undefined;
    const lease = this.#port.buffers.retain(this.#delivering);
    if (lease !== undefined) this.#delivering = NONE;
    return lease;
  }

  /** Nothing is delivered any more. */
  drop(): void {
    this.#late = undefined;
  }

  /** A pause or its end takes effect. */
  turnEnded(): void {
    if (this.#isPaused) {
      if (this.#state === RECEIVING) this.#stopReceiving();
      return;
    }
    try {
      this.#deliverLate();
    } finally {
      // Whatever the sink throws, what is left is told in another turn.
      if (this.#late !== undefined) this.#port.wantTurn();
      this.#start();
    }
  }

  /** The kernel has received, or says why not. */
  received(result: number, flags: number): void {
    if ((flags & abi.IORING_CQE_F_MORE) === 0) this.#state = IDLE;
    // Whatever the sink throws, the connection goes on until somebody ends it.
    try {
      if (result > 0) this.#takeBuffer(flags >>> abi.IORING_CQE_BUFFER_SHIFT, result);
      else if (result === -abi.ENOBUFS) this.#port.buffers.ranOut();
      else this.#broughtNothing(result);
    } finally {
      this.#start();
    }
  }

  /** There is something to read, or the kernel says why it does not know. */
  polled(result: number): void {
    this.#state = IDLE;
    // What is there stays there until it is asked for.
    if (this.#isPaused || this.#port.isDestroyed) return;
    try {
      const length = result < 0 ? result : this.#port.read(sharedReadBuffer);
      if (length > 0) {
        this.#smallReadsLeft = length < SMALL_BYTES ? this.#smallReadsLeft - 1 : MAX_SMALL_READS;
        this.#port.deliver(sharedReadBuffer, 0, length);
      } else this.#broughtNothing(length);
    } finally {
      // One read, and others get their turn. What is left completes the next poll at once.
      this.#start();
    }
  }

  #takeBuffer(number: number, length: number): void {
    const { buffers } = this.#port;
    const start = buffers.offsetOf(number);
    this.#delivering = number;
    try {
      if (this.#port.hasRecords) this.#takeMessage(buffers.bytes, readMessage(buffers.bytes, start));
      else this.#deliver(buffers.bytes, start, start + length);
    } finally {
      // One that is not given back is lost to all connections.
      if (this.#delivering === number) buffers.recycle(number);
      this.#delivering = NONE;
    }
  }

  #takeMessage(bytes: Uint8Array, { recordType, start, end }: ReceivedMessage): void {
    if (this.#isOver) return;
    if (recordType === APPLICATION_DATA) {
      // A record may be empty (RFC 8446 §5.1).
      if (end > start) this.#deliver(bytes, start, end);
    } else if (this.#port.recordReceived(recordType, bytes.slice(start, end))) this.#ended();
  }

  /** Nothing more is to be told, though more may come: behind the end of TLS comes that of TCP. */
  get #isOver(): boolean {
    return this.#port.isDestroyed || this.#hasEnded || this.#late?.hasEnded === true;
  }

  #deliver(bytes: Uint8Array, start: number, end: number): void {
    if (this.#port.isDestroyed) return;
    // A read of its own would not say what records are.
    if (end - start >= LARGE_BYTES && !this.#port.hasRecords) this.#readByItself();
    if (!this.#isPaused && this.#late === undefined) {
      this.#port.deliver(bytes, start, end);
      return;
    }
    this.#late ??= new LateBytes();
    this.#late.push(bytes.slice(start, end));
    if (this.#late.isTooMuch && this.#state === RECEIVING) this.#stopReceiving();
  }

  #readByItself(): void {
    this.#smallReadsLeft = MAX_SMALL_READS;
    if (this.#state === RECEIVING) this.#stopReceiving();
  }

  #broughtNothing(result: number): void {
    if (result === 0) this.#ended();
    // Nobody of ours has cancelled what is still wanted; somebody else may have read what there was.
    else if (result !== -abi.ECANCELED && result !== -abi.EAGAIN) {
      const error = this.#port.receiveFailed(result);
      if (error !== undefined) this.#port.destroy(error);
    }
  }

  #ended(): void {
    if (this.#port.isDestroyed) return;
    if (this.#isPaused || this.#late !== undefined) {
      this.#late ??= new LateBytes();
      this.#late.hasEnded = true;
      return;
    }
    this.#hasEnded = true;
    if (this.#state === RECEIVING) this.#stopReceiving();
    this.#port.peerEnded();
  }

  #deliverLate(): void {
    const late = this.#late;
    if (late === undefined) return;
    while (!late.isEmpty && !this.#isPaused && !this.#port.isDestroyed) {
      const bytes = late.take();
      this.#port.deliver(bytes, 0, bytes.length);
    }
    if (!late.isEmpty || this.#isPaused || this.#port.isDestroyed) return;
    this.#late = undefined;
    if (late.hasEnded) this.#ended();
  }

  #start(): void {
    const isWanted = this.#state === IDLE && !this.#isPaused && !this.#hasEnded && this.#late === undefined;
    if (!isWanted || this.#port.isDestroyed) return;
    if (this.#smallReadsLeft > 0) {
      this.#state = POLLING;
      this.#port.submitPoll();
    } else {
      this.#state = RECEIVING;
      this.#port.submitReceive();
    }
  }

  #stopReceiving(): void {
    this.#state = CANCELLING;
    this.#port.submitReceiveCancel();
  }
}
