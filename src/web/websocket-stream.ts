// WebSocketStream of the WebSockets Standard's draft (whatwg/websockets, pull request 48): a WebSocket as a pair of streams,
// whose backpressure reaches the network in both directions.

import type { BufferSource } from "../connection/index.js";
import { parseSocketUrl } from "./base-url.js";
import { Channel, type Ending } from "./channel.js";
import { checkClose } from "./close-arguments.js";
import { toDictionary, toUsvString } from "./conversion.js";
import { needArguments, shapeInterface } from "./interface-shape.js";
import { Settlement } from "./settlement.js";
import { checkProtocols, toStreamRequest, type WebSocketOptions } from "./socket-options.js";
import { StreamReader } from "./stream-reader.js";
import { StreamWriter } from "./stream-writer.js";
import {
  createStreamError,
  toCloseInfo,
  type WebSocketCloseInfo,
  WebSocketError,
} from "./websocket-error.js";

/** Those of `connect` as for `WebSocket`, with `protocols` as a list. `signal` ends the attempt, and no open connection. */
export interface WebSocketStreamOptions extends Omit<WebSocketOptions, "protocols"> {
  protocols?: Iterable<string> | undefined;
}

/** What an open connection consists of. */
export interface WebSocketOpenInfo {
  readonly extensions: string;
  readonly protocol: string;
  /** Text as strings, binary messages as bytes. The peer is slowed down while nobody reads. */
  readonly readable: ReadableStream<string | Uint8Array>;
  /** A write is done when the network has taken the message. */
  readonly writable: WritableStream<string | BufferSource>;
}

/**
 * A connection to a server as streams. Throws as `WebSocket` does for the URL and for subprotocols, and `TypeError` for options
 * that are of another kind. Nobody has to catch the rejection of `opened` or `closed`.
 */
export class WebSocketStream {
  readonly #url: URL;
  readonly #opened = new Settlement<WebSocketOpenInfo>();
  readonly #closed = new Settlement<Required<WebSocketCloseInfo>>();
  readonly #channel: Channel;
  #reader: StreamReader | undefined;
  #writer: StreamWriter | undefined;
  #isClosing = false;

  constructor(url: string | URL, options: WebSocketStreamOptions = {}) {
    needArguments(arguments.length, 1, "WebSocketStream");
    const text = toUsvString(url);
    const request = toStreamRequest(toDictionary(options, "WebSocketStream"));
    this.#url = parseSocketUrl(text);
    checkProtocols(request.protocols);
    this.#channel = new Channel(this.#url, request, {
      established: ({ protocol, extensions }) => this.#open(protocol, extensions),
      message: (data) => this.#reader?.deliver(data),
      over: () => this.#reader?.release(),
      // In a task, as the draft has it: a write that was done before has then been told so.
      ended: (ending) => setImmediate(() => this.#end(ending, request.signal)),
    });
  }

  /** The URL, whole and with the scheme ws: or wss:. */
  get url(): string {
    return this.#url.href;
  }

  /** Resolves when the connection is open. Rejects with `WebSocketError`, or with the reason of `signal`. */
  get opened(): Promise<WebSocketOpenInfo> {
    return #url in this ? this.#opened.promise : Promise.reject(wrongObject());
  }

  /** Resolves with the peer's code and reason. Rejects with `WebSocketError` when the end was not clean. */
  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return #url in this ? this.#closed.promise : Promise.reject(wrongObject());
  }

  /** Starts the closing handshake, behind what was written. Throws as `WebSocket.close` does. */
  close(closeInfo: WebSocketCloseInfo = {}): void {
    // Throws for what is no WebSocketStream, before anything is converted.
    void this.#channel;
    const { closeCode, reason } = toCloseInfo(closeInfo);
    checkClose(closeCode, reason);
    this.#close(closeCode, reason);
  }

  #close(code: number | undefined, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#reader === undefined)
      this.#channel.fail(new DOMException("the WebSocketStream was closed before it was open", "AbortError"));
    else this.#channel.close(code, reason);
    this.#reader?.release();
  }

  /** Draft, "close using reason": only a WebSocketError says with what. */
  #closeUsing(reason: unknown): void {
    if (reason instanceof WebSocketError) this.#close(reason.closeCode ?? undefined, reason.reason);
    else this.#close(undefined, "");
  }

  #open(protocol: string, extensions: string): void {
    const reader = new StreamReader((reason) => this.#closeUsing(reason));
    const writer = new StreamWriter(this.#channel, {
      isClosing: () => this.#isClosing,
      close: () => this.#close(undefined, ""),
      abort: (reason) => this.#closeUsing(reason),
    });
    this.#reader = reader;
    this.#writer = writer;
    const { readable } = reader;
    this.#opened.resolve({ extensions, protocol, readable, writable: writer.writable });
  }

  #end({ code, reason, wasClean, failure }: Ending, signal: AbortSignal | undefined): void {
    this.#isClosing = true;
    if (this.#reader === undefined && signal?.aborted) {
      this.#opened.reject(signal.reason);
      this.#closed.reject(signal.reason);
      return;
    }
    if (wasClean && this.#writer?.isWriting !== true) {
      this.#reader?.end();
      this.#writer?.end(undefined);
      this.#closed.resolve({ closeCode: code, reason });
      return;
    }
    const text = failure?.message ?? "the connection ended before everything that was written had been sent";
    const error = createStreamError(text, code, reason, failure);
    this.#opened.reject(error);
    this.#reader?.fail(error);
    this.#writer?.end(error);
    this.#closed.reject(error);
  }
}

function wrongObject(): TypeError {
  return new TypeError("this is not a WebSocketStream");
}

shapeInterface(WebSocketStream, ["url", "opened", "closed", "close"]);
