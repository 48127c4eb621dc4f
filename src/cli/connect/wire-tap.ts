// Sees all that passes over a connection, without changing any of it: a transport around the one that was dialled.

import { DelegatingTransport, type Lease, type Transport } from "../../transport/index.js";
import { type FrameSink, FrameWatcher } from "./frame-watcher.js";

export interface WireSink extends FrameSink {
  /** Start line and header lines, without the empty line. */
  head(lines: readonly string[]): void;
}

/** Longer ones are refused by the client anyway. */
const MAX_HEAD_CHARACTERS = 65_536;

/** One direction: heads, and after the one that switches protocols, frames. */
class Direction {
  readonly #sink: WireSink;
  readonly #isLastHead: (startLine: string) => boolean;
  #head: string | undefined = "";
  #frames: FrameWatcher | undefined;

  constructor(sink: WireSink, isLastHead: (startLine: string) => boolean) {
    this.#sink = sink;
    this.#isLastHead = isLastHead;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#frames !== undefined) this.#frames.receive(bytes, start, end);
    else if (this.#head !== undefined) this.#readHead(bytes, start, end, this.#head);
  }

  #readHead(bytes: Uint8Array, start: number, end: number, before: string): void {
    const text = before + Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
    const at = text.indexOf("\r\n\r\n", Math.max(0, before.length - 3));
    this.#head = at < 0 && text.length <= MAX_HEAD_CHARACTERS ? text : undefined;
    if (at < 0) return;
    const lines = text.slice(0, at).split("\r\n");
    this.#sink.head(lines);
    const next = start + at + 4 - before.length;
    if (this.#isLastHead(lines[0])) this.#frames = new FrameWatcher(this.#sink);
    // An informational response is followed by another one; what follows a refusal is its body.
    else if (/^HTTP\/1\.\d 1\d\d/.test(lines[0])) this.#head = "";
    this.receive(bytes, next, end);
  }
}

export class TappedTransport extends DelegatingTransport {
  readonly #sent: Direction;
  readonly #received: Direction;
  readonly #wasDelivered: () => void;

  /** `wasDelivered` is told after each read that its bytes have been passed on. */
  constructor(inner: Transport, sent: WireSink, received: WireSink, wasDelivered: () => void) {
    super(inner);
    this.#sent = new Direction(sent, () => true);
    this.#received = new Direction(received, (line) => /^HTTP\/1\.\d 101\b/.test(line));
    this.#wasDelivered = wasDelivered;
  }

  override write(bytes: Uint8Array, lease?: Lease): boolean {
    this.#sent.receive(bytes, 0, bytes.length);
    return super.write(bytes, lease);
  }

  override writeBorrowed(bytes: Uint8Array): number {
    const taken = super.writeBorrowed(bytes);
    this.#sent.receive(bytes, 0, taken);
    return taken;
  }

  override receive(bytes: Uint8Array, start: number, end: number): void {
    this.#received.receive(bytes, start, end);
    super.receive(bytes, start, end);
    this.#wasDelivered();
  }
}
