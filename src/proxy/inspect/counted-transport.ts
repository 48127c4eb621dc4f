// A transport that counts what passes through it.

import type { Lease, Transport, TransportError, TransportSink } from "../../transport/index.js";

export class CountedTransport implements Transport, TransportSink {
  bytesReceived = 0;
  bytesSent = 0;
  readonly #inner: Transport;
  #sink: TransportSink | undefined;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get kind(): string {
    return this.#inner.kind;
  }
  get isSecure(): boolean {
    return this.#inner.isSecure;
  }
  get remoteAddress(): string | undefined {
    return this.#inner.remoteAddress;
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

  attach(sink: TransportSink): void {
    this.#sink = sink;
    this.#inner.attach(this);
  }
  write(bytes: Uint8Array, lease?: Lease): boolean {
    this.bytesSent += bytes.length;
    return this.#inner.write(bytes, lease);
  }
  pause(): void {
    this.#inner.pause();
  }
  resume(): void {
    this.#inner.resume();
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

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.bytesReceived += end - start;
    this.#sink?.receive(bytes, start, end);
  }
  ended(): void {
    this.#sink?.ended();
  }
  drained(): void {
    this.#sink?.drained();
  }
  closed(error: TransportError | undefined): void {
    this.#sink?.closed(error);
  }
}
