// What client and server have in common once each has read its head: frames, in and out, and the end.
//
//   opening ──head──▶ open ──both Closes have passed, a rule was broken, or the stream ended──▶ finished
//      └──────────────── the handshake failed, or was refused ────────────────────────────────────▲
//
// Bytes go in through `receive`, events are what it answers; bytes come out of `send*` and `takeOutput`, in order. One
// `receive` does a bounded share of work; what it leaves unread is kept here, and `hasMore` until it has been read.

import { HandshakeError } from "../handshake/index.js";
import {
  CloseCode,
  CollectedOutput,
  checkBytes,
  type LimitError,
  type ProtocolError,
  type ProtocolSink,
  type Role,
  StateError,
  WebSocketProtocol,
} from "../protocol/index.js";
import type { Agreement } from "./agreement.js";
import type { EndpointEvent } from "./endpoint-event.js";
import type { EndpointSettings } from "./endpoint-options.js";
import { UnreadBytes } from "./unread-bytes.js";

export interface EndpointSendOptions {
  /** Compresses regardless of `thresholdBytes`, or does not. Without effect where permessage-deflate was not agreed. */
  compress?: boolean | undefined;
}

const NOTHING = new Uint8Array(0);

/** One end of one connection, without I/O. `Opening` is the event that only this role has. */
export abstract class Endpoint<Opening> {
  readonly role: Role;
  protected readonly settings: EndpointSettings;
  readonly #nextMaskKey: (() => number) | undefined;
  readonly #output = new CollectedOutput();
  readonly #unread = new UnreadBytes();
  #events: (Opening | EndpointEvent)[] = [];
  #agreement: Agreement | undefined;
  #machine: WebSocketProtocol | undefined;
  #hasEnded = false;
  #isFinished = false;

  protected constructor(role: Role, settings: EndpointSettings, nextMaskKey: (() => number) | undefined) {
    this.role = role;
    this.settings = settings;
    this.#nextMaskKey = nextMaskKey;
  }

  /** The subprotocol in use; "" if none, and while opening. */
  get protocol(): string {
    return this.#agreement?.protocol ?? "";
  }

  /** The extensions in use as the header says them; "" if none, and while opening. */
  get extensions(): string {
    return this.#agreement?.extensions ?? "";
  }

  /** Messages may be sent. */
  get isOpen(): boolean {
    return !this.#isFinished && this.#machine?.isOpen === true;
  }

  /**
   * Nothing more will come in or go out: write what `takeOutput` answers, then end the transport. A client may first wait
   * a while for the server to end it (RFC 6455 §7.1.1).
   */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /**
   * The last `receive` stopped at its `receiveCredit`, or `accept` found bytes behind the request: call `receive` again,
   * without bytes, until this is false. In between, let others have their turn, and take nothing more from the stream.
   */
  get hasMore(): boolean {
    return this.#machine !== undefined && !this.#unread.isEmpty;
  }

