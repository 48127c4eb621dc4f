// A transport as the stream that Node's TLS makes its handshake on. Node's TLS drops an alert that it has to write before it
// knows that what it wrote last has left, and it is told that in a later turn. A peer can be faster: while a write is
// unsettled, what comes waits.

import type { Duplex } from "node:stream";
import type { TransportError } from "./errors.js";
import { SocketTransport } from "./socket-transport.js";
import type { Transport } from "./transport.js";
import { TransportStream } from "./transport-stream.js";

type Done = (error?: Error | null) => void;

const NOTHING = new Uint8Array(0);

/** What TLS makes its handshake on: a socket of Node's as itself, which settles its writes at once. */
export function toHandshakeStream(transport: Transport): Duplex {
  return transport instanceof SocketTransport
    ? transport.release(NOTHING)
    : new HandshakeStream(transport, NOTHING);
}

export class HandshakeStream extends TransportStream {
  /** Writes of which Node's TLS has not been told yet that they have left. */
  #unsettledWrites = 0;
  #waiting: (() => void)[] = [];
  #isComplete = false;

  /** The handshake is complete: nothing waits any more. */
  handshakeCompleted(): void {
    this.#isComplete = true;
    this.#goOn();
  }

  override _write(chunk: Uint8Array, encoding: BufferEncoding, done: Done): void {
    if (this.#isComplete) {
      super._write(chunk, encoding, done);
      return;
    }
    this.#unsettledWrites++;
    super._write(chunk, encoding, (error) => {
      done(error);
      // Node tells its TLS in an immediate of its own, before this one.
      setImmediate(() => {
        this.#unsettledWrites--;
        this.#goOn();
      });
    });
  }

  /** What comes from the peer, in order: at once, or when the writes are settled. */
  protected whenSettled(then: () => void): void {
    if (this.#isSettled && this.#waiting.length === 0) then();
    else this.#waiting.push(then);
  }

  protected override received(chunk: Buffer): void {
    this.whenSettled(() => super.received(chunk));
    if (this.#waiting.length > 0) this.pauseTransport();
  }

  protected override peerEnded(): void {
    this.whenSettled(() => super.peerEnded());
  }

  protected override transportLost(error: TransportError | undefined): void {
    this.whenSettled(() => super.transportLost(error));
  }

  get #isSettled(): boolean {
    return this.#isComplete || this.#unsettledWrites === 0;
  }

  #goOn(): void {
    while (this.#isSettled && !this.destroyed) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}
