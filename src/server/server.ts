// A listening server: sockets in, WebSocket connections and plain HTTP requests out.

import type { Duplex } from "node:stream";
import { createListener, createTlsListener } from "../carrier/index.js";
import type { MessageData, SendOptions, WebSocketConnection } from "../connection/index.js";
import { encodeSocketPath } from "../handshake/index.js";
import { describeValue, invalidArgument, StateError } from "../protocol/index.js";
import type {
  BoundAddress,
  Listener,
  TlsListenerSink,
  Transport,
  TransportError,
} from "../transport/index.js";
import { type CloseOptions, resolveCloseOptions } from "./close-options.js";
import { ConnectionRegistry, type ServerMetrics } from "./connection-registry.js";
import { DrainingSet } from "./draining-set.js";
import { checkServerHandlers, type ServerHandlers } from "./handlers.js";
import { HeadSession, type HeadSessionHost } from "./head-session.js";
import { type ListenTarget, parseListenTarget } from "./listen-target.js";
import { PlainHttpServer } from "./plain-http-server.js";
import { type AcceptSettings, resolveServerOptions, type ServerOptions } from "./server-options.js";
import { toHandlers, type UnifiedHandler } from "./unified-handler.js";
import { Upgrader } from "./upgrader.js";

/** Where a server listens. */
export interface ServerAddress {
  /** 0 on a unix socket. */
  readonly port: number;
  /** IP address, or the path of the unix socket. */
  readonly address: string;
  /** For `connect`. */
  readonly url: string;
}

/** What `attach` answers, and most of what `createServer` does. */
export interface WebSocketService<Context = unknown> {
  /** Those that are open or closing. */
  readonly connections: ReadonlySet<WebSocketConnection<Context>>;
  /** Sends to every subscriber of the topic. Answers the number of connections reached. */
  publish(topic: string, data: MessageData, options?: SendOptions): number;
  metrics(): ServerMetrics;
  /**
   * Accepts nothing more, closes every connection, waits for them and for plain requests that are being answered, and
   * terminates the rest after `timeoutMs`. Rejects with `StateError` for a code or reason that may not be sent, and for a
   * time that cannot be waited for; nothing has begun then.
   */
  close(options?: CloseOptions): Promise<void>;
}

export interface WebSocketServer<Context = unknown> extends WebSocketService<Context> {
  /**
   * Listens on a port, a port of one host, or a unix socket; port 0 takes a free one. Rejects with `TransportError`:
   * `ADDRESS_IN_USE`, `ACCESS_DENIED`, and with `StateError` `ALREADY_USED` while it listens, is about to, or closes, and when
   * it is closed before it listens.
   */
  listen(target?: ListenTarget): Promise<ServerAddress>;
}

/** A call of `listen` that is under way. */
interface Opening {
  /** The server was closed meanwhile. */
  isCancelled: boolean;
}

class Server<Context> implements WebSocketServer<Context>, HeadSessionHost<Context>, TlsListenerSink {
  readonly upgrader: Upgrader<Context>;
  readonly #settings: AcceptSettings;
  readonly #registry = new ConnectionRegistry<Context>();
  /** Each knows its place. (The obsolete tables of a Set that is always filled and emptied would keep sessions alive.) */
  readonly #sessions: HeadSession<Context>[] = [];
  readonly #listener: Listener;
  readonly #http: PlainHttpServer<Context>;
  readonly #isSecure: boolean;
  /** Calls of `listen` that have not ended: a host is looked up, a port bound. */
  readonly #openings = new DrainingSet<Opening>();
  /** Calls of `close` that have not ended. */
  #closing = 0;

