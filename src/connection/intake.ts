// Bytes from the transport into the machine, batch by batch. What the machine does not take now, because somebody holds it or
// its share of the turn is used up, waits here; meanwhile nothing more is read.

import { currentScope } from "../host/index.js";
import { TURN_CREDIT, type WebSocketProtocol } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import { concatBytes } from "./concat-bytes.js";

/** The link, as far as its intake needs it. */
export interface IntakeHost {
  readonly protocol: WebSocketProtocol;
  readonly transport: Transport;
  /** Bytes came, or those that came while nobody read are to be read: until now, silence said nothing about the peer. */
  heard(): void;
  /** A batch has been read. */
  batchEnded(): void;
  /** `newTurn` is to be called when the turn ends. */
  awaitTurnEnd(): void;
  /** Nothing waits, and nobody holds. */
  caughtUp(): void;
}

export class Intake {
  readonly #host: IntakeHost;
  /** Of whoever has made the connection: at the end of a turn, those of many follow each other. */
  readonly #scope = currentScope();
  #waiting: Uint8Array | undefined;
  #isInBatch = false;

  constructor(host: IntakeHost) {
    this.#host = host;
    host.protocol.credit = TURN_CREDIT;
  }

  /** Output of a batch leaves when it ends. */
  get isInBatch(): boolean {
    return this.#isInBatch;
  }

  /** Everything that came has been read. */
  get isEmpty(): boolean {
    return this.#waiting === undefined;
  }

  /** Begins to read from the transport. */
  start(): void {
    const { protocol, transport } = this.#host;
    if (protocol.isHeld || !this.isEmpty) transport.pause();
    else transport.resume();
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.#host.heard();
    const at = this.#waiting === undefined ? this.#read(bytes, start, end) : start;
    if (at === end) return;
    const unread = bytes.subarray(at, end);
    this.#waiting = this.#waiting === undefined ? unread.slice() : concatBytes(this.#waiting, unread);
    this.#host.transport.pause();
  }

  /** Stops after the message being delivered; `release` goes on. Nothing is lost in between. */
  hold(): void {
    this.#host.protocol.isHeld = true;
    if (!this.#isInBatch) this.#host.transport.pause();
  }

  release(): void {
    const { protocol } = this.#host;
    if (!protocol.isHeld) return;
    protocol.isHeld = false;
    if (!this.#isInBatch) this.#goOn();
  }

  /** The peer has a share of the turn that begins. */
  newTurn(): void {
    const { protocol } = this.#host;
    protocol.credit = TURN_CREDIT;
    if (this.#waiting !== undefined && !protocol.isHeld) this.#scope.runInAsyncScope(this.#goOn, this);
  }

  /** Forgets what waits. */
  discard(): void {
    this.#waiting = undefined;
  }

  #read(bytes: Uint8Array, start: number, end: number): number {
    const { protocol, transport } = this.#host;
    this.#isInBatch = true;
    const at = protocol.receive(bytes, start, end);
    this.#isInBatch = false;
    this.#host.batchEnded();
    if (protocol.isHeld) transport.pause();
    if (protocol.credit < TURN_CREDIT / 2) this.#host.awaitTurnEnd();
    return at;
  }

  /** Reads what waits, until held again or out of credit, then from the transport. */
  #goOn(): void {
    const { protocol, transport } = this.#host;
    this.#host.heard();
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      const at = this.#read(waiting, 0, waiting.length);
      if (at < waiting.length) {
        this.#waiting = waiting.subarray(at);
        return;
      }
    }
    if (protocol.isHeld) return;
    this.#host.caughtUp();
    transport.resume();
  }
}
