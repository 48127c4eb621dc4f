// The object users hold, the same for client and server.

import type { CloseInfo } from "./close-info.js";
import type { ConnectionHandlers } from "./listener.js";
import type { BufferSource, MessageData, SendOptions, SendResult, WebSocketMessage } from "./message.js";
import type { TransportKind } from "./transport-kind.js";
import type { UpgradeRequest } from "./upgrade-request.js";

/**
 * One open (or closing, or closed) WebSocket. Iterating over it yields the data of text and binary messages. An iterator
 * throws `ClosedError` once when the connection ends without the peer's Close, and `StateError` `ALREADY_ITERATING` when
 * another one waits for the next message, or a `message` handler gets them. Leaving the loop closes with 1000, unless
 * another message is asked for within the turn.
 */
export interface WebSocketConnection<Context = unknown> extends AsyncIterable<string | Uint8Array> {
  readonly role: "client" | "server";
  /** 1 open, 2 closing, 3 closed; 0 only while a reconnecting connection has none. */
  readonly readyState: 0 | 1 | 2 | 3;
  /** As requested. */
  readonly url: string;
  /** The negotiated subprotocol, "" if none. */
  readonly protocol: string;
  /** The negotiated extensions as the header says them, "" if none. */
  readonly extensions: string;
  /** IP address of the peer, after the end as well. Undefined on unix sockets, and when the peer reset the connection before
   * anybody had asked: the system has forgotten it by then. */
  readonly remoteAddress: string | undefined;
  /** Server: the head of the upgrade request. Client: what was sent. */
  readonly request: UpgradeRequest;
  /** Bytes accepted by `send` and not yet taken by the transport. What a stream has not yielded is not among them. */
  readonly bufferedAmount: number;
  /** What carries the connection: "node" (Node's sockets) or "uring" (io_uring), which under TLS is "uring+tls" (Node's TLS) or
   * "uring+ktls" (the kernel's). */
  readonly transport: TransportKind;
  /** Resolves when the connection is over. Never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Yours. On a client, the option `context`; on a server, what the upgrade hook answered as `context`. The type is a promise
   * that you make: where nothing has set it, it is undefined, whatever `Context` says. */
  context: Context;
  /**
   * The data of text and binary messages as a web stream, instead of iterating; the same object each time. It holds nothing
   * itself: what is not read waits in the connection, and then the peer does. It closes with the peer's Close. It errors with
   * `ClosedError` without one, and with `StateError` `ALREADY_ITERATING` when somebody else gets the messages. `cancel`
   * closes the connection with 1000.
   */
  readonly readable: ReadableStream<string | Uint8Array>;
  /**
   * Sends each chunk as one message; the same object each time. A write waits as `drained()` does where bytes wait
   * already, and again where it has made them more than `highWaterMarkBytes`. `close` closes the connection with 1000 behind what was written and
   * resolves when the peer has answered; it rejects with `ClosedError` when it does not, or answers another code than 1000,
   * 1001 and 1005. `abort`, and a chunk that is no message (`StateError` `INVALID_ARGUMENT`), close the connection with 1011.
   * When the connection is over first, it errors with `ClosedError`.
   */
  readonly writable: WritableStream<string | BufferSource | Blob>;

