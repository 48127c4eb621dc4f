// The first moments of an accepted socket: one request head, within its limits and its deadline. An upgrade is answered
// here; everything else is handed to the HTTP server with all the bytes that came.

import type { Duplex } from "node:stream";
import {
  HandshakeError,
  isUpgradeRequest,
  type RequestHead,
  RequestHeadReader,
  readPartialHead,
  refusalOf,
} from "../handshake/index.js";
import { MessageBuffer } from "../protocol/index.js";
import type { Transport, TransportError, TransportSink } from "../transport/index.js";
import type { Refused } from "./admission.js";
import { startDeadline } from "./handshake-deadline.js";
import { toRequestStream } from "./request-stream.js";
import type { UpgradeTaker } from "./upgrade-taker.js";

export interface HeadSessionHost<Admitted> {
  readonly upgrader: UpgradeTaker<Admitted>;
  /** The connection speaks plain HTTP: `stream` begins with its first byte. */
  handOver(stream: Duplex): void;
  /** The session is over, one way or another. */
  left(session: HeadSession<Admitted>): void;
}

export class HeadSession<Admitted> implements TransportSink {
  /** Where the host keeps this session. */
  place: number;
  readonly #transport: Transport;
  readonly #host: HeadSessionHost<Admitted>;
  readonly #reader: RequestHeadReader;
  readonly #timer: NodeJS.Timeout;
  /** The head so far, once it has turned out to come in pieces. */
  #pieces: MessageBuffer | undefined;
  #isDone = false;

  constructor(transport: Transport, host: HeadSessionHost<Admitted>, place: number) {
    this.place = place;
    const { settings } = host.upgrader;
    this.#transport = transport;
    this.#host = host;
    this.#reader = new RequestHeadReader(settings.headLimits);
    this.#timer = startDeadline(settings.handshakeTimeoutMs, this.#expire);
    transport.attach(this);
  }

  /** Ends the connection without an answer. */
  abandon(): void {
    this.#leave();
    this.#transport.destroy();
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isDone) return;
    const at = this.#reader.receive(bytes, start, end);
    const { result } = this.#reader;
    if (result === undefined) {
      this.#pieces ??= new MessageBuffer();
      this.#pieces.append(bytes, start, end, end - start);
    } else if (result instanceof HandshakeError) {
      this.#noteRefused(result, this.#taken(bytes, start, end));
      this.#refuse({ refusal: refusalOf(result), error: result });
    } else if (isUpgradeRequest(result)) this.#upgrade(result, at < end ? bytes.slice(at, end) : undefined);
    else this.#handOver(bytes, start, end);
  }

  ended(): void {
    // The client gave up, or has nothing to say after its request; without a whole request there is nothing to answer.
    if (this.#reader.result === undefined) this.abandon();
  }

  drained(): void {}

  closed(_error: TransportError | undefined): void {
    this.#leave();
  }

  #upgrade(head: RequestHead, early: Uint8Array | undefined): void {
    const verdict = this.#host.upgrader.admit({ head, peer: this.#transport });
    if (!(verdict instanceof Promise)) {
      this.#conclude(verdict, early);
      return;
    }
    // While the application decides, the client has to wait with what it has to say.
    this.#transport.pause();
    void verdict.then((settled) => {
      if (this.#isDone) return;
      this.#transport.resume();
      this.#conclude(settled, early);
    });
  }

  #conclude(verdict: Admitted | Refused, early: Uint8Array | undefined): void {
    this.#leave();
    this.#host.upgrader.conclude(verdict, this.#transport, early);
  }

  readonly #expire = (refused: Refused): void => {
    const { error } = refused;
    // Whoever has said nothing has asked for nothing.
    if (this.#pieces !== undefined && error instanceof HandshakeError)
      this.#noteRefused(error, this.#pieces.take());
    this.#refuse(refused);
  };

  #refuse(refused: Refused): void {
    this.#leave();
    this.#host.upgrader.refuse(refused, this.#transport);
  }

  #noteRefused(error: HandshakeError, bytes: Uint8Array): void {
    const { upgrader } = this.#host;
    if (upgrader.refusedUnseen === undefined) return;
    const { maxHeadBytes } = upgrader.settings.headLimits;
    const { method, target, headers } = readPartialHead(bytes, 0, Math.min(bytes.length, maxHeadBytes));
    const kind = isUpgradeRequest({ headers }) ? "websocket" : "http";
    upgrader.refusedUnseen({ kind, method, url: target, headers, peer: this.#transport }, error);
  }

  #handOver(bytes: Uint8Array, start: number, end: number): void {
    this.#leave();
    toRequestStream(this.#transport, this.#taken(bytes, start, end), (stream) => this.#host.handOver(stream));
  }

  /** All that has come, with what is coming now. */
  #taken(bytes: Uint8Array, start: number, end: number): Uint8Array {
    this.#pieces?.append(bytes, start, end, end - start);
    return this.#pieces === undefined ? bytes.slice(start, end) : this.#pieces.take();
  }

  #leave(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#host.left(this);
  }
}
