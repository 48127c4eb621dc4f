// What an application answers to: the shapes of its handlers and of what they may answer.

import {
  type ConnectionHandlers,
  checkHandlers,
  connectionHandlerHints,
  connectionHandlerNames,
  type HandlerTable,
  type UpgradeRequest,
  type WebSocketConnection,
} from "../connection/index.js";
import type { HeaderInput } from "../handshake/index.js";
import type { NamesOf } from "../protocol/index.js";
import type { HttpRequest, HttpResponse } from "./http-exchange.js";

/** An upgrade request, checked, before anything was answered. */
export interface UpgradeOffering extends UpgradeRequest {
  /** Subprotocols in the client's order of preference. */
  readonly protocols: readonly string[];
  /** The Origin header. */
  readonly origin: string | undefined;
  /** The Host header. */
  readonly host: string;
}

/** Lets the request in. */
export interface UpgradeAcceptance<Context> {
  /** One of the offered subprotocols, or "" for none. Default: the first of the `protocols` option that was offered. */
  protocol?: string | undefined;
  /** Further headers of the 101 response. */
  headers?: HeaderInput | undefined;
  /** What `ws.context` will be. */
  context?: Context | undefined;
}

/** Keeps the request out, with this response. */
export interface UpgradeRefusal {
  /** 200 to 599. */
  status: number;
  headers?: HeaderInput | undefined;
  body?: string | Uint8Array | undefined;
}

/** Nothing, true and an acceptance let in; false answers 403. Whatever else a hook answers is a fault of it: 500. */
export type UpgradeDecision<Context> =
  | UpgradeAcceptance<Context>
  | UpgradeRefusal
  | Response
  | boolean
  | undefined
  | void;

export interface ServerHandlers<Context = unknown> extends Omit<ConnectionHandlers<Context>, "error"> {
  /** Decides about an upgrade, before it is answered; may be asynchronous. What it throws answers 500. */
  upgrade?:
    | ((request: UpgradeOffering) => UpgradeDecision<Context> | Promise<UpgradeDecision<Context>>)
    | undefined;
  /** A connection is open. Its messages wait for the promise that this may answer. */
  open?: ((ws: WebSocketConnection<Context>) => unknown) | undefined;
  /** For the log. Without a connection when the error came before there was one: also told of a page that was refused. */
  error?: ((ws: WebSocketConnection<Context> | undefined, error: Error) => unknown) | undefined;
  /** Plain HTTP. Without it and without `fetch`, answered with 426. What it throws answers 500. */
  request?:
    | ((request: HttpRequest) => HttpResponse | Response | Promise<HttpResponse | Response>)
    | undefined;
  /** Plain HTTP with the WHATWG types. What they cannot express never comes here: TRACE is answered with 501, a Host that
   * is no part of a URL with 400. The body holds at most `maxBodyBytes`. */
  fetch?: ((request: Request) => Response | Promise<Response>) | undefined;
}

const handlerTable: HandlerTable = {
  owner: "createServer",
  names: {
    upgrade: true,
    open: true,
    ...connectionHandlerNames,
    request: true,
    fetch: true,
  } satisfies NamesOf<ServerHandlers>,
  hints: {
    ...connectionHandlerHints,
    connection: "use open(ws)",
    connect: "use open(ws)",
    onopen: "use open(ws)",
    websocket: "its members stand here, beside fetch",
    port: "give it to listen, as in server.listen(8080)",
    server: "use attach(server, handlers, options)",
    noServer: "use accept(request, socket, head, options)",
  },
};

const { request: _request, fetch: _fetch, ...attachedNames } = handlerTable.names;
const attachTable: HandlerTable = { ...handlerTable, owner: "attach", names: attachedNames };

/** Throws `StateError` `INVALID_ARGUMENT` unless these are handlers, or a function for everything. */
export function checkServerHandlers(handlers: unknown): void {
  if (typeof handlers !== "function") checkHandlers(handlers, handlerTable);
}

/** The same for a server that leaves plain HTTP to another. */
export function checkAttachedHandlers(handlers: unknown): void {
  if (typeof handlers !== "function") checkHandlers(handlers, attachTable);
}
