// A ring's connection as the stream that Node's TLS makes its handshake on. It reads record by record, and stops behind the
// last one of the peer's handshake: what follows is the kernel's to read. On a server, what is sent from then on is held,
// until it is known who sends.

import { HandshakeStream } from "../transport/index.js";
import type { UringTransport } from "../uring/index.js";
import type { HandshakeWatch } from "./handshake-watch.js";
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES, recordLength } from "./record.js";

const NOTHING = new Uint8Array(0);

/** How it reads. */
type Mode = "records" | "stopped" | "all" | "detached";
type Done = (error?: Error | null) => void;

export class RecordStream extends HandshakeStream {
  readonly watch: HandshakeWatch;
  readonly transport: UringTransport;
  #mode: Mode = "records";
  #isReading = false;
  /** Whether somebody wants bytes. */
  #isWanted = false;
  #memory: Buffer | undefined;
  #held: Uint8Array[] | undefined;
  #onLeft: (() => void) | undefined;

  constructor(transport: UringTransport, watch: HandshakeWatch) {
    super(transport, NOTHING);
    this.transport = transport;
    this.watch = watch;
    this.attachPaused();
  }

  /** What was to be sent since the peer's handshake is complete. */
  get held(): Uint8Array {
    return Buffer.concat(this.#held ?? []);
  }

  /** Node's TLS goes on with it. What is held is sent. */
  goOn(): void {
    if (this.#mode === "detached") return;
    this.#holdNoMore();
    this.#mode = "all";
    if (this.#isWanted) this._read();
  }

  /** Sends what is held; what comes now is held again. */
  sendHeld(): void {
    const { held } = this;
    if (held.length === 0) return;
    this.#held = [];
    // Not by the stream's own queue: what stands there would be held once more.
    this.transport.write(held);
  }

  /** Resolves when this end's handshake has left; with the stream's end as well. */
  left(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLeft = resolve;
      this.#tellIfLeft();
    });
  }

  /** The transport belongs to somebody else from now on: whatever Node's TLS still says is for nobody. */
  detach(): void {
    this.#mode = "detached";
    this.#memory = undefined;
    this.#held = undefined;
  }

  override _read(): void {
    this.#isWanted = true;
    // What is under way is read first.
    if (this.#isReading) return;
    if (this.#mode === "all") super._read();
    else if (this.#mode === "records") this.#readHeader();
  }

  override _write(chunk: Uint8Array, encoding: BufferEncoding, done: Done): void {
    if (this.#mode === "detached") done();
    else if (this.#held !== undefined) {
      this.#held.push(chunk);
      done();
    } else {
      if (this.#mode !== "all") this.watch.sent(chunk);
      super._write(chunk, encoding, done);
      this.#tellIfLeft();
    }
  }

  protected override transportDrained(): void {
    super.transportDrained();
    this.#tellIfLeft();
  }

  override _final(done: Done): void {
    if (this.#mode === "detached") done();
    else {
      this.#holdNoMore();
      super._final(done);
    }
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#onLeft?.();
    if (this.#mode === "detached") {
      done(error);
      return;
    }
    // What is held may be an alert that says why it ends.
    this.#holdNoMore();
    this.watch.wipe();
    super._destroy(error, done);
  }

  #holdNoMore(): void {
    this.sendHeld();
    this.#held = undefined;
  }

  #tellIfLeft(): void {
    const isLeaving = this.transport.pendingBytes > 0 || (!this.watch.hasFinished && !this.watch.isLost);
    if (isLeaving && !this.destroyed) return;
    this.#onLeft?.();
    this.#onLeft = undefined;
  }

  #readHeader(): void {
    this.#isReading = true;
    this.#memory ??= Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES + MAX_RECORD_BYTES);
    const header = this.#memory.subarray(0, RECORD_HEADER_BYTES);
    this.transport.readAll(header, (byteLength) => {
      const length = byteLength === RECORD_HEADER_BYTES ? recordLength(header) : undefined;
      if (length !== undefined && length > 0) this.#readRest(this.#memory as Buffer, length);
      else this.#tellSoon(Buffer.from(header.subarray(0, byteLength)), byteLength < RECORD_HEADER_BYTES);
    });
  }

  #readRest(memory: Buffer, length: number): void {
    const record = memory.subarray(0, RECORD_HEADER_BYTES + length);
    this.transport.readAll(record.subarray(RECORD_HEADER_BYTES), (byteLength) => {
      const isWhole = byteLength === length;
      if (isWhole) this.watch.received(record);
      this.#tellSoon(Buffer.from(record.subarray(0, RECORD_HEADER_BYTES + byteLength)), !isWhole);
    });
  }

  #tellSoon(bytes: Buffer, isEnd: boolean): void {
    this.whenSettled(() => this.#tell(bytes, isEnd));
  }

  /** Hands on what was read, which is a record unless the stream ends in it, or it is none of TLS. */
  #tell(bytes: Buffer, isEnd: boolean): void {
    this.#isReading = false;
    if (this.destroyed) return;
    this.#isWanted = false;
    const isOdd = !isEnd && bytes.length === RECORD_HEADER_BYTES;
    if (isOdd || this.watch.isLost) this.#mode = "all";
    else if (this.#mode === "records" && this.watch.hasPeerFinished) {
      this.#mode = "stopped";
      if (this.watch.role === "server") this.#held = [];
    }
    if (this.#mode !== "records") this.#memory = undefined;
    if (bytes.length > 0) this.push(bytes);
    if (isEnd) this.push(null);
  }
}
