// An established WebSocket, carried as bytes: both directions, each as fast as its receiver, each ended by its sender.

import { type Clock, nodeEngine, type Timer } from "../../host/index.js";
import { closePayload, encodeFrame, Opcode } from "../../protocol/index.js";
import type { Transport, TransportError } from "../../transport/index.js";
import type { Carriage } from "../carriage.js";
import { drainTimedOut } from "../errors.js";
import type { Passed } from "../exchange.js";
import type { PassageWatcher } from "../passage-watcher.js";
import { type SilenceHost, SilenceWatch } from "../silence-watch.js";
import { FrameMeter } from "./frame-meter.js";
import { RelayDirection, type RelayDirectionHost } from "./relay-direction.js";

export interface RelaySettings {
  /** Milliseconds without a byte either way; `Infinity` for no limit. */
  readonly idleTimeoutMs: number;
  /** Milliseconds of silence once one side has ended. */
  readonly closeTimeoutMs: number;
  /** Whether messages are counted and close codes noted. */
  readonly isMetered: boolean;
}

export interface RelayParts {
  readonly client: Transport;
  readonly upstream: Transport;
  readonly settings: RelaySettings;
  readonly clock: Clock;
  /** Both sides are closed. */
  ended(relay: Relay): void;
}

export class Relay implements Carriage, RelayDirectionHost, SilenceHost {
  /** From the client to the upstream, and back. */
  readonly up: RelayDirection;
  readonly down: RelayDirection;
  /** Why the connection ended, when it did not end by itself. */
  error: Error | undefined;
  isIdle = false;
  /** Who was the first to say that it goes, or to go without a word. */
  endedFirstBy: "client" | "upstream" | "proxy" | undefined;
  readonly #parts: RelayParts;
  /** What the proxy has told the client. */
  #toldCode: number | undefined;
  readonly #silence: SilenceWatch;
  #timer: Timer | undefined;
  /** One side is gone, or both have closed. */
  #isEnding = false;

  constructor(parts: RelayParts) {
    const { client, upstream, settings } = parts;
    this.#parts = parts;
    this.#silence = new SilenceWatch(parts.clock, this);
    const meter = (): FrameMeter | undefined => (settings.isMetered ? new FrameMeter() : undefined);
    this.up = new RelayDirection(client, upstream, meter(), this);
    this.down = new RelayDirection(upstream, client, meter(), this);
  }

  get passed(): Passed {
    const { up, down } = this;
    return {
      bytesReceived: up.bytes,
      bytesSent: down.bytes,
      messagesReceived: up.meter?.messages,
      messagesSent: down.meter?.messages,
      closeCode: this.#closeCode,
      closedBy: this.endedFirstBy,
    };
  }

  watch(watcher: PassageWatcher | undefined): boolean {
    const { up, down } = this;
    if (up.meter === undefined || down.meter === undefined) return false;
    up.meter.watcher = watcher?.up;
    down.meter.watcher = watcher?.down;
    return true;
  }

  /** Begins, with what came behind the heads of request and response. */
  start(earlyUp: Uint8Array | undefined, earlyDown: Uint8Array | undefined): void {
    this.up.receiveEarly(earlyUp);
    this.down.receiveEarly(earlyDown);
    this.up.source.attach(this.up);
    this.down.source.attach(this.down);
    this.up.source.resume();
    this.down.source.resume();
    this.#silence.limit(this.#parts.settings.idleTimeoutMs);
  }

  /**
   * Tells the client that the connection closes, between two frames of the upstream's; its answer goes to the upstream, which
   * closes then too. Where frames cannot be told apart, nothing is said.
   */
  close(code: number, reason: string): void {
    const payload = closePayload(nodeEngine, code, reason);
    this.down.interject(encodeFrame({ opcode: Opcode.CLOSE, payload }), () => {
      this.endedFirstBy ??= "proxy";
      this.#toldCode = code;
    });
  }

  /** Ends both sides at once. Where both have closed, or one is gone, that is no fault. */
  destroy(): void {
    if (!this.#isEnding) this.error ??= drainTimedOut();
    this.#cut();
  }

  get activity(): number {
    return this.up.bytes + this.down.bytes;
  }

  silent(): void {
    this.isIdle = true;
    this.#cut();
  }

  closing(direction: RelayDirection): void {
    this.endedFirstBy ??= this.#sideOf(direction);
    if (this.#opposite(direction).meter?.isClosing) this.#endSoon();
  }

  ended(direction: RelayDirection): void {
    this.endedFirstBy ??= this.#sideOf(direction);
    if (!this.#isEnding) this.#silence.limit(this.#parts.settings.closeTimeoutMs);
  }

  drained(direction: RelayDirection): void {
    this.#opposite(direction).targetDrained();
  }

  closed(direction: RelayDirection, error: TransportError | undefined): void {
    this.error ??= error;
    this.endedFirstBy ??= this.#sideOf(direction);
    const other = this.#opposite(direction);
    // Whoever is still there gets what came before, and then the end.
    direction.giveUp();
    other.discard();
    if (other.isClosed) this.#finish();
    else this.#endSoon();
  }

  /** Nothing that still comes has anywhere to go: whoever goes on sending is not waited for longer than whoever is silent. */
  #endSoon(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#silence.stop();
    const { clock, settings } = this.#parts;
    this.#timer = clock.schedule(settings.closeTimeoutMs, (relay: Relay) => relay.#cut(), this);
  }

  #cut(): void {
    this.endedFirstBy ??= "proxy";
    this.up.source.destroy();
    this.down.source.destroy();
  }

  #finish(): void {
    this.#silence.stop();
    this.#timer?.close();
    this.#parts.ended(this);
  }

  /** Of whoever closed first. */
  get #closeCode(): number | undefined {
    switch (this.endedFirstBy) {
      case "client":
        return this.up.meter?.closeCode;
      case "upstream":
        return this.down.meter?.closeCode;
      default:
        return this.#toldCode;
    }
  }

  #sideOf(direction: RelayDirection): "client" | "upstream" {
    return direction === this.up ? "client" : "upstream";
  }

  #opposite(direction: RelayDirection): RelayDirection {
    return direction === this.up ? this.down : this.up;
  }
}
