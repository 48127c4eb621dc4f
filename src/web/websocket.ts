// WebSocket of the WHATWG WebSockets Standard. Its state changes, and its events are fired, in tasks of their own, in the order
// in which the protocol reports; what a method does shows at once.

import type { BufferSource, WebSocketConnection } from "../connection/index.js";
import { parseSocketUrl } from "./base-url.js";
import { Channel, type Ending } from "./channel.js";
import { checkClose } from "./close-arguments.js";
import type { CloseEvent } from "./close-event.js";
import { toBytes, toClampedShort, toDomString, toUsvString } from "./conversion.js";
import { EventHandlers } from "./event-handlers.js";
import {
  type EventTypes,
  errorEvent,
  eventTypesOf,
  type SocketData,
  type SocketErrorEvent,
} from "./fired-event.js";
import { needArguments, shapeInterface } from "./interface-shape.js";
import type { MessageEvent } from "./message-event.js";
import { type EventHandler, SocketEventTarget } from "./socket-events.js";
import { checkProtocols, toSocketRequest, type WebSocketOptions } from "./socket-options.js";

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
const { CONNECTING, OPEN, CLOSING, CLOSED } = states;

export type BinaryType = "blob" | "arraybuffer";

/**
 * A connection to a server, as pages have it: `new WebSocket(url)`, then events `open`, `message`, `error` and `close`.
 *
 * The second argument is a subprotocol, a list of them, or `WebSocketOptions`: those of `connect`. Throws a "SyntaxError"
 * `DOMException` for a URL that is not one of ws:, wss:, http: or https:, or has a fragment, and for subprotocols that are no
 * tokens or come twice; `StateError` for options that are not known. Whatever fails later fires `error`, with the reason in its
 * `error`, and then `close` with 1006.
 */
