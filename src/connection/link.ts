// One protocol over one transport: bytes in batches, output in one write per batch or turn, backpressure as holds, the
// end of TCP in the order RFC 6455 §7.1.1 asks for, and every deadline. Knows nothing of what users hold.

import { type Clock, nextMaskKey, nodeEngine, type Timer, type TurnTask } from "../host/index.js";
import {
  type LimitError,
  type MessageCodec,
  type ProtocolError,
  type ProtocolSink,
  type Role,
  WebSocketProtocol,
} from "../protocol/index.js";
import { type Transport, TransportError, type TransportSink } from "../transport/index.js";
import { closeInfoOf } from "./close-info.js";
import type { ConnectionSettings } from "./connection-options.js";
import { type HeartbeatHost, heartbeatsOf } from "./heartbeat.js";
import { type LinkHost, type LinkListener, type LinkOptions, systemHost } from "./link-parts.js";
import { Outbox } from "./outbox.js";

/** Output that is not flushed beyond this leaves before the batch or the turn ends. */
const FLUSH_BYTES = 65_536;
/** Work for one peer in one turn, in bytes inflated: a millisecond or two, and then it is the others' turn. */
const TURN_CREDIT = 1_048_576;
const HEARTBEAT_PAYLOAD = new Uint8Array(0);

export class Link implements TransportSink, ProtocolSink, HeartbeatHost, TurnTask {
  readonly protocol: WebSocketProtocol;
  readonly outbox: Outbox;
  readonly transport: Transport;
  readonly role: Role;
  readonly host: LinkHost;
  readonly settings: ConnectionSettings;
  /** permessage-deflate as agreed. */
  readonly codec: MessageCodec | undefined;
  lastReceivedAt: number;
  heartbeatPlace = -1;
  heartbeatDueAt = 0;
  isHeartbeatAwaited = false;
  closedFirstBy: "us" | "peer" | undefined;
  readonly #listener: LinkListener;
  #deadline: Timer | undefined;
  #backlog: Uint8Array | undefined;
  #isInBatch = false;
  #isTurnEndAwaited = false;
  #hasEnded = false;
  #isTransportClosed = false;
  #isOver = false;
  #isClosing = false;
  /** TCP takes nothing more from us. */
  #isUnusable = false;
  #error: TransportError | undefined;

  constructor(listener: LinkListener, options: LinkOptions) {
    const { transport, role, settings, codec } = options;
    this.#listener = listener;
    this.settings = settings;
    this.codec = codec;
    this.transport = transport;
    this.role = role;
    this.host = options.host ?? systemHost;
    this.outbox = new Outbox(transport);
    this.protocol = new WebSocketProtocol({
      role,
      sink: this,
      output: this.outbox,
      nextMaskKey: role === "client" ? nextMaskKey : undefined,
      limits: settings,
      engine: nodeEngine,
      codec,
    });
    this.protocol.credit = TURN_CREDIT;
    this.lastReceivedAt = this.clock.now();
    heartbeatsOf(this.clock).add(this);
  }