  /**
   * Takes bytes from the peer and answers what they meant, in the order of the wire, as far as `receiveCredit` goes. The
   * bytes are borrowed for the call, and unmasked in place; what is unread afterwards is kept. Then write what `takeOutput`
   * answers, and call `receive` without bytes while `hasMore`: what is kept would else wait for the next bytes, and grow
   * with them. Never throws because of the peer.
   */
  receive(bytes: Uint8Array = NOTHING): (Opening | EndpointEvent)[] {
    checkBytes("what came from the peer", bytes);
    const at = this.#machine === undefined && !this.#isFinished ? this.receiveHead(bytes) : 0;
    this.#receiveFrames(bytes, at);
    if (this.#hasEnded && !this.hasMore) this.#end();
    return this.#takeEvents();
  }

  /**
   * The peer will send nothing more: the stream has ended, or was cut. Answers a `close` with code 1006, or an `error`
   * while opening, unless the connection had ended before; while `hasMore`, `receive` without bytes goes on, and answers
   * that last. Then the compressor is free and nothing can be sent.
   */
  receiveEnd(): (Opening | EndpointEvent)[] {
    this.#hasEnded = true;
    return this.receive();
  }

  /** What has to be written and nobody asked for: pongs, the answer to a Close, the Close or refusal after an error. */
  takeOutput(): Uint8Array {
    return this.#output.take();
  }

  /**
   * The bytes of a text message, behind whatever output waited. Like every `send*`: empty when the connection is closing
   * or finished; throws `StateError` `NOT_OPEN` while opening, `INVALID_ARGUMENT` for what is no payload.
   */
  sendText(text: string, { compress }: EndpointSendOptions = {}): Uint8Array {
    return this.#send((machine) => machine.sendText(text, compress));
  }

  /** The bytes of a binary message. The payload is copied. */
  sendBinary(payload: Uint8Array, { compress }: EndpointSendOptions = {}): Uint8Array {
    return this.#send((machine) => machine.sendBinary(payload, compress));
  }

  /** Begins a message that is sent in fragments. Throws `StateError` `MESSAGE_IN_PROGRESS`. */
  beginMessage(isBinary: boolean, { compress }: EndpointSendOptions = {}): void {
    this.#act((machine) => machine.beginMessage(isBinary, compress));
  }

  /** The bytes of the next fragment; of text, all together are UTF-8. Throws `StateError` `NO_MESSAGE_IN_PROGRESS`. */
  sendFragment(payload: Uint8Array, isLast: boolean): Uint8Array {
    return this.#send((machine) => machine.sendFragment(payload, isLast));
  }

  /** The bytes of a ping of at most 125 bytes. Throws `StateError` `CONTROL_PAYLOAD_TOO_LONG`. */
  sendPing(payload: Uint8Array = NOTHING): Uint8Array {
    return this.#send((machine) => machine.sendPing(payload));
  }

  /** The bytes of an unsolicited pong of at most 125 bytes. Pings are answered without it. */
  sendPong(payload: Uint8Array = NOTHING): Uint8Array {
    return this.#send((machine) => machine.sendPong(payload));
  }

  /**
   * The bytes of a Close frame, after which nothing else is sent; the peer's comes as `close`. Throws `StateError`
   * `INVALID_CLOSE_CODE` or `CLOSE_REASON_TOO_LONG`. Default: without a code.
   */
  sendClose(code?: number, reason?: string): Uint8Array {
    return this.#send((machine) => machine.sendClose(code, reason));
  }

  /** Reads what is still missing of the head; answers the offset of the first byte behind it. */
  protected abstract receiveHead(bytes: Uint8Array): number;

  /** How many bytes behind the head wait for the handshake to be complete. */
  protected get earlyBytes(): number {
    return this.#unread.length;
  }

  /** Keeps the bytes from `start` on, which are behind the head, until the handshake is complete. */
  protected keepEarly(bytes: Uint8Array, start: number): void {
    this.#unread.keep(bytes, start);
  }

  protected report(event: Opening | EndpointEvent): void {
    this.#events.push(event);
  }

  protected write(bytes: Uint8Array): void {
    this.#output.append(bytes);
  }

  /** The handshake is complete. */
  protected open(agreement: Agreement): void {
    const { limits, byteEngine: engine } = this.settings;
    this.#agreement = agreement;
    this.#machine = new WebSocketProtocol({
      role: this.role,
      sink: sinkOf((event) => this.report(event)),
      output: this.#output,
      nextMaskKey: this.#nextMaskKey,
      limits,
      engine,
      codec: agreement.codec,
    });
  }

  /** The handshake failed. */
  protected fail(error: HandshakeError): void {
    this.report({ type: "error", error });
    this.finish();
  }

  /** Nothing more comes in or goes out. */
  protected finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#unread.clear();
    this.#agreement?.codec?.dispose();
  }

  /** Reads what waits and then the new bytes, within the credit; does nothing while opening. */
  #receiveFrames(bytes: Uint8Array, start: number): void {
    const machine = this.#machine;
    if (machine === undefined || this.#isFinished) return;
    machine.credit = this.settings.receiveCredit;
    if (this.hasMore) this.#unread.drain((waiting) => machine.receive(waiting));
    this.#unread.keep(bytes, this.hasMore ? start : machine.receive(bytes, start));
    const isClosed = machine.closeSent !== undefined && machine.closeReceived !== undefined;
    if (isClosed || machine.error !== undefined) this.finish();
  }

  /** The stream is over, and everything that came has been read. */
  #end(): void {
    if (this.#isFinished) return;
    if (this.#machine === undefined) {
      const text = "the stream ended before the opening handshake was complete";
      this.fail(new HandshakeError("CONNECTION_ENDED", text));
    } else this.report({ type: "close", code: CloseCode.ABNORMAL, reason: "" });
    this.finish();
  }

  #takeEvents(): (Opening | EndpointEvent)[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #act(action: (machine: WebSocketProtocol) => unknown): void {
    if (this.#isFinished) return;
    if (this.#machine === undefined) {
      throw new StateError("NOT_OPEN", "nothing can be sent before the opening handshake is complete");
    }
    action(this.#machine);
  }

  #send(action: (machine: WebSocketProtocol) => unknown): Uint8Array {
    this.#act(action);
    return this.#output.take();
  }
}

function sinkOf(report: (event: EndpointEvent) => void): ProtocolSink {
  return {
    message: (data) => report(typeof data === "string" ? { type: "text", data } : { type: "binary", data }),
    ping: (data) => report({ type: "ping", data }),
    pong: (data) => report({ type: "pong", data }),
    peerClosed: (code, reason) => report({ type: "close", code, reason }),
    failed: (error: ProtocolError | LimitError) => report({ type: "error", error }),
  };
}
