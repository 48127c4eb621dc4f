// RFC 6455 after the opening handshake, as one deterministic machine without clock, socket or randomness:
//
//             sendClose                      peer's Close
//   OPEN ───────────────────▶ CLOSE SENT ───────────────────▶ CLOSED (both Close frames have passed)
//    │ peer's Close: reported, answered with the same code ───▶ CLOSED
//    │ a rule or limit broken, in CLOSE SENT too: reported once, Close sent if none was, all else discarded ─▶ FAILED
//
// `receive` never throws because of the peer. `send*` throw StateError on misuse only. The transport's end is the
// caller's to report and to cause: a server ends TCP once both Close frames have passed, a client waits for that.

import { checkBytes, checkType, describeValue, invalidArgument } from "./argument.js";
import { type ByteEngine, pureEngine } from "./byte-engine.js";
import { CloseCode } from "./close-code.js";
import { type CloseStatus, parseCloseStatus } from "./close-status.js";
import { type LimitError, ProtocolError, StateError } from "./errors.js";
import type { FrameOutput } from "./frame-output.js";
import { defaultLimits, type Limits } from "./limits.js";
import type { MessageCodec } from "./message-codec.js";
import { Opcode } from "./opcode.js";
import { Receiver, type ReceiverSink } from "./receiver.js";
import { Sender } from "./sender.js";

/** Which end of the connection: clients mask what they send, servers do not. */
export type Role = "client" | "server";

/** What the machine reports, in the order of the wire. */
export interface ProtocolSink {
  /** A whole message. Text is a string; binary is a block of its own. */
  message(data: string | Uint8Array, isBinary: boolean): void;
  /** A ping, already answered. */
  ping(payload: Uint8Array): void;
  pong(payload: Uint8Array): void;
  /** The peer's Close, already answered. Code 1005 when it carried none. Nothing follows. */
  peerClosed(code: number, reason: string): void;
  /** The peer broke a rule or a limit; a Close with `error.closeCode` was written, unless one was before. Nothing follows. */
  failed(error: ProtocolError | LimitError): void;
}

export interface ProtocolOptions {
  role: Role;
  sink: ProtocolSink;
  output: FrameOutput;
  /** A client's source of masking keys: 32 fresh bits, unpredictable to the application (RFC 6455 §5.3, §10.3). */
  nextMaskKey?: (() => number) | undefined;
  limits?: Readonly<Limits> | undefined;
  engine?: ByteEngine | undefined;
  /** permessage-deflate as negotiated. */
  codec?: MessageCodec | undefined;
}

export class WebSocketProtocol {
  /** What the receiver reports to: an object of its own, so that nobody else can report anything. */
  static readonly #Intake = class implements ReceiverSink {
    readonly #machine: WebSocketProtocol;
    constructor(machine: WebSocketProtocol) {
      this.#machine = machine;
    }

    message(data: string | Uint8Array, isBinary: boolean): void {
      this.#machine.#sink.message(data, isBinary);
    }

    control(opcode: number, payload: Uint8Array): void {
      this.#machine.#control(opcode, payload);
    }

