// A transport that counts what passes through it.

import { DelegatingTransport, type Lease } from "../../transport/index.js";

export class CountedTransport extends DelegatingTransport {
  bytesReceived = 0;
  bytesSent = 0;

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
