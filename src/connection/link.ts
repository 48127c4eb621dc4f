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
import { closeInfoOf, tcpEndTimeoutOf } from "./close-info.js";
import type { ConnectionSettings } from "./connection-options.js";
import { HEARTBEAT_PAYLOAD, type HeartbeatHost, heartbeatsOf } from "./heartbeat.js";
import { Intake, type IntakeHost } from "./intake.js";
import { type LinkHost, type LinkListener, type LinkOptions, type Phase, systemHost } from "./link-parts.js";
import { Outbox } from "./outbox.js";

/** Output that is not flushed beyond this leaves before the batch or the turn ends. */
const FLUSH_BYTES = 65_536;

export class Link implements TransportSink, ProtocolSink, HeartbeatHost, IntakeHost, TurnTask {
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
  readonly #intake: Intake;
  #deadline: Timer | undefined;
  #isTurnEndAwaited = false;
  #hasEnded = false;
  #isTransportClosed = false;
  #isClosing = false;
  /** TCP takes nothing more from us. */
  #isCut = false;
  #isOver = false;
  /** What the transport's progress was when the heartbeat last found bytes waiting; -1 when none have waited since. */
  #stalledAt = -1;
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
    this.#intake = new Intake(this);
    this.lastReceivedAt = this.clock.now();
    heartbeatsOf(this.clock).add(this);
  }

  /** Begins to read. `early` are bytes that came with the opening handshake. */
  start(early: Uint8Array | undefined): void {
    if (early !== undefined && early.length > 0) this.receive(early, 0, early.length);
    this.transport.attach(this);
    this.#intake.start();
  }

  get clock(): Clock {
    return this.host.clock;
  }

  get isReading(): boolean {
    return !this.protocol.isHeld;
  }

  get isCongested(): boolean {
    return this.outbox.isCongested;
  }

  get phase(): Phase {
    if (this.#isOver) return "over";
    if (this.#isCut) return "cut";
    return this.#isClosing || !this.protocol.isOpen ? "closing" : "open";
  }

  /** Whether what is sent now can still reach the peer: until Close has been sent, which may be later than it was asked for. */
  get canSend(): boolean {
    return this.protocol.isOpen && !this.#isCut;
  }

  /** Whether this end has closed: nothing that has come is delivered any more. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether the phase is `cut` or `over`. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Stops after the message being delivered; `release` goes on. Nothing is lost in between. */
  hold(): void {
    if (this.protocol.isHeld || this.#isClosing || !this.protocol.isOpen) return;
    this.#intake.hold();
  }

  release(): void {
    this.#intake.release();
  }

  /** Something was sent: it leaves with the batch or the turn. */
  flushSoon(): void {
    if (this.outbox.unflushedBytes >= FLUSH_BYTES) this.outbox.flush();
    else if (!this.#intake.isInBatch) this.awaitTurnEnd();
  }

  /** Sends Close and waits for the peer's, for at most `closeTimeoutMs`. Throws `StateError` for what cannot be sent. */
  close(code: number | undefined, reason: string): void {
    if (!this.canSend || !this.protocol.sendClose(code, reason)) return;
    this.closedFirstBy ??= "us";
    this.flushSoon();
    this.startClosing();
  }

  /** The closing deadline begins to run, and reading goes on, for the peer's Close may be among what waits. */
  startClosing(): void {
    this.#isClosing = true;
    if (this.#isOver) return;
    this.#awaitEnd();
    this.release();
  }

  /** Ends both directions at once, and forgets what has come. */
  terminate(error?: TransportError): void {
    this.#isClosing = true;
    this.protocol.discard();
    this.#intake.discard();
    this.#destroy(error);
    // Closed before, the transport has nothing more to say.
    if (this.#isTransportClosed) this.host.turns.atTurnEnd({ turnEnded: () => this.#finish() });
  }

  /** Ends the connection by itself unless it has ended by then. */
  #awaitEnd(timeoutMs = this.settings.closeTimeoutMs): void {
    heartbeatsOf(this.clock).remove(this);
    this.#deadline ??= this.clock.schedule(timeoutMs, terminate, this);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.#intake.receive(bytes, start, end);
  }

  heard(): void {
    this.lastReceivedAt = this.clock.now();
  }

  batchEnded(): void {
    this.outbox.flush();
  }

  caughtUp(): void {
    if (this.#hasEnded) this.#finishStream();
    if (this.#isTransportClosed) this.#finish();
  }

  ended(): void {
    this.#hasEnded = true;
    if (this.#intake.isEmpty) this.#finishStream();
  }

  drained(): void {
    this.#stalledAt = -1;
    this.protocol.outputDrained();
    this.outbox.flush();
    this.#listener.drained();
  }

  closed(error: TransportError | undefined): void {
    this.#error ??= error;
    this.#isTransportClosed = true;
    if (this.#intake.isEmpty) this.#finish();
    else this.#cut();
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

  /** Ends both directions at once. What came before is still delivered. */
  die(what: string): void {
    this.#destroy(new TransportError("HEARTBEAT_MISSED", `the peer ${what}`));
  }

  #destroy(error: TransportError | undefined): void {
    this.#error ??= error;
    this.#cut();
    this.outbox.discard();
    this.transport.destroy(error);
  }

  /** A ping of the heartbeat's. */
  pingPeer(): void {
    this.protocol.sendPing(HEARTBEAT_PAYLOAD);
    this.flushSoon();
  }

  isStalled(): boolean {
    const at = this.outbox.isCongested ? this.transport.progress : -1;
    const isStalled = at !== -1 && at === this.#stalledAt;
    this.#stalledAt = at;
    return isStalled;
  }

  #leave(isEnding: boolean): void {
    this.outbox.flush();
    if (isEnding) this.#end();
    this.#awaitEnd(tcpEndTimeoutOf(this));
  }

  /** Ends what is sent, behind everything that waits. */
  #end(): void {
    this.outbox.flushAll();
    this.transport.end();
  }

  awaitTurnEnd(): void {
    if (!this.#isTurnEndAwaited) this.host.turns.atTurnEnd(this);
    this.#isTurnEndAwaited = true;
  }

  /** The peer has sent its last byte, and it has been read. */
  #finishStream(): void {
    this.#cut();
    this.protocol.discard();
    this.#end();
    this.#awaitEnd();
  }

  #cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    heartbeatsOf(this.clock).remove(this);
    this.#listener.cut(this.#error);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#cut();
    this.#isOver = true;
    this.#deadline?.close();
    this.outbox.discard();
    this.codec?.dispose();
    this.#listener.ended(closeInfoOf(this.protocol, this.closedFirstBy), this.#error);
  }

  turnEnded(): void {
    this.#isTurnEndAwaited = false;
    if (this.#isOver) return;
    this.outbox.flush();
    this.#intake.newTurn();
  }
}

function terminate(link: Link): void {
  link.terminate();
}