    failed(error: ProtocolError | LimitError): void {
      this.#machine.#failed(error);
    }
  };

  readonly role: Role;
  readonly #sink: ProtocolSink;
  readonly #output: FrameOutput;
  readonly #engine: ByteEngine;
  readonly #receiver: Receiver;
  readonly #nextMaskKey: (() => number) | undefined;
  /** Made for the first frame: a connection that only listens has none. */
  #madeSender: Sender | undefined;
  readonly #codec: MessageCodec | undefined;
  #sent: CloseStatus | undefined;
  #received: CloseStatus | undefined;
  #error: ProtocolError | LimitError | undefined;
  #waitingPong: Uint8Array | undefined;

  constructor(options: ProtocolOptions) {
    const { role, output, codec, nextMaskKey } = options;
    if (role === "client" && nextMaskKey === undefined)
      throw invalidArgument("a client needs nextMaskKey, a source of unpredictable masking keys");
    this.role = role;
    this.#sink = options.sink;
    this.#output = output;
    this.#codec = codec;
    this.#engine = options.engine ?? pureEngine;
    this.#receiver = new Receiver(new WebSocketProtocol.#Intake(this), {
      isMaskExpected: role === "server",
      engine: this.#engine,
      limits: options.limits ?? defaultLimits,
      codec,
    });
    this.#nextMaskKey = role === "client" ? nextMaskKey : undefined;
  }

  /** Neither a Close has passed nor a rule been broken: what is sent can be heard. */
  get isOpen(): boolean {
    // RFC 6455 §5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
    return this.#sent === undefined && this.#received === undefined;
  }

  /** The Close frame that was sent; code 1005 when it carried none. */
  get closeSent(): CloseStatus | undefined {
    return this.#sent;
  }

  /** The Close frame that was received; code 1005 when it carried none. */
  get closeReceived(): CloseStatus | undefined {
    return this.#received;
  }

  /** What the peer broke, if anything. */
  get error(): ProtocolError | LimitError | undefined {
    return this.#error;
  }

  /** The bytes so far do not end inside a frame or a message: for whoever brings the sockets, and wants to know at the end
   * of the stream whether it was cut off. */
  get isBetweenMessages(): boolean {
    return this.#receiver.isBetweenFrames && !this.#receiver.isInMessage;
  }

  /** A fragmented message has begun to be sent and has not ended. */
  get isSendingMessage(): boolean {
    return this.#madeSender?.isInMessage === true;
  }

  /** Hold from inside a sink call to stop `receive` after it; what is unread is the caller's to keep and to feed again. */
  get isHeld(): boolean {
    return this.#receiver.isHeld;
  }

  set isHeld(isHeld: boolean) {
    this.#receiver.isHeld = isHeld;
  }

  /** Work that `receive` may still do, counted in bytes inflated; it falls with every frame. Once none is left, `receive`
   * stops between two frames or within a large compressed one, and goes on when it is set anew. Default `Infinity`. */
  get credit(): number {
    return this.#receiver.credit;
  }

  set credit(credit: number) {
    this.#receiver.credit = credit;
  }

  /**
   * Takes bytes from the peer. They are borrowed for the call, and unmasked in place. Answers the offset of the first
   * byte not read, which is `end` unless the sink held the machine or its credit was used up.
   */
  receive(bytes: Uint8Array, start = 0, end?: number): number {
    checkBytes("what came from the peer", bytes);
    return this.#receiver.receive(bytes, start, end ?? bytes.length);
  }

  /** Sends a text message. `compress` overrides the codec's threshold. False: a Close was sent, nothing else may follow. */
  sendText(text: string, compress?: boolean): boolean {
    checkType("compress", compress, "boolean", "true or false");
    if (typeof text !== "string")
      throw invalidArgument(`a text is ${describeValue(text)}; it takes a string`);
    if (!this.isOpen) return false;
    this.#sender.text(text, compress);
    return true;
  }

  /** Sends a binary message. */
  sendBinary(payload: Uint8Array, compress?: boolean): boolean {
    if (!this.#takes(payload)) return false;
    this.#sender.binary(payload, compress);
    return true;
  }

  /** Sends a text message whose UTF-8 bytes are at hand. */
  sendEncodedText(utf8: Uint8Array, compress?: boolean): boolean {
    if (!this.#takes(utf8)) return false;
    this.#sender.payload(Opcode.TEXT, utf8, compress);
    return true;
  }

  /** Sends a message that `encodeMessage` made. Only a server may, since a client masks every frame afresh. */
  sendEncoded(frame: Uint8Array): boolean {
    if (!this.#takes(frame)) return false;
    if (this.role === "client") throw invalidArgument("a client cannot send a frame that is not masked");
    if (this.#sender.isInMessage)
      throw new StateError("MESSAGE_IN_PROGRESS", "a fragmented message is being sent");
    // The peer's window now ends with a message that this side's compressor has not seen.
    if ((frame[0] & 0x40) !== 0) this.#codec?.forgetEncoded();
    this.#output.append(frame);
    return true;
  }

  /** Begins a message whose fragments follow through `sendFragment`. */
  beginMessage(isBinary: boolean, compress = false): boolean {
    checkType("isBinary", isBinary, "boolean", "true for a binary message, false for text");
    if (!this.isOpen) return false;
    this.#sender.begin(isBinary ? Opcode.BINARY : Opcode.TEXT, compress);
    return true;
  }

  /** Sends the next fragment; for text, the fragments together are UTF-8. */
  sendFragment(payload: Uint8Array, isLast: boolean): boolean {
    if (!this.#takes(payload)) return false;
    this.#sender.fragment(payload, isLast);
    return true;
  }

  /** Sends a ping of at most 125 bytes. */
  sendPing(payload: Uint8Array): boolean {
    if (!this.#takes(payload)) return false;
    this.#sender.control(Opcode.PING, payload);
    return true;
  }

  /** Sends an unsolicited pong of at most 125 bytes (RFC 6455 §5.5.3). */
  sendPong(payload: Uint8Array): boolean {
    if (!this.#takes(payload)) return false;
    this.#sender.control(Opcode.PONG, payload);
    return true;
  }

  /** Sends Close. The peer's answer comes as `peerClosed`. False when a Close was sent before. */
  sendClose(code?: number, reason = ""): boolean {
    if (this.#sent !== undefined) return false;
    this.#sender.close(code, reason);
    this.#sent = { code: code ?? CloseCode.NO_STATUS, reason };
    return true;
  }

  /** The output is no longer congested: the newest waiting pong leaves. */
  outputDrained(): void {
    const payload = this.#waitingPong;
    if (payload === undefined) return;
    this.#waitingPong = undefined;
    this.sendPong(payload);
  }

  /** From now on, what the peer sends is read and forgotten. */
  discard(): void {
    this.#receiver.discard();
  }

  /** Whether the payload can be sent. Throws `StateError` for what is none. */
  #takes(payload: Uint8Array): boolean {
    checkBytes("a payload", payload);
    return this.isOpen;
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === Opcode.CLOSE) this.#receiveClose(payload);
    else if (opcode === Opcode.PONG) this.#sink.pong(payload);
    else {
      // RFC 6455 §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it
      // already received a Close frame." §5.5.3 allows answering the most recent ping only.
      this.#waitingPong = this.#output.isCongested ? payload.slice() : undefined;
      if (this.#waitingPong === undefined) this.sendPong(payload);
      this.#sink.ping(payload);
    }
  }

  #failed(error: ProtocolError | LimitError): void {
    this.#error = error;
    this.#receiver.discard();
    // RFC 6455 §7.1.7: the endpoint should say why before it ends the connection; the code is all that it says.
    this.sendClose(error.closeCode);
    this.#sink.failed(error);
  }

  get #sender(): Sender {
    this.#madeSender ??= new Sender({
      output: this.#output,
      engine: this.#engine,
      codec: this.#codec,
      nextMaskKey: this.#nextMaskKey,
    });
    return this.#madeSender;
  }

  #receiveClose(payload: Uint8Array): void {
    const status = parseCloseStatus(this.#engine, payload);
    if (status instanceof ProtocolError) {
      this.#failed(status);
      return;
    }
    this.#received = status;
    // RFC 6455 §1.4: what comes after the peer's Close is discarded.
    this.#receiver.discard();
    // RFC 6455 §5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint
    // MUST send a Close frame in response", and it "typically echos the status code it received".
    this.sendClose(status.code === CloseCode.NO_STATUS ? undefined : status.code);
    this.#sink.peerClosed(status.code, status.reason);
  }
}
