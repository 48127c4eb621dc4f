// A connection behind its PROXY header: whoever gets it is told who the header says is there, and reads what follows it.

import type {
  Endpoint,
  Endpoints,
  Lease,
  Transport,
  TransportError,
  TransportSink,
} from "../../transport/index.js";
import type { ProxyHeader } from "./proxy-header.js";

export class IntroducedTransport implements Transport, TransportSink {
  readonly #inner: Transport;
  readonly #source: Endpoint | undefined;
  readonly #destination: Endpoint | undefined;
  #sink: TransportSink | undefined;
  /** What came with the header, until it has been delivered; then the transport beneath delivers by itself. */
  #early: Uint8Array | undefined;
  #isPaused = false;
  #isDue = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(inner: Transport, { source, destination }: ProxyHeader, early: Uint8Array) {
    this.#inner = inner;
    this.#source = source;
    this.#destination = destination;
    this.#early = early;
    // Reading begins anew with the first sink.
    inner.attach(this);
    inner.pause();
  }

  get kind(): string {
    return this.#inner.kind;
  }

  get isSecure(): boolean {
    return this.#inner.isSecure;
  }

  get remoteAddress(): string | undefined {
    if (this.#source === undefined) return this.#inner.remoteAddress;
    return "address" in this.#source ? this.#source.address : undefined;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes;
  }

  get progress(): number {
    return this.#inner.progress;
  }

  get isCongested(): boolean {
    return this.#inner.isCongested;
  }

  endpoints(): Endpoints {
    if (this.#source !== undefined) return { remote: this.#source, local: this.#destination };
    return this.#inner.endpoints?.() ?? { remote: undefined, local: undefined };
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#early === undefined) this.#inner.attach(sink);
    else this.#deliverSoon();
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    return this.#inner.write(bytes, lease);
  }

  /** What came with the header is not the transport's to keep. */
  retain(): Lease | undefined {
    return this.#early === undefined ? this.#inner.retain?.() : undefined;
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#early === undefined) this.#inner.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#early === undefined) this.#inner.resume();
    else this.#deliverSoon();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(error?: TransportError): void {
    this.#inner.destroy(error);
  }

  setKeepAlive(isKeepingAlive: boolean): void {
    this.#inner.setKeepAlive(isKeepingAlive);
  }

  /** A transport that is paused may still have something. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    const before = this.#early ?? new Uint8Array(0);
    this.#early = new Uint8Array(before.length + end - start);
    this.#early.set(before);
    this.#early.set(bytes.subarray(start, end), before.length);
  }

  ended(): void {
    this.#hasEnded = true;
  }

  drained(): void {
    this.#sink?.drained();
  }

  closed(error: TransportError | undefined): void {
    this.#isClosed = true;
    this.#early = undefined;
    // Who comes later is told by the transport beneath.
    this.#sink?.closed(error);
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
    if (this.#sink === undefined || early === undefined) return;
    if (this.#isPaused) return;
    this.#early = new Uint8Array(0);
    if (early.length > 0) this.#sink.receive(early, 0, early.length);
    if (this.#isClosed) return;
    if (this.#hasEnded) this.#sink.ended();
    this.#early = undefined;
    this.#inner.attach(this.#sink);
    if (!this.#isPaused) this.#inner.resume();
  }
}