  /**
   * Sends one message. The data is copied: it may be reused when the call returns (a Blob is read later). Never throws
   * because the connection is closing or closed: it answers "dropped". A lone surrogate becomes U+FFFD.
   * "buffered" means: more than `highWaterMarkBytes` wait, so wait for `drained()`.
   * Throws `StateError`: `INVALID_ARGUMENT` for what is no message, and for a message object what `ping`, `pong` and `close`
   * throw.
   */
  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult;
  /**
   * Sends one message from its parts, as they come, as fragments, one part at a time; each is copied. Text when the first
   * part is a string. Messages sent meanwhile wait until it ends; pings and pongs do not. Compressed only with
   * `compress: true`: how long the message will be, and whether that pays, is not known when it begins.
   * Rejects with what the source throws, or with `StateError` `INVALID_ARGUMENT` for a part that is no data (and closes with
   * 1011 if fragments have been sent, since a message cannot be taken back) and for what is no source; with `LimitError`
   * `BUFFER_FULL` when more than `maxBufferedBytes` wait; and with `ClosedError` when the connection ends first. A source
   * that is not read to its end is closed: Node streams are destroyed, web streams cancelled, iterators asked to return.
   */
  sendStream(
    source:
      | AsyncIterable<string | Uint8Array>
      | Iterable<string | Uint8Array>
      | ReadableStream<string | Uint8Array>,
    options?: SendOptions,
  ): Promise<void>;
  /** Resolves with true when `bufferedAmount` is at or below the low-water mark, and with false when the connection is over, or
   * nothing can be sent on it any more. */
  drained(): Promise<boolean>;
  /**
   * Pings the peer; resolves with the round trip in milliseconds. At most 125 bytes of data; without any, the ping gets a
   * payload of its own. Do not await it where messages wait for you (in the `open` or `message` handler, in the body of a
   * loop over this connection): the pong stands in line behind them. Rejects with `ClosedError` when the connection ends
   * first, or is closing, and with `LimitError` `BUFFER_FULL` when more than `maxBufferedBytes` (which `bufferPolicy` may then
   * close the connection for) or 256 pings wait. Throws
   * `StateError`, at once: `CONTROL_PAYLOAD_TOO_LONG`, or `INVALID_ARGUMENT` for what is neither text nor bytes (RFC 6455
   * §5.5.2).
   */
  ping(data?: MessageData): Promise<number>;
  /**
   * Sends an unsolicited pong. At most 125 bytes. Pings are answered without it. When the connection is closing, or more
   * than `maxBufferedBytes` wait, it is dropped and counted, as `bufferPolicy` says for messages. Throws `StateError`: `CONTROL_PAYLOAD_TOO_LONG`, or
   * `INVALID_ARGUMENT` for what is neither text nor bytes (RFC 6455 §5.5.3).
   */
  pong(data?: MessageData): void;
  /**
   * Begins the closing handshake; messages that arrive from now on are not delivered. Resolves when the connection is
   * over, at the latest after `closeTimeoutMs`. Default code 1000, without a reason. Never rejects. On an open connection it
   * throws `StateError`: `INVALID_CLOSE_CODE` for a code that may not be sent (RFC 6455 §7.4), `CLOSE_REASON_TOO_LONG` for
   * a reason of more than 123 bytes of UTF-8.
   */
  close(code?: number, reason?: string): Promise<CloseInfo>;
  /** Ends TCP without a closing handshake. */
  terminate(): void;
  /** Stops receiving after the message being delivered; the peer is slowed down. Pings are not answered meanwhile. */
  pause(): void;
  /** Goes on receiving, unless a full inbox or a busy handler forbids it. */
  resume(): void;
  /**
   * Delivers to these handlers from now on, beginning with what has been waiting. Instead of iterating. Throws `StateError`
   * `ALREADY_ITERATING` when there are handlers, or when an iterator waits and `message` is among these.
   */
  listen(handlers: ConnectionHandlers<Context>): void;
  /**
   * Every kind of message, pings having been answered already. Ends after the close message; throws, and closes when it is
   * left, as iterating over the connection does. Throws `StateError` `ALREADY_ITERATING` when a `message` handler gets them.
   */
  messages(): AsyncIterableIterator<WebSocketMessage>;
  /**
   * Server: joins a topic, until it leaves or is over. Does nothing for a connection that is over. Throws `StateError`
   * `INVALID_ARGUMENT` for a topic that is no string, and on a client, where the three below throw it, too.
   */
  subscribe(topic: string): void;
  /** Server: leaves a topic, if it is among its subscribers. */
  unsubscribe(topic: string): void;
  isSubscribed(topic: string): boolean;
  /**
   * Server: sends to all other subscribers of the topic. Answers the number of connections reached, which is of those that
   * accepted it. Throws `StateError` `INVALID_ARGUMENT` also for what is no message or no topic.
   */
  publish(topic: string, data: MessageData, options?: SendOptions): number;
}
