// Two transports connected by memory: what one writes, the other receives. For tests and simulations: no entry of
// the package exports it. Nothing is delivered inside a call of the writer.

import { systemTurns, type TurnScheduler, type TurnTask } from "../host/index.js";
import type { TransportError } from "./errors.js";
import type { Transport, TransportSink } from "./transport.js";

interface MemoryPairOptions {
  /** When deliveries happen. Default: at the end of the current turn of the event loop. */
  turns?: TurnScheduler;
  /** Most bytes of one `receive`; smaller numbers cut messages in pieces. Default: no limit. */
  maxChunkBytes?: number;
}

type Item = Uint8Array | "end";

class MemoryTransport implements Transport, TurnTask {
  readonly kind = "memory";
  readonly isSecure = false;
  readonly remoteAddress = undefined;
  peer!: MemoryTransport;
  readonly #turns: TurnScheduler;
  readonly #maxChunkBytes: number;
  #sink: TransportSink | undefined;
  #inbound: Item[] = [];
  #inboundBytes = 0;
  #isPaused = false;
  #isScheduled = false;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isDestroyed = false;
  #isClosed = false;
  #error: TransportError | undefined;

  constructor(options: MemoryPairOptions) {
    this.#turns = options.turns ?? systemTurns;
    this.#maxChunkBytes = options.maxChunkBytes ?? Infinity;
  }

  get pendingBytes(): number {
    return this.peer.#inboundBytes;
  }

  get progress(): number {
    return this.pendingBytes;
  }

  get isCongested(): boolean {
    return this.pendingBytes > 0;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#isClosed) this.#turns.atTurnEnd({ turnEnded: () => sink.closed(this.#error) });
    this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#hasEnded || this.#isDestroyed) return true;
    for (let at = 0; at < bytes.length; at += this.#maxChunkBytes) {
      const end = at + Math.min(this.#maxChunkBytes, bytes.length - at);
      // Not `slice`: that of a Buffer would not copy.
      this.peer.#push(new Uint8Array(bytes.subarray(at, end)));
    }
    return true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  end(): void {
    if (this.#hasEnded || this.#isDestroyed) return;
    this.#hasEnded = true;
    this.peer.#push("end");
    this.#closeWhenBothEnded();
  }

  destroy(error?: TransportError): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#error = error;
    this.#inbound = [];
    this.#inboundBytes = 0;
    this.#turns.atTurnEnd({ turnEnded: () => this.#close() });
    this.peer.#push("end");
    this.#turns.atTurnEnd({ turnEnded: () => this.peer.destroy() });
  }

  setKeepAlive(): void {
    // Memory keeps no process alive.
  }

  #push(item: Item): void {
    if (this.#isDestroyed) return;
    this.#inbound.push(item);
    if (item !== "end") this.#inboundBytes += item.length;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#sink === undefined || this.#inbound.length === 0) return;
    this.#isScheduled = true;
    this.#turns.atTurnEnd(this);
  }

  turnEnded(): void {
    this.#isScheduled = false;
    while (!this.#isPaused && this.#inbound.length > 0) {
      const item = this.#inbound.shift() as Item;
      if (item === "end") {
        this.#hasPeerEnded = true;
        this.#sink?.ended();
        this.#closeWhenBothEnded();
      } else {
        this.#inboundBytes -= item.length;
        this.#sink?.receive(item, 0, item.length);
        // A borrowed buffer is somebody else's again after the call: a sink that kept it would now see this.
        item.fill(0xdd);
        if (this.#inboundBytes === 0) this.peer.#allTaken();
      }
    }
  }

  #allTaken(): void {
    if (!this.#isDestroyed) this.#sink?.drained();
    this.#closeWhenBothEnded();
  }

  /** Like TCP: once both directions have ended, and the peer has taken all, the connection is over. */
  #closeWhenBothEnded(): void {
    if (!this.#hasEnded || !this.#hasPeerEnded || this.isCongested || this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#turns.atTurnEnd({ turnEnded: () => this.#close() });
  }

  #close(): void {
    this.#isClosed = true;
    this.#sink?.closed(this.#error);
  }
}

/** A connected pair of transports. */
export function createMemoryPair(options: MemoryPairOptions = {}): [Transport, Transport] {
  const first = new MemoryTransport(options);
  const second = new MemoryTransport(options);
  first.peer = second;
  second.peer = first;
  return [first, second];
}
