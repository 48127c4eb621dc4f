// A connection behind its PROXY header: whoever gets it is told who the header says is there, and reads what follows it.

import {
  DelegatingTransport,
  type Endpoint,
  type Endpoints,
  type Lease,
  type Transport,
  type TransportError,
  type TransportSink,
} from "../../transport/index.js";
import type { ProxyHeader } from "./proxy-header.js";

export class IntroducedTransport extends DelegatingTransport {
  readonly #source: Endpoint | undefined;
  readonly #destination: Endpoint | undefined;
  /** What came with the header, until it has been delivered; then the transport beneath delivers by itself. */
  #early: Uint8Array | undefined;
  #isPaused = false;
  #isDue = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(inner: Transport, { source, destination }: ProxyHeader, early: Uint8Array) {
    super(inner);
    this.#source = source;
    this.#destination = destination;
    this.#early = early;
    // Reading begins anew with the first sink.
    inner.attach(this);
    inner.pause();
  }

  override get remoteAddress(): string | undefined {
    if (this.#source === undefined) return super.remoteAddress;
    return "address" in this.#source ? this.#source.address : undefined;
  }

  override endpoints(): Endpoints {
    if (this.#source !== undefined) return { remote: this.#source, local: this.#destination };
    return super.endpoints();
  }

  override attach(sink: TransportSink): void {
    this.sink = sink;
    if (this.#early === undefined) this.inner.attach(sink);
    else this.#deliverSoon();
  }

  /** What came with the header is not the transport's to keep. */
  override retain(): Lease | undefined {
    return this.#early === undefined ? super.retain() : undefined;
  }

  override pause(): void {
    this.#isPaused = true;
    if (this.#early === undefined) this.inner.pause();
  }

  override resume(): void {
    this.#isPaused = false;
    if (this.#early === undefined) this.inner.resume();
    else this.#deliverSoon();
  }

  /** A transport that is paused may still have something. */
  override receive(bytes: Uint8Array, start: number, end: number): void {
    const before = this.#early ?? new Uint8Array(0);
    this.#early = new Uint8Array(before.length + end - start);
    this.#early.set(before);
    this.#early.set(bytes.subarray(start, end), before.length);
  }

  override ended(): void {
    this.#hasEnded = true;
  }

  override closed(error: TransportError | undefined): void {
    this.#isClosed = true;
    this.#early = undefined;
    // Who comes later is told by the transport beneath.
    super.closed(error);
  }

  #deliverSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    process.nextTick(() => {
      this.#isDue = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const early = this.#early;
    if (this.sink === undefined || early === undefined) return;
    if (this.#isPaused) return;
    this.#early = new Uint8Array(0);
    if (early.length > 0) this.sink.receive(early, 0, early.length);
    if (this.#isClosed) return;
    if (this.#hasEnded) this.sink.ended();
    this.#early = undefined;
    this.inner.attach(this.sink);
    if (!this.#isPaused) this.inner.resume();
  }
}
