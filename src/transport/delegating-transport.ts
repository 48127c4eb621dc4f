// A transport upon another one, and the sink between that one and its user: whoever extends it overrides what it changes.

import type { Endpoints } from "./endpoints.js";
import type { TransportError } from "./errors.js";
import type { Lease, Transport, TransportSink } from "./transport.js";

export abstract class DelegatingTransport implements Transport, TransportSink {
  protected readonly inner: Transport;
  /** Whoever was attached last. */
  protected sink: TransportSink | undefined;

  constructor(inner: Transport) {
    this.inner = inner;
  }

  get kind(): string {
    return this.inner.kind;
  }

  get isSecure(): boolean {
    return this.inner.isSecure;
  }

  get remoteAddress(): string | undefined {
    return this.inner.remoteAddress;
  }

  endpoints(): Endpoints {
    return this.inner.endpoints?.() ?? { remote: undefined, local: undefined };
  }

  get pendingBytes(): number {
    return this.inner.pendingBytes;
  }

  get progress(): number {
    return this.inner.progress;
  }

  get isCongested(): boolean {
    return this.inner.isCongested;
  }

  attach(sink: TransportSink): void {
    this.sink = sink;
    this.inner.attach(this);
  }

  write(bytes: Uint8Array, lease?: Lease): boolean {
    return this.inner.write(bytes, lease);
  }

  writeBorrowed(bytes: Uint8Array): number {
    return this.inner.writeBorrowed?.(bytes) ?? 0;
  }

  retain(): Lease | undefined {
    return this.inner.retain?.();
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  end(): void {
    this.inner.end();
  }

  destroy(error?: TransportError): void {
    this.inner.destroy(error);
  }

  setKeepAlive(isKeepingAlive: boolean): void {
    this.inner.setKeepAlive(isKeepingAlive);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.sink?.receive(bytes, start, end);
  }

  ended(): void {
    this.sink?.ended();
  }

  drained(): void {
    this.sink?.drained();
  }

  closed(error: TransportError | undefined): void {
    this.sink?.closed(error);
  }
}