  constructor(handlers: ServerHandlers<Context>, options: ServerOptions) {
    this.#settings = resolveServerOptions(options);
    this.upgrader = new Upgrader(this.#registry, this.#settings, handlers);
    this.#isSecure = options.tls !== undefined;
    this.#listener = this.#createListener(options);
    this.#http = new PlainHttpServer(this.upgrader, handlers);
  }

  get connections(): ReadonlySet<WebSocketConnection<Context>> {
    return this.#registry.connections.view;
  }

  publish(topic: string, data: MessageData, options: SendOptions = {}): number {
    return this.#registry.topics.publish(topic, data, options, undefined);
  }

  metrics(): ServerMetrics {
    return this.#registry.metrics();
  }

  async listen(target: ListenTarget = 0, ...others: unknown[]): Promise<ServerAddress> {
    const address = parseListenTarget(target, others);
    if (this.#listener.isListening)
      throw new StateError("ALREADY_USED", "the server listens already, or is about to");
    if (this.#closing > 0)
      throw new StateError(
        "ALREADY_USED",
        "the server is closing; wait for what close answered, then listen",
      );
    const opening: Opening = { isCancelled: false };
    this.#openings.add(opening);
    try {
      const bound = await this.#listener.listen(address);
      if (opening.isCancelled) {
        const text = "the server was closed before it listened; listen again when it is to be open";
        throw new StateError("ALREADY_USED", text);
      }
      this.#registry.isClosing = false;
      this.#http.start();
      return this.#describe(bound);
    } finally {
      this.#openings.delete(opening);
    }
  }

  async close(options?: CloseOptions): Promise<void> {
    const { code, reason, timeoutMs } = resolveCloseOptions(options);
    this.#registry.beginClosing(code, reason);
    this.#closing++;
    for (const opening of this.#openings) opening.isCancelled = true;
    this.#listener.close();
    for (const session of [...this.#sessions]) session.abandon();
    try {
      await Promise.all([
        this.#http.close(timeoutMs),
        this.#registry.drain(code, reason, timeoutMs),
        this.#openings.drained(timeoutMs, (opening) => this.#openings.delete(opening)),
      ]);
    } finally {
      this.#closing--;
    }
  }

  handOver(stream: Duplex): void {
    this.#http.add(stream);
  }

  left(session: HeadSession<Context>): void {
    const last = this.#sessions.pop();
    if (last === undefined || last === session) return;
    this.#sessions[session.place] = last;
    last.place = session.place;
  }

  accepted(transport: Transport): void {
    if (this.#registry.isClosing) transport.destroy();
    else this.#sessions.push(new HeadSession(transport, this, this.#sessions.length));
  }

  failed(error: TransportError): void {
    this.upgrader.report(error);
  }

  refused(): void {
    this.#registry.refused++;
  }

  #createListener({ tls, transport }: ServerOptions): Listener {
    if (tls === undefined) return createListener(transport, this);
    const options = { handshakeTimeout: this.#settings.handshakeTimeoutMs, ...tls };
    return createTlsListener(transport, options, this);
  }

  #describe(bound: BoundAddress): ServerAddress {
    const scheme = this.#isSecure ? "wss" : "ws";
    const { path } = this.#settings;
    if ("path" in bound) {
      const url = `${scheme}+unix:${encodeSocketPath(bound.path)}:${path ?? "/"}`;
      return { port: 0, address: bound.path, url };
    }
    const { address, port, isIPv6 } = bound;
    const isAny = address === "::" || address === "0.0.0.0";
    const host = isAny ? "localhost" : isIPv6 ? `[${address}]` : address;
    return { port, address, url: `${scheme}://${host}:${port}${path ?? ""}` };
  }
}

/** Hands a connected transport to a server, as if it had come to its listener. Throws `StateError` for a server of another make. */
export function deliver<Context>(server: WebSocketServer<Context>, transport: Transport): void {
  if (!(server instanceof Server))
    throw invalidArgument(`${describeValue(server)} is no server of createServer`);
  server.accepted(transport);
}

/**
 * A server for WebSockets and plain HTTP. Give it handlers, or one function for everything. Throws `StateError`
 * `INVALID_ARGUMENT` for handlers that are none and for an option that is out of range or not known, `TransportError` `UNSUPPORTED_TRANSPORT`.
 */
export function createServer<Context = unknown>(
  handlers: ServerHandlers<Context> | UnifiedHandler,
  options: ServerOptions = {},
): WebSocketServer<Context> {
  checkServerHandlers(handlers);
  const given = typeof handlers === "function" ? (toHandlers(handlers) as ServerHandlers<Context>) : handlers;
  return new Server(given, options);
}
