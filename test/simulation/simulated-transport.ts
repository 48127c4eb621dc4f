// A TCP connection in which nothing arrives until the test delivers it, byte by byte if it likes. Knows half-closed
// connections, resets and a network that is gone.

import type { TurnScheduler } from "#src/host/index.js";
import { type Transport, TransportError, type TransportSink } from "#src/transport/index.js";

export class SimulatedTransport implements Transport {
  readonly kind = "simulated";
  readonly isSecure = false;
  readonly remoteAddress = undefined;
  peer!: SimulatedTransport;
  /** Everything that was ever written. */
  readonly written: Uint8Array[] = [];
  isDestroyed = false;
  hasEnded = false;
  /** A pause lets one more delivery through: what had been read already. */
  isPausedLate = false;
  readonly #turns: TurnScheduler;
  #sink: TransportSink | undefined;
  #inFlight = new Uint8Array(0);
  #isPaused = false;
  #lateDeliveries = 0;
  #hasPeerEnded = false;
  #isClosing = false;

  constructor(turns: TurnScheduler) {
    this.#turns = turns;
  }

  get pendingBytes(): number {
    return this.isDestroyed ? 0 : this.#inFlight.length;
  }

  get progress(): number {
    return this.pendingBytes;
  }

  get isCongested(): boolean {
    return this.pendingBytes > 0;
  }

  /** Bytes that are on their way, also when the end that sent them is gone. */
  get inFlightBytes(): number {
    return this.#inFlight.length;
  }

  /** Whether `deliver` would change anything. */
  get canDeliver(): boolean {
    if (this.peer.isDestroyed) return this.#inFlight.length > 0 && !this.isDestroyed;
    if (this.peer.#sink === undefined || (this.peer.#isPaused && this.peer.#lateDeliveries === 0))
      return false;
    return this.#inFlight.length > 0 || ((this.hasEnded || this.isDestroyed) && !this.peer.#hasPeerEnded);
  }

  /** Carries up to `maxBytes` of what this end has written to the other; when nothing is left, its end. */
  deliver(maxBytes: number): void {
    if (!this.canDeliver) return;
    if (this.peer.isDestroyed) {
      // Nobody is there any more, and the other machine says so.
      this.#inFlight = new Uint8Array(0);
      this.#close(new TransportError("CONNECTION_RESET", "reset"));
      return;
    }
    if (this.peer.#isPaused) this.peer.#lateDeliveries--;
    if (this.#inFlight.length === 0) {
      this.peer.#end();
      return;
    }
    const bytes = this.#inFlight.slice(0, maxBytes);
    this.#inFlight = this.#inFlight.subarray(bytes.length);
    this.peer.#sink?.receive(bytes, 0, bytes.length);
    bytes.fill(0xdd);
    if (this.#inFlight.length === 0 && !this.isDestroyed) this.#sink?.drained();
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): boolean {
    if (this.hasEnded || this.isDestroyed) return true;
    this.written.push(bytes.slice());
    const inFlight = new Uint8Array(this.#inFlight.length + bytes.length);
    inFlight.set(this.#inFlight);
    inFlight.set(bytes, this.#inFlight.length);
    this.#inFlight = inFlight;
    return true;
  }

  pause(): void {
    if (!this.#isPaused) this.#lateDeliveries = this.isPausedLate ? 1 : 0;
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  end(): void {
    if (this.hasEnded || this.isDestroyed) return;
    this.hasEnded = true;
    this.#closeWhenBothEnded();
  }

  destroy(error?: TransportError): void {
    this.#close(error);
  }

  setKeepAlive(): void {}

  #end(): void {
    this.#hasPeerEnded = true;
    this.#sink?.ended();
    this.#closeWhenBothEnded();
  }

  #closeWhenBothEnded(): void {
    if (this.hasEnded && this.#hasPeerEnded) this.#close(undefined);
  }

  #close(error: TransportError | undefined): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#turns.atTurnEnd({
      turnEnded: () => {
        this.isDestroyed = true;
        this.#sink?.closed(error);
      },
    });
  }
}

/** Two connected ends. */
export function createSimulatedPair(turns: TurnScheduler): [SimulatedTransport, SimulatedTransport] {
  const pair: [SimulatedTransport, SimulatedTransport] = [
    new SimulatedTransport(turns),
    new SimulatedTransport(turns),
  ];
  pair[0].peer = pair[1];
  pair[1].peer = pair[0];
  return pair;
}
