// The class WebSocketServer of `ws`: WebSockets on an HTTP server of its own, on one of the user's, or on none.

import { EventEmitter } from "node:events";
import http, { type Server as HttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { isCarrier } from "./channel.js";
import type { Extensions } from "./permessage-deflate.js";
import {
  type ServerOptions,
  type ServerSettings,
  serverSettingsOf,
  type WebSocketClass,
} from "./server-options.js";
import { isRefusal, type Refusal, refuse, refusePlainRequest } from "./server-refusal.js";
import { offerOf, requestFailure } from "./server-request.js";
import { agreeWith } from "./server-response.js";
import { verify } from "./server-verification.js";
import type { WebSocket } from "./websocket.js";

const RUNNING = 0;
const CLOSING = 1;
const CLOSED = 2;

/** Called with the WebSocket that has become of a request. */
export type UpgradeCallback<
  Class extends WebSocketClass = typeof WebSocket,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> = (ws: InstanceType<Class>, request: InstanceType<Request>) => void;

/** The class by its shorter name. */
export type Server<
  Class extends WebSocketClass = typeof WebSocket,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> = WebSocketServer<Class, Request>;

export class WebSocketServer<
  Class extends WebSocketClass = typeof WebSocket,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> extends EventEmitter {
  readonly options: ServerSettings;
  /** The open connections; undefined without `clientTracking`. */
  declare clients: Set<InstanceType<Class>>;
  /** In the types of `ws`, and nowhere else; the option is `options.path`. */
  declare path: string;
  _server: HttpServer | null | undefined;
  _removeListeners: (() => void) | null | undefined;
  _state = RUNNING;
  _shouldEmitClose = false;

  /** `callback` is for `port`, and is called once it is listened on. */
  constructor(options?: ServerOptions<Class, Request>, callback?: () => void) {
    super();
    const settings = serverSettingsOf(options ?? {});
    this.options = settings;
    if (settings.port !== null && settings.port !== undefined) {
      this._server = http.createServer(refusePlainRequest);
      this._server.listen(settings.port, settings.host as string, settings.backlog as number, callback);
    } else if (settings.server) this._server = settings.server;
    if (this._server) this._removeListeners = this.#listenTo(this._server);
    if (settings.clientTracking) this.clients = new Set();
  }

  /** The address of the HTTP server, as its own `address()` has it. */
  address(): AddressInfo | string | null {
    if (this.options.noServer) throw new Error('The server is operating in "noServer" mode');
    return this._server ? this._server.address() : null;
  }

  /** Takes no more connections; "close" comes when the last one is over. Those that are open stay so. */
  close(callback?: (error?: Error) => void): void {
    if (this._state === CLOSED) {
      if (callback) this.once("close", () => callback(new Error("The server is not running")));
      process.nextTick(emitClose, this);
      return;
    }
    if (callback) this.once("close", callback);
    if (this._state === CLOSING) return;
    this._state = CLOSING;
    const server = this._server;
    this._removeListeners?.();
    this._removeListeners = this._server = null;
    // A server of its own tells by itself when its connections are over.
    if (server && !this.options.server) server.close(() => emitClose(this));
    else if (this.clients?.size > 0) this._shouldEmitClose = true;
    else process.nextTick(emitClose, this);
  }

  /** Whether the request is for this server: by its path. */
  shouldHandle(request: InstanceType<Request>): boolean | Promise<boolean> {
    const { path } = this.options;
    if (!path) return true;
    const url = request.url ?? "";
    const query = url.indexOf("?");
    return (query === -1 ? url : url.slice(0, query)) === path;
  }

  /** Answers a request for an upgrade; `callback` gets the WebSocket, if it comes to one. */
  handleUpgrade(
    request: InstanceType<Request>,
    socket: Duplex,
    head: Buffer,
    callback: UpgradeCallback<Class, Request>,
  ): void {
    socket.on("error", destroy);
    const failure = requestFailure(request);
    if (failure !== undefined) {
      this.#refuse(failure, socket, request);
      return;
    }
    if (!this.shouldHandle(request)) {
      refuse(socket, { status: 400 });
      return;
    }
    const offer = offerOf(request, this.options);
    if (isRefusal(offer)) {
      this.#refuse(offer, socket, request);
      return;
    }
    const { extensions, key, protocols } = offer;
    verify(this.options, request, (refusal) => {
      if (refusal !== undefined) refuse(socket, refusal);
      else this.completeUpgrade(extensions, key, protocols, request, socket, head, callback);
    });
  }

  /** Sends the 101, and gives the socket to a WebSocket. */
  completeUpgrade(
    extensions: Extensions,
    key: string,
    protocols: Set<string>,
    request: InstanceType<Request>,
    socket: Duplex,
    head: Buffer,
    callback: UpgradeCallback<Class, Request>,
  ): void {
    // The client has gone already.
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return;
    }
    if (isCarrier(socket)) {
      throw new Error(
        "server.handleUpgrade() was called more than once with the same socket, possibly due to a misconfiguration",
      );
    }
    if (this._state > RUNNING) {
      refuse(socket, { status: 503 });
      return;
    }
    const Constructor: typeof WebSocket = this.options.WebSocket;
    const ws = new Constructor(null, undefined, this.options as object);
    const lines = agreeWith(ws, { key, extensions, protocols }, request, this.options);
    this.emit("headers", lines, request);
    socket.write([...lines, "", ""].join("\r\n"));
    socket.off("error", destroy);
    ws.setSocket(socket, head, this.options);
    if (this.clients) this.#track(ws);
    callback(ws as InstanceType<Class>, request);
  }

  /** Leaves it to who listens for that to answer a request that is at fault. */
  #refuse(refusal: Refusal, socket: Duplex, request: IncomingMessage): void {
    if (this.listenerCount("wsClientError") === 0) refuse(socket, refusal);
    else this.emit("wsClientError", new Error(refusal.text), socket, request);
  }

  #track(ws: WebSocket): void {
    const client = ws as InstanceType<Class>;
    this.clients.add(client);
    ws.on("close", () => {
      this.clients.delete(client);
      if (this._shouldEmitClose && this.clients.size === 0) process.nextTick(emitClose, this);
    });
  }

  #listenTo(server: HttpServer): () => void {
    const listeners = {
      listening: () => this.emit("listening"),
      error: (error: Error) => this.emit("error", error),
      upgrade: (request: InstanceType<Request>, socket: Duplex, head: Buffer) => {
        this.handleUpgrade(request, socket, head, (ws) => this.emit("connection", ws as WebSocket, request));
      },
    };
    for (const [event, listener] of Object.entries(listeners)) server.on(event, listener);
    return () => {
      for (const [event, listener] of Object.entries(listeners)) server.off(event, listener);
    };
  }
}

function emitClose(server: Pick<WebSocketServer, "_state" | "emit">): void {
  server._state = CLOSED;
  server.emit("close");
}

function destroy(this: Duplex): void {
  this.destroy();
}
