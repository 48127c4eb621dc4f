// The WebSocket connection behind a `WebSocket` or a `WebSocketStream`: what the standard calls to establish, to close and to
// fail it, over what `connect` gives. It reports, and the interface decides in which task that shows.

import { connect } from "../client/index.js";
import { ClosedError, type CloseInfo, toError, type WebSocketConnection } from "../connection/index.js";
import { LimitError, ProtocolError } from "../protocol/index.js";
import { TransportError } from "../transport/index.js";
import { addressSpaceOf } from "./address-space.js";
import { isMixedContent } from "./base-url.js";
import { hasBlockedPort } from "./blocked-port.js";
import { hostOf, takeTurn } from "./host-turn.js";
import type { SocketRequest } from "./socket-options.js";
import { UnsentBytes } from "./unsent-bytes.js";

/** How a channel ended. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** Why the connection had to be failed; undefined when it was not. */
  readonly failure: Error | undefined;
}

/** Where a channel reports, in this order. */
export interface ChannelListener {
  established(connection: WebSocketConnection): void;
  /** With a promise, the next message waits for it. */
  message(data: string | Uint8Array): unknown;
  /** The connection is over; messages that have come may still follow. */
  over?(): void;
  /** The last call. Never made while the channel is being constructed. */
  ended(ending: Ending): void;
}

type Payload = string | Uint8Array | Blob;

/** A longer message may be compressed in pieces of this length, a turn each; when the peer closes meanwhile, it is dropped. */
const PIECE_LENGTH = 131_072;
/** Three bytes at most for each unit of a text. */
const MAX_WHOLE_TEXT = PIECE_LENGTH / 3;

export class Channel {
  readonly #listener: ChannelListener;
  readonly #stop = new AbortController();
  readonly #unsent = new UnsentBytes();
  #connection: WebSocketConnection | undefined;
  #failure: Error | undefined;
  /** What was reported of the network; why the connection was lost, if it was. */
  #trouble: Error | undefined;

  /** Begins to establish the connection. */
  constructor(url: URL, request: SocketRequest, listener: ChannelListener) {
    this.#listener = listener;
    const { signal } = request;
    // An open connection is not the signal's any more.
    const onAbort = (): void => {
      if (this.#connection === undefined) this.fail(toError(signal?.reason));
    };
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    void this.#establish(url, request).finally(() => signal?.removeEventListener("abort", onAbort));
  }

  /** Close was sent, asked for or received. */
  get isClosing(): boolean {
    return this.#connection !== undefined && this.#connection.readyState !== 1;
  }

  get bufferedAmount(): number {
    return this.#unsent.amount;
  }

  /** Sends a message, or counts what can no longer be sent. */
  send(payload: Payload): void {
    const byteLength = byteLengthOf(payload);
    if (this.#connection?.readyState !== 1) {
      this.#unsent.lose(byteLength);
      return;
    }
    this.#unsent.add(byteLength, this.#takesTurns(payload));
    this.#connection.send(payload);
  }

  /** Sends a message. False when the connection has closed before the network took the whole of it. */
  async write(payload: string | Uint8Array): Promise<boolean> {
    const connection = this.#connection;
    if (connection?.readyState !== 1) return false;
    // `send` would not tell what has become of a message that is compressed in pieces.
    if (this.#takesTurns(payload)) {
      const pieces = connection.sendStream(piecesOf(payload), { compress: true });
      if (!(await pieces.then(isDone, isNotDone))) return false;
    } else connection.send(payload);
    return connection.drained();
  }

  /** Starts the closing handshake. A reason needs a code: without one it is 1000. */
  close(code: number | undefined, reason: string): void {
    // Without a code Close has no body, which `send` knows as 1005.
    const status = code ?? (reason === "" ? 1005 : 1000);
    if (!this.isClosing) this.#unsent.close();
    this.#connection?.send({ type: "close", code: status, reason });
  }

  /** Fails the WebSocket connection, established or not. */
  fail(failure: Error): void {
    this.#failure ??= failure;
    this.#stop.abort();
    this.#connection?.terminate();
  }

  /** Whether the message is behind the peer's Close, and thus dropped, when that comes before it was sent. */
  #takesTurns(payload: Payload): boolean {
    if (payload instanceof Blob) return true;
    const isLong = payload.length > (typeof payload === "string" ? MAX_WHOLE_TEXT : PIECE_LENGTH);
    return isLong && this.#connection?.extensions !== "";
  }

