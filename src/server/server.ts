// A listening server: sockets in, WebSocket connections and plain HTTP requests out.

import type { MessageData, SendOptions, WebSocketConnection } from "../connection/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import type { Admitted } from "./admission.js";
import { type CloseOptions, resolveCloseOptions } from "./close-options.js";
import { ConnectionRegistry, type ServerMetrics } from "./connection-registry.js";
import { Front } from "./front.js";
import { checkServerHandlers, type ServerHandlers } from "./handlers.js";
import { type ListenTarget, parseListenTarget } from "./listen-target.js";
import { describeAddress, type ServerAddress } from "./server-address.js";
import { resolveServerOptions, type ServerOptions } from "./server-options.js";
import { toHandlers, type UnifiedHandler } from "./unified-handler.js";
import { Upgrader } from "./upgrader.js";

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

class Server<Context> implements WebSocketServer<Context> {
  readonly front: Front<Admitted<Context>>;
  readonly #path: string | undefined;
  readonly #registry = new ConnectionRegistry<Context>();

  constructor(handlers: ServerHandlers<Context>, options: ServerOptions) {
    const settings = resolveServerOptions(options);
    this.#path = settings.path;
    this.front = new Front({
      upgrader: new Upgrader(this.#registry, settings, handlers),
      handlers,
      transport: options.transport,
      tls: options.tls,
      owner: "server",
      opened: () => {
        this.#registry.isClosing = false;
      },
      refused: () => this.#registry.refused++,
    });
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
    const bound = await this.front.listen(parseListenTarget(target, others));
    return describeAddress(bound, this.front.isSecure, this.#path);
  }

  async close(options?: CloseOptions): Promise<void> {
    const { code, reason, timeoutMs } = resolveCloseOptions(options);
    this.#registry.beginClosing(code, reason);
    await Promise.all([this.front.close(timeoutMs), this.#registry.drain(code, reason, timeoutMs)]);
  }
}

/** Hands a connected transport to a server, as if it had come to its listener. Throws `StateError` for a server of another make. */
export function deliver<Context>(server: WebSocketServer<Context>, transport: Transport): void {
  if (!(server instanceof Server))
    throw invalidArgument(`${describeValue(server)} is no server of createServer`);
  server.front.accepted(transport);
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
