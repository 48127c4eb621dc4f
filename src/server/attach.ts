// WebSockets on a server that somebody else made: upgrades of an `http` or `https` server, one at a time or all.

import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { WebSocketConnection } from "../connection/index.js";
import {
  HandshakeError,
  type HeaderInput,
  hasToken,
  quote,
  type RequestHead,
  refusalOf,
} from "../handshake/index.js";
import { describeValue, invalidArgument, isRecord } from "../protocol/index.js";
import { SocketTransport } from "../transport/index.js";
import { type CloseOptions, resolveCloseOptions } from "./close-options.js";
import { ConnectionRegistry } from "./connection-registry.js";
import { checkAttachedHandlers, type ServerHandlers } from "./handlers.js";
import { repeatWithoutUpgrade, upgradeFromHttp } from "./http-upgrade.js";
import { acceptTable, attachTable } from "./option-names.js";
import type { WebSocketService } from "./server.js";
import { type AdmissionOptions, type AttachOptions, resolveServerOptions } from "./server-options.js";
import {
  type MessageRequest,
  toHandlers,
  type UnifiedAnswer,
  type UnifiedHandler,
} from "./unified-handler.js";
import { Upgrader } from "./upgrader.js";

/** A server of `node:http` or `node:https`. */
export type AnyHttpServer = HttpServer | HttpsServer;

/** What one HTTP server's upgrades go to: one listener of ours per server, however many are attached. */
const switchboards = new WeakMap<AnyHttpServer, Switchboard>();

/** How Node asks whether a request is an upgrade or a plain one, where it asks: it would not without our listener. */
interface UpgradeGate {
  shouldUpgradeCallback?: (this: AnyHttpServer, request: IncomingMessage) => boolean;
}

/** Node's name for the response that a socket is busy with, since its first versions. */
type Answering = Duplex & { readonly _httpMessage?: ServerResponse | null };

class Switchboard {
  readonly upgraders: Upgrader<never>[] = [];
  readonly #server: AnyHttpServer & UpgradeGate;
  readonly #gate: UpgradeGate["shouldUpgradeCallback"];

