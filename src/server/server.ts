// A listening server: sockets in, WebSocket connections and plain HTTP requests out.

import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import type { MessageData, SendOptions, WebSocketConnection } from "../connection/index.js";
import { SocketTransport, toTransportError } from "../transport/index.js";
import { answerPlainHttp } from "./plain-http.js";
import { ConnectionRegistry, type ServerMetrics } from "./connection-registry.js";
import type { ServerHandlers } from "./handlers.js";
import { HeadSession, type HeadSessionHost } from "./head-session.js";
import { upgradeFromHttp } from "./http-upgrade.js";
import { type ListenTarget, parseListenTarget } from "./listen-target.js";
import { type AcceptSettings, resolveServerOptions, type ServerOptions } from "./server-options.js";
import { toHandlers, type UnifiedHandler } from "./unified-handler.js";
import { Upgrader } from "./upgrader.js";

export interface CloseOptions {
  /** Close code for every connection. Default 1001, going away. */
  code?: number;
  reason?: string;
  /** Milliseconds after which connections are terminated. Default 10 000. */
  timeoutMs?: number;
}

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
  /** Accepts nothing more, closes every connection, waits, and terminates the rest. */
  close(options?: CloseOptions): Promise<void>;
}

export interface WebSocketServer<Context = unknown> extends WebSocketService<Context> {
  /**
   * Listens on a port, a port of one host, or a unix socket; port 0 takes a free one. Rejects with `TransportError`:
   * `ADDRESS_IN_USE`, `ACCESS_DENIED`.
   */
  listen(target?: ListenTarget): Promise<ServerAddress>;
}

class Server<Context> implements WebSocketServer<Context>, HeadSessionHost<Context> {
  readonly upgrader: Upgrader<Context>;
  readonly #handlers: ServerHandlers<Context>;
  readonly #settings: AcceptSettings;
  readonly #registry = new ConnectionRegistry<Context>();
  readonly #sessions = new Set<HeadSession<Context>>();
  readonly #listener: NetServer;
  readonly #http: HttpServer;
  readonly #isSecure: boolean;

  constructor(handlers: ServerHandlers<Context>, options: ServerOptions) {
    this.#handlers = handlers;
    this.#settings = resolveServerOptions(options);
    this.upgrader = new Upgrader(this.#registry, this.#settings, handlers);
    this.#isSecure = options.tls !== undefined;
    this.#listener = this.#createListener(options);
    this.#http = this.#createHttp();
  }

  get connections(): ReadonlySet<WebSocketConnection<Context>> {
    return this.#registry.connections;
  }

  publish(topic: string, data: MessageData, options: SendOptions = {}): number {
    return this.#registry.topics.publish(topic, data, options, undefined);
  }

  metrics(): ServerMetrics {
    return this.#registry.metrics();
  }

  listen(target: ListenTarget = 0): Promise<ServerAddress> {
    const options = parseListenTarget(target);
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(toTransportError(error));
      this.#listener.once("error", fail);
      this.#listener.listen(options, () => {
        this.#listener.off("error", fail);
        this.#listener.on("error", (error) => this.upgrader.report(toTransportError(error)));
        // Node arms the deadlines for heads and bodies of later requests when its server listens, which this one never does.
        this.#http.emit("listening");
        resolve(this.#describe(this.#listener.address() as AddressInfo | string));
      });
    });
  }

  async close(options: CloseOptions = {}): Promise<void> {
    const { code = 1001, reason = "", timeoutMs = 10_000 } = options;
    const isClosed = new Promise<void>((resolve) => {
      if (this.#listener.listening) this.#listener.close();
      resolve();
    });
    for (const session of this.#sessions) session.abandon();
    this.#http.close();
    this.#http.closeIdleConnections();
    const deadline = setTimeout(() => this.#http.closeAllConnections(), timeoutMs).unref();
    await Promise.all([isClosed, this.#registry.drain(code, reason, timeoutMs)]);
    this.#http.closeIdleConnections();
    clearTimeout(deadline);
  }

  handOver(stream: Duplex): void {
    this.#http.emit("connection", stream);
    stream.resume();
  }

  left(session: HeadSession<Context>): void {
    this.#sessions.delete(session);
  }

  #createListener({ tls }: ServerOptions): NetServer {
    const { handshakeTimeoutMs } = this.#settings;
    const common = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true };
    if (tls === undefined) return createNetServer(common, (socket) => this.#admit(new SocketTransport(socket, "shared")));
    const listener = createTlsServer({ handshakeTimeout: handshakeTimeoutMs, ALPNProtocols: ["http/1.1"], ...common, ...tls });
    listener.on("secureConnection", (socket) => this.#admit(new SocketTransport(socket)));
    // A client that fails the TLS handshake has been disconnected by Node, and there is nothing else to do.
    listener.on("tlsClientError", () => {});
    return listener;
  }

  #createHttp(): HttpServer {
    const { headLimits, handshakeTimeoutMs, maxBodyBytes } = this.#settings;
    const http = createHttpServer({ maxHeaderSize: headLimits.maxHeadBytes, headersTimeout: handshakeTimeoutMs });
    http.on("request", (request, response) => {
      void answerPlainHttp(request, response, this.#handlers, maxBodyBytes, (error) => this.upgrader.report(error));
    });
    http.on("upgrade", (request, socket: Socket, head) => void upgradeFromHttp(this.upgrader, request, socket, head));
    return http;
  }

  #admit(transport: SocketTransport): void {
    this.#sessions.add(new HeadSession(transport, this));
  }

  #describe(address: AddressInfo | string): ServerAddress {
    const scheme = this.#isSecure ? "wss" : "ws";
    if (typeof address === "string") return { port: 0, address, url: `${scheme}+unix:${address}:/` };
    const isAny = address.address === "::" || address.address === "0.0.0.0";
    const bracketed = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return {
      port: address.port,
      address: address.address,
      url: `${scheme}://${isAny ? "localhost" : bracketed}:${address.port}${this.#settings.path ?? ""}`,
    };
  }
}

/**
 * A server for WebSockets and plain HTTP. Give it handlers, or one function for everything. Throws `StateError`
 * `INVALID_ARGUMENT` for an option out of range, `TransportError` `UNSUPPORTED_TRANSPORT`.
 */
export function createServer<Context = unknown>(
  handlers: ServerHandlers<Context> | UnifiedHandler,
  options: ServerOptions = {},
): WebSocketServer<Context> {
  const given = typeof handlers === "function" ? (toHandlers(handlers) as ServerHandlers<Context>) : handlers;
  return new Server(given, options);
}