export class WebSocket extends SocketEventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #url: URL;
  readonly #channel: Channel;
  readonly #handlers = new EventHandlers(this);
  #readyState: number = CONNECTING;
  #protocol = "";
  #extensions = "";
  #binaryType: BinaryType = "blob";
  #knownEventTypes: EventTypes | undefined;
  /** Tasks that are queued or run. */
  #tasks = 0;

  constructor(url: string | URL, protocols: string | Iterable<string> | WebSocketOptions = []) {
    needArguments(arguments.length, 1, "WebSocket");
    super();
    const text = toUsvString(url);
    const request = toSocketRequest(protocols);
    this.#url = parseSocketUrl(text);
    checkProtocols(request.protocols);
    this.#channel = new Channel(this.#url, request, {
      established: (connection) => this.#queueTask(() => this.#open(connection)),
      message: (data) => this.#queueTask(() => this.#deliver(data)),
      ended: (ending) => this.#queueTask(() => this.#end(ending)),
    });
  }

  /** The URL, whole and with the scheme ws: or wss:. */
  get url(): string {
    return this.#url.href;
  }

  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  get readyState(): number {
    // The peer's Close shows in a task after those of the messages before it.
    const isClosedByPeer = this.#readyState === OPEN && this.#tasks === 0 && this.#channel.isClosing;
    return isClosedByPeer ? CLOSING : this.#readyState;
  }

  /**
   * Bytes of messages, without frames and compression, that the network has not taken. It grows with `send`, in whatever
   * state, falls between tasks, and is not reset when the connection closes.
   */
  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  /** The extensions in use as the server's header says them, "" before the connection is open. */
  get extensions(): string {
    return this.#extensions;
  }

  /** The subprotocol in use, "" if none and before the connection is open. */
  get protocol(): string {
    return this.#protocol;
  }

  /** What binary messages are delivered as. What is neither "blob" nor "arraybuffer" changes nothing. Default "blob". */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }
  set binaryType(value: BinaryType) {
    // Throws for what is no WebSocket, before anything is converted.
    void this.#channel;
    const text = toDomString(value);
    if (text === "blob" || text === "arraybuffer") this.#binaryType = text;
  }

  get onopen(): EventHandler<WebSocket, Event> {
    return this.#handlers.get("open") as EventHandler<WebSocket, Event>;
  }
  set onopen(handler: EventHandler<WebSocket, Event>) {
    this.#handlers.set("open", handler);
  }

  get onerror(): EventHandler<WebSocket, SocketErrorEvent> {
    return this.#handlers.get("error") as EventHandler<WebSocket, SocketErrorEvent>;
  }
  set onerror(handler: EventHandler<WebSocket, SocketErrorEvent>) {
    this.#handlers.set("error", handler);
  }

  get onclose(): EventHandler<WebSocket, CloseEvent> {
    return this.#handlers.get("close") as EventHandler<WebSocket, CloseEvent>;
  }
  set onclose(handler: EventHandler<WebSocket, CloseEvent>) {
    this.#handlers.set("close", handler);
  }

  get onmessage(): EventHandler<WebSocket, MessageEvent<SocketData>> {
    return this.#handlers.get("message") as EventHandler<WebSocket, MessageEvent<SocketData>>;
  }
  set onmessage(handler: EventHandler<WebSocket, MessageEvent<SocketData>>) {
    this.#handlers.set("message", handler);
  }

  /**
   * Starts the closing handshake, behind what was sent before; a connection that is not open yet fails. Does nothing when it is
   * closing or closed. `code` is 1000 or 3000 to 4999, or an "InvalidAccessError" `DOMException` is thrown; without one, Close
   * has none, unless there is a reason: then it is 1000. `reason` has at most 123 bytes in UTF-8, or it is a "SyntaxError".
   */
  close(code: number | undefined = undefined, reason: string | undefined = undefined): void {
    // Throws for what is no WebSocket, before anything is converted.
    const channel = this.#channel;
    const status = code === undefined ? undefined : toClampedShort(code);
    const text = reason === undefined ? "" : toUsvString(reason);
    checkClose(status, text);
    if (this.readyState >= CLOSING) return;
    const isConnecting = this.#readyState === CONNECTING;
    this.#readyState = CLOSING;
    if (isConnecting) channel.fail(closedTooSoon());
    else channel.close(status, text);
  }

  /**
   * Sends a message: text, or the bytes of a buffer, a view or a Blob. Bytes are copied, a Blob is read later, and messages
   * keep their order. A lone surrogate becomes U+FFFD. Throws an "InvalidStateError" `DOMException` before the connection is
   * open; afterwards it never throws because of the state, but counts what will not be sent in `bufferedAmount`.
   */
  send(data: string | BufferSource | Blob): void {
    const channel = this.#channel;
    needArguments(arguments.length, 1, "send");
    const payload = data instanceof Blob ? data : (toBytes(data) ?? toUsvString(data));
    if (this.#readyState === CONNECTING)
      throw new DOMException("the WebSocket is not open yet: wait for its event open", "InvalidStateError");
    channel.send(payload);
  }

  #queueTask(task: () => void): void {
    this.#tasks++;
    setImmediate(() => {
      task();
      this.#tasks--;
    });
  }

  #open({ protocol, extensions }: WebSocketConnection): void {
    // The script has closed before it could know.
    if (this.#readyState !== CONNECTING) return;
    this.#readyState = OPEN;
    this.#extensions = extensions;
    this.#protocol = protocol;
    this.dispatchEvent(new Event("open"));
  }

  get #eventTypes(): EventTypes {
    this.#knownEventTypes ??= eventTypesOf(WebSocket);
    return this.#knownEventTypes;
  }

  #deliver(data: string | Uint8Array): void {
    if (this.#readyState !== OPEN) return;
    const { MessageEvent } = this.#eventTypes;
    this.dispatchEvent(new MessageEvent("message", { data: this.#dataOf(data), origin: this.#url.origin }));
  }

  /** The script may have changed `binaryType` after the message came. */
  #dataOf(data: string | Uint8Array): SocketData {
    if (typeof data === "string") return data;
    if (this.#binaryType === "blob") return new Blob([data]);
    const { buffer, byteLength } = data;
    return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? buffer : bufferOf(data);
  }

  #end({ code, reason, wasClean, failure }: Ending): void {
    this.#readyState = CLOSED;
    const { CloseEvent } = this.#eventTypes;
    const fireClose = (): boolean => this.dispatchEvent(new CloseEvent("close", { wasClean, code, reason }));
    if (failure === undefined) {
      fireClose();
      return;
    }
    this.dispatchEvent(errorEvent(failure));
    // In a browser promises are settled between two events of a task. Here that takes another task.
    this.#queueTask(fireClose);
  }
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer as ArrayBuffer;
}

function closedTooSoon(): DOMException {
  return new DOMException("the WebSocket was closed before the connection was established", "AbortError");
}

const attributes = ["url", "readyState", "bufferedAmount", "extensions", "protocol", "binaryType"];
const handlers = ["onopen", "onerror", "onclose", "onmessage"];
shapeInterface(WebSocket, [...attributes, ...handlers, "close", "send"], states);