  /** Begins to read. `early` are bytes that came with the opening handshake. */
  start(early: Uint8Array | undefined): void {
    if (early !== undefined && early.length > 0) this.receive(early, 0, early.length);
    this.transport.attach(this);
    if (this.protocol.isHeld || this.#backlog !== undefined) this.transport.pause();
    else this.transport.resume();
  }

  get clock(): Clock {
    return this.host.clock;
  }

  get isReading(): boolean {
    return !this.protocol.isHeld;
  }

  /** Whether what is sent now can still reach the peer. */
  get isOpen(): boolean {
    return this.protocol.isOpen && !this.#isUnusable;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Stops after the message being delivered; `release` goes on. Nothing is lost in between. */
  hold(): void {
    if (this.protocol.isHeld || this.#isClosing || !this.protocol.isOpen) return;
    this.protocol.isHeld = true;
    if (!this.#isInBatch) this.transport.pause();
  }

  release(): void {
    if (!this.protocol.isHeld) return;
    this.protocol.isHeld = false;
    if (!this.#isInBatch) this.#goOn();
  }

  /** Something was sent: it leaves with the batch or the turn. */
  flushSoon(): void {
    if (this.outbox.unflushedBytes >= FLUSH_BYTES) this.outbox.flush();
    else if (!this.#isInBatch) this.#awaitTurnEnd();
  }

  /** Sends Close and waits for the peer's, for at most `closeTimeoutMs`. Throws `StateError` for what cannot be sent. */
  close(code: number | undefined, reason: string): void {
    if (!this.isOpen || !this.protocol.sendClose(code, reason)) return;
    this.closedFirstBy ??= "us";
    this.flushSoon();
    this.startClosing();
  }

  /** The closing deadline begins to run, and reading goes on, for the peer's Close may be among what waits. */
  startClosing(): void {
    this.#isClosing = true;
    this.#awaitEnd();
    this.release();
  }

  /** Ends both directions at once. */
  terminate(error?: TransportError): void {
    this.#isUnusable = true;
    this.#error ??= error;
    this.protocol.discard();
    this.outbox.discard();
    this.#backlog = undefined;
    this.transport.destroy(error);
    // Closed before, the transport has nothing more to say.
    if (this.#isTransportClosed) this.host.turns.atTurnEnd({ turnEnded: () => this.#finish() });
  }

  /** Ends the connection by itself unless it has ended within `closeTimeoutMs`. */
  #awaitEnd(): void {
    heartbeatsOf(this.clock).remove(this);
    this.#deadline ??= this.clock.schedule(this.settings.closeTimeoutMs, terminate, this);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.lastReceivedAt = this.clock.now();
    const at = this.#backlog === undefined ? this.#read(bytes, start, end) : start;
    if (at === end) return;
    this.#backlog = concat(this.#backlog, bytes.subarray(at, end));
    this.transport.pause();
  }

  ended(): void {
    this.#hasEnded = true;
    if (this.#backlog === undefined) this.#finishStream();
  }

  drained(): void {
    this.protocol.outputDrained();
    this.outbox.flush();
    this.#listener.drained();
  }

  closed(error: TransportError | undefined): void {
    this.#error ??= error;
    this.#isTransportClosed = true;
    if (this.#backlog === undefined) this.#finish();
  }

  message(data: string | Uint8Array, isBinary: boolean): void {
    if (this.protocol.isOpen && !this.#isClosing) this.#listener.message(data, isBinary);
  }

  ping(payload: Uint8Array): void {
    this.#listener.ping(payload);
  }

  pong(payload: Uint8Array): void {
    this.#listener.pong(payload);
  }

  peerClosed(): void {
    this.closedFirstBy ??= "peer";
    // RFC 6455 §7.1.1: the server ends TCP first, so that it holds TIME_WAIT; the client waits for that.
    this.#leave(this.role === "server");
  }

  failed(error: ProtocolError | LimitError): void {
    this.closedFirstBy ??= "us";
    this.#listener.failed(error);
    this.#leave(true);
  }

  die(silentMs: number): void {
    const text = `the peer has not sent anything for ${Math.round(silentMs)} ms, and did not answer a ping`;
    this.terminate(new TransportError("HEARTBEAT_MISSED", text));
  }

  /** A ping of the heartbeat's. */
  pingPeer(): void {
    this.protocol.sendPing(HEARTBEAT_PAYLOAD);
    this.flushSoon();
  }

  /** A ping, for TCP to be acknowledged: it gives up by itself when that does not happen. */
  probePeer(): void {
    // Behind bytes that wait, another would tell nothing more.
    if (!this.outbox.isCongested) this.pingPeer();
  }

  #leave(isEnding: boolean): void {
    this.outbox.flush();
    if (isEnding) this.transport.end();
    this.#awaitEnd();
  }

  #read(bytes: Uint8Array, start: number, end: number): number {
    this.#isInBatch = true;
    const at = this.protocol.receive(bytes, start, end);
    this.#isInBatch = false;
    this.outbox.flush();
    if (this.protocol.isHeld) this.transport.pause();
    if (this.protocol.credit < TURN_CREDIT / 2) this.#awaitTurnEnd();
    return at;
  }

  #awaitTurnEnd(): void {
    if (!this.#isTurnEndAwaited) this.host.turns.atTurnEnd(this);
    this.#isTurnEndAwaited = true;
  }

  /** Reads what waits, until held again or out of credit, then from the transport. */
  #goOn(): void {
    // What came while nobody read is still to be read: until now, silence said nothing about the peer.
    this.lastReceivedAt = this.clock.now();
    const backlog = this.#backlog;
    if (backlog !== undefined) {
      this.#backlog = undefined;
      const at = this.#read(backlog, 0, backlog.length);
      if (at < backlog.length) {
        this.#backlog = backlog.subarray(at);
        return;
      }
    }
    if (this.protocol.isHeld) return;
    if (this.#hasEnded) this.#finishStream();
    if (this.#isTransportClosed) this.#finish();
    this.transport.resume();
  }

  /** The peer has sent its last byte, and it has been read. */
  #finishStream(): void {
    this.#isUnusable = true;
    this.protocol.discard();
    this.outbox.flush();
    this.transport.end();
    this.#awaitEnd();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isUnusable = true;
    heartbeatsOf(this.clock).remove(this);
    this.#deadline?.close();
    this.outbox.discard();
    this.codec?.dispose();
    this.#listener.ended(closeInfoOf(this.protocol, this.closedFirstBy), this.#error);
  }

  turnEnded(): void {
    this.#isTurnEndAwaited = false;
    if (this.#isOver) return;
    this.outbox.flush();
    this.protocol.credit = TURN_CREDIT;
    if (this.#backlog !== undefined && !this.protocol.isHeld) this.#goOn();
  }
}

function terminate(link: Link): void {
  link.terminate();
}

function concat(first: Uint8Array | undefined, second: Uint8Array): Uint8Array {
  if (first === undefined) return second.slice();
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