  async #establish(url: URL, request: SocketRequest): Promise<void> {
    try {
      this.#begin(await this.#connect(url, request));
    } catch (error) {
      const failure = this.#failure ?? toError(error);
      this.#unsent.end(false);
      this.#listener.ended({ code: 1006, reason: "", wasClean: false, failure });
    }
  }

  async #connect(url: URL, request: SocketRequest): Promise<WebSocketConnection> {
    if (this.#failure !== undefined) throw this.#failure;
    if (hasBlockedPort(url))
      throw new DOMException(
        `port ${url.port} belongs to another protocol, and the Fetch Standard blocks it`,
        "NetworkError",
      );
    if (isMixedContent(url))
      throw new DOMException(
        `${url.origin} is without TLS, and the page has been loaded with it`,
        "NetworkError",
      );
    const { signal } = this.#stop;
    const { socketPath } = request.connect;
    const endTurn = request.connectInTurn ? await takeTurn(socketPath ?? hostOf(url), signal) : undefined;
    try {
      const connection = await connect(url, { ...request.connect, signal });
      const refusal = this.#failure ?? judge(connection, request);
      if (refusal === undefined) return connection;
      connection.terminate();
      throw refusal;
    } finally {
      endTurn?.();
    }
  }

  #begin(connection: WebSocketConnection): void {
    this.#connection = connection;
    this.#unsent.watch(connection);
    this.#listener.established(connection);
    void connection.closed.then(() => this.#listener.over?.());
    connection.listen({
      message: (_ws, data) => this.#listener.message(data),
      error: (_ws, error) => this.#noteError(error),
      close: () => connection.closed.then((info) => this.#finish(info)),
    });
  }

  #noteError(error: Error): void {
    if (error instanceof TransportError) {
      this.#trouble ??= error;
      return;
    }
    this.#failure ??= error;
    const isPeersFault = error instanceof ProtocolError || error instanceof LimitError;
    const isFull = error instanceof LimitError && error.code === "BUFFER_FULL";
    // The peer is being told of what it did. Of what we cannot send it needs not hear: the standard closes TCP.
    if (isFull || !isPeersFault) this.#connection?.terminate();
  }

  #finish(info: CloseInfo): void {
    const { code, reason, wasClean, received, closedFirstBy } = info;
    // RFC 6455 §7.2.1: "If at any point the underlying transport layer connection is unexpectedly lost, the client MUST _Fail
    // the WebSocket Connection_."
    const lost = received === undefined ? new ClosedError(info, { cause: this.#trouble }) : undefined;
    const failure = this.#failure ?? lost;
    this.#unsent.end(wasClean && closedFirstBy === "us");
    if (failure === undefined) this.#listener.ended({ code, reason, wasClean, failure });
    else this.#listener.ended({ code: 1006, reason: "", wasClean: false, failure });
  }
}

/** Why an agreement is not one for a script. */
function judge(connection: WebSocketConnection, request: SocketRequest): Error | undefined {
  const { protocols, targetAddressSpace } = request;
  // WebSockets Standard, "establish a WebSocket connection": unlike RFC 6455, a server has to choose a subprotocol when some
  // were offered.
  if (protocols.length > 0 && connection.protocol === "")
    return new DOMException("the server chose none of the subprotocols", "NetworkError");
  const space = addressSpaceOf(connection.remoteAddress);
  if (targetAddressSpace !== undefined && targetAddressSpace !== space)
    return new DOMException(`the server is ${space}, not ${targetAddressSpace}`, "NetworkError");
  return undefined;
}

const isDone = (): boolean => true;
const isNotDone = (): boolean => false;

/** Bytes are copied: whoever writes them may use them again. */
function piecesOf(payload: string | Uint8Array): (string | Uint8Array)[] {
  const kept = typeof payload === "string" ? payload : Uint8Array.from(payload);
  const pieces: (string | Uint8Array)[] = [];
  for (let at = 0; at < kept.length; at += PIECE_LENGTH) {
    const end = at + PIECE_LENGTH;
    pieces.push(typeof kept === "string" ? kept.slice(at, end) : kept.subarray(at, end));
  }
  return pieces;
}

function byteLengthOf(payload: Payload): number {
  if (typeof payload === "string") return Buffer.byteLength(payload);
  return payload instanceof Blob ? payload.size : payload.byteLength;
}