  constructor(server: AnyHttpServer & UpgradeGate) {
    this.#server = server;
    this.#gate = server.shouldUpgradeCallback;
    server.on("upgrade", this.#onUpgrade);
    if (this.#gate !== undefined) server.shouldUpgradeCallback = this.#shouldUpgrade;
  }

  remove(upgrader: Upgrader<never>): void {
    const index = this.upgraders.indexOf(upgrader);
    if (index < 0) return;
    this.upgraders.splice(index, 1);
    if (this.upgraders.length > 0) return;
    this.#server.off("upgrade", this.#onUpgrade);
    if (this.#gate !== undefined) this.#server.shouldUpgradeCallback = this.#gate;
    switchboards.delete(this.#server);
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Uint8Array): void => {
    const { _httpMessage: pending } = request.socket as Answering;
    if (pending) {
      // RFC 9112 §9.3.2: what was asked before is answered before. Another may follow, so this asks again.
      socket.on("error", () => {});
      pending.once("close", () => {
        if (socket.writable) this.#onUpgrade(request, socket, head);
      });
      return;
    }
    const path = (request.url ?? "").split("?", 1)[0];
    const isOurs = isUpgradeRequest(request);
    const upgrader =
      this.upgraders.find(({ settings }) => settings.path === path) ??
      this.upgraders.find(({ settings }) => settings.path === undefined);
    if (isOurs && upgrader !== undefined) void upgradeFromHttp(upgrader, request, socket, head);
    // Somebody else may be listening for it. When nobody is, silence would leave the client waiting.
    else if (this.#server.listenerCount("upgrade") === 1) this.#answer(request, socket, head, isOurs);
  };

  readonly #shouldUpgrade = (request: IncomingMessage): boolean => {
    const isForSomebody = isUpgradeRequest(request) || this.#server.listenerCount("upgrade") > 1;
    return isForSomebody && this.#gate?.call(this.#server, request) === true;
  };

  #answer(request: IncomingMessage, socket: Duplex, head: Uint8Array, isOurs: boolean): void {
    if (isOurs) {
      const path = quote(request.url ?? "");
      const error = new HandshakeError("PATH_NOT_SERVED", `nobody who is attached serves ${path}`);
      // Whoever refuses sees to it that the socket does not stay; any of them can.
      this.upgraders[0].refuse({ refusal: refusalOf(error), error }, new SocketTransport(socket));
      return;
    }
    // Without our listener Node would have served the request and ignored what it offers.
    const event = (socket as { encrypted?: boolean }).encrypted ? "secureConnection" : "connection";
    repeatWithoutUpgrade(request, socket, head, (again) => this.#server.emit(event, again));
  }
}

/** Whether a request asks for a WebSocket. Takes Node's requests, and heads with a `get`. Source: RFC 6455 §4.2.1. */
export function isUpgradeRequest(
  request: Pick<IncomingMessage, "headers"> | Pick<RequestHead, "headers"> | Request,
): boolean {
  const { headers } = Object(request) as { headers?: unknown };
  if (!isRecord(headers))
    throw invalidArgument(`isUpgradeRequest takes a request with headers, not ${describeValue(request)}`);
  const upgrade =
    "get" in headers && typeof headers.get === "function"
      ? headers.get("upgrade")
      : (headers as IncomingMessage["headers"]).upgrade;
  return hasToken(upgrade ?? undefined, "websocket");
}

/** Handlers without those for plain HTTP, or one function for messages. */
export type AttachHandlers<Context> =
  | Omit<ServerHandlers<Context>, "request" | "fetch">
  | ((request: MessageRequest) => UnifiedAnswer | Promise<UnifiedAnswer>);

/**
 * Serves the upgrades of an existing server. Several may be attached to one server, for different paths; upgrades of
 * other paths are left alone when somebody else listens for them, and answered with 404 otherwise. Throws `StateError`
 * for what is no server, for handlers that are none, and for an option that is out of range or not known.
 */
export function attach<Context = unknown>(
  server: AnyHttpServer,
  handlers: AttachHandlers<Context>,
  options: AttachOptions = {},
): WebSocketService<Context> {
  checkHttpServer(server);
  const given =
    typeof handlers === "function"
      ? (toHandlers(handlers as UnifiedHandler) as ServerHandlers<Context>)
      : handlers;
  if (isRecord(handlers) && ("request" in handlers || "fetch" in handlers)) {
    const text =
      "attach serves upgrades only: plain requests stay with the HTTP server, so `request` and `fetch` have no use";
    throw invalidArgument(text);
  }
  checkAttachedHandlers(handlers);
  const registry = new ConnectionRegistry<Context>();
  const upgrader = new Upgrader(registry, resolveServerOptions(options, attachTable), given);
  let switchboard = switchboards.get(server);
  if (switchboard === undefined) {
    switchboard = new Switchboard(server);
    switchboards.set(server, switchboard);
  }
  const board = switchboard;
  board.upgraders.push(upgrader as never);
  return {
    connections: registry.connections.view,
    publish: (topic, data, sendOptions = {}) => registry.topics.publish(topic, data, sendOptions, undefined),
    metrics: () => registry.metrics(),
    async close(closeOptions?: CloseOptions): Promise<void> {
      const { code, reason, timeoutMs } = resolveCloseOptions(closeOptions);
      registry.beginClosing(code, reason);
      board.remove(upgrader as never);
      await registry.drain(code, reason, timeoutMs);
    },
  };
}

/** What `accept` takes. */
export interface AcceptOptions<Context = unknown> extends AdmissionOptions {
  /** The subprotocol to answer with; one of those offered. Default: the first of `protocols` that was offered. */
  protocol?: string;
  /** Further headers of the 101 response. */
  headers?: HeaderInput;
  context?: Context;
}

/** Nobody counts, publishes to or closes what `accept` has opened, so one registry will do for all. */
const takenByHand = new ConnectionRegistry<never>();

/**
 * Takes one upgrade by hand, in a listener of an HTTP server's "upgrade" event. Resolves with the open connection, which
 * has no topics. Rejects with `HandshakeError` when the request is refused, which it has then been answered with.
 */
export async function accept<Context = unknown>(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: AcceptOptions<Context> = {},
): Promise<WebSocketConnection<Context>> {
  checkArrival(request, socket, head);
  const settings = resolveServerOptions(options, acceptTable);
  const { protocol, headers, context } = options;
  const decide: ServerHandlers<Context> = { upgrade: () => ({ protocol, headers, context }) };
  const upgrader = new Upgrader<Context>(takenByHand as never, settings, decide, false);
  const outcome = await upgradeFromHttp(upgrader, request, socket, head);
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

/** A server of `node:http` or `node:https`, or one that behaves like it. */
function checkHttpServer(server: unknown): void {
  const { on, off, listenerCount, address } = Object(server) as Partial<AnyHttpServer>;
  const isServer = [on, off, listenerCount, address].every((method) => typeof method === "function");
  if (typeof server === "object" && isServer) return;
  let advice = "it takes a server of node:http or node:https";
  if (typeof server === "function") advice = "pass the server, as in attach(createServer(app), …)";
  else if (isRecord(server) && "server" in server) advice = "pass its server";
  else if (isRecord(server) && "callback" in server)
    advice = "pass the server, as listen() of the application answers it";
  throw invalidArgument(`attach cannot serve the upgrades of ${describeValue(server)}; ${advice}`);
}

/** The three arguments of an "upgrade" event. */
function checkArrival(request: unknown, socket: unknown, head: unknown): void {
  const isRequest = Array.isArray((Object(request) as Partial<IncomingMessage>).rawHeaders);
  const isSocket = typeof (Object(socket) as Partial<Duplex>).write === "function";
  if (isRequest && isSocket && head instanceof Uint8Array) return;
  const given = [request, socket, head].map(describeValue).join(", ");
  throw invalidArgument(`accept takes request, socket and head of an "upgrade" event, not ${given}`);
}
