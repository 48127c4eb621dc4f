// The object users hold, the same for client and server.

import type { CloseInfo } from "./close-info.js";
import type { ConnectionHandlers } from "./listener.js";
import type { MessageData, SendOptions, SendResult, WebSocketMessage } from "./message.js";
import type { UpgradeRequest } from "./upgrade-request.js";

/** One open (or closing, or closed) WebSocket. Iterating over it yields the data of text and binary messages. */
export interface WebSocketConnection<Context = unknown> extends AsyncIterable<string | Uint8Array> {
  readonly role: "client" | "server";
  /** 1 open, 2 closing, 3 closed; a connection that is still connecting (0) is not handed out. */
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
  /** Bytes accepted by `send` and not yet taken by the transport. */
  readonly bufferedAmount: number;
  /** What carries the connection: "node", "memory". */
  readonly transport: string;
  /** Resolves when the connection is over. Never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Yours. On a server, what the upgrade hook answered as `context`. */
  context: Context;

  /**
   * Sends one message. The data is copied: it may be reused when the call returns (a Blob is read later). Never throws
   * because the connection is closing or closed: it answers "dropped". A lone surrogate becomes U+FFFD.
   * "buffered" means: more than `highWaterMarkBytes` wait, so wait for `drained()`.
   * Throws `StateError` `INVALID_ARGUMENT` for what is no message.
   */
  send(data: MessageData | Blob | WebSocketMessage, options?: SendOptions): SendResult;
  /**
   * Sends one message from its parts, as they come, as fragments. Text when the first part is a string. Messages sent
   * meanwhile wait until it ends; pings and pongs do not. Rejects with what the source throws (and closes with 1011,
   * since a message cannot be taken back), or with `ClosedError`. The source is closed when it is not read to its end:
   * Node streams are destroyed, web streams cancelled, iterators asked to return.
   */
  sendStream(
    source:
      | AsyncIterable<string | Uint8Array>
      | Iterable<string | Uint8Array>
      | ReadableStream<string | Uint8Array>,
    options?: SendOptions,
  ): Promise<void>;
  /** Resolves when `bufferedAmount` is at or below the low-water mark, or the connection is over. */
  drained(): Promise<void>;
  /**
   * Pings the peer; resolves with the round trip in milliseconds. At most 125 bytes. Rejects with `ClosedError`. Do not await
   * it where messages wait for you (in the `open` or `message` handler, in the body of a loop over this connection): the
   * pong stands in line behind them.
   */
  ping(data?: MessageData): Promise<number>;
  /** Sends an unsolicited pong. At most 125 bytes. Pings are answered without it. */
  pong(data?: MessageData): void;
  /**
   * Begins the closing handshake; messages that arrive from now on are not delivered. Resolves when the connection is
   * over, at the latest after `closeTimeoutMs`. Throws `StateError` for a code that may not be sent, or a reason of
   * more than 123 bytes. Default code 1000.
   */
  close(code?: number, reason?: string): Promise<CloseInfo>;
  /** Ends TCP without a closing handshake. */
  terminate(): void;
  /** Stops receiving; the peer is slowed down. */
  pause(): void;
  resume(): void;
  /** Delivers to these handlers from now on, beginning with what has been waiting. Instead of iterating. */
  listen(handlers: ConnectionHandlers<Context>): void;
  /** Every kind of message, pings having been answered already. Ends after the close message. */
  messages(): AsyncIterableIterator<WebSocketMessage>;
  /** Server: joins a topic. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  isSubscribed(topic: string): boolean;
  /** Server: sends to all other subscribers of the topic. Answers the number of connections reached. */
  publish(topic: string, data: MessageData, options?: SendOptions): number;
}
