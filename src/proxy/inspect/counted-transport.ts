// A transport that counts what passes through it.

import { DelegatingTransport, type Lease, type Transport } from "../../transport/index.js";

export class CountedTransport extends DelegatingTransport {
  bytesReceived: number;
  bytesSent = 0;

  /** `earlyBytes` have been received before. */
  constructor(inner: Transport, earlyBytes = 0) {
    super(inner);
    this.bytesReceived = earlyBytes;
  }

  override write(bytes: Uint8Array, lease?: Lease): boolean {
    this.bytesSent += bytes.length;
    return super.write(bytes, lease);
  }

  override writeBorrowed(bytes: Uint8Array): number {
    const taken = super.writeBorrowed(bytes);
    this.bytesSent += taken;
    return taken;
  }

  override receive(bytes: Uint8Array, start: number, end: number): void {
    this.bytesReceived += end - start;
    super.receive(bytes, start, end);
  }
}
