// Node's HTTP server behind our listener. It never listens itself: it gets the connections whose first request was no
// upgrade. Later requests of such a connection may be one.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { HeaderMap, isUpgradeRequest } from "../handshake/index.js";
import type { ServerHandlers } from "./handlers.js";
import { repeatWithoutUpgrade, upgradeFromHttp } from "./http-upgrade.js";
import { answerPlainHttp } from "./plain-http.js";
import type { AcceptSettings } from "./server-options.js";
import type { Upgrader } from "./upgrader.js";

/** Node's default for a whole request; it may not be less than the time for the head. */
const REQUEST_TIMEOUT_MS = 300_000;
/** How often Node looks for heads that take too long, at least and at most. */
const MIN_CHECK_MS = 50;
const MAX_CHECK_MS = 30_000;

export class PlainHttpServer<Context> {
  readonly #upgrader: Upgrader<Context>;
  readonly #handlers: ServerHandlers<Context>;
  readonly #http: Server;
  readonly #streams = new Set<Duplex>();
  /** The newest response of a connection, until it is over. */
  readonly #responses = new Map<Duplex, ServerResponse>();
  #isClosing = false;
  #onEmpty: (() => void)[] = [];

  constructor(upgrader: Upgrader<Context>, handlers: ServerHandlers<Context>) {
    this.#upgrader = upgrader;
    this.#handlers = handlers;
    this.#http = createServer(nodeOptions(upgrader.settings));
    this.#http.on("request", this.#onRequest);
    this.#http.on("upgrade", this.#onUpgrade);
  }

  start(): void {
    this.#isClosing = false;
    // Node arms the deadlines for heads and bodies when its server listens, which this one never does.
    this.#http.emit("listening");
  }

  /** Serves a connection that begins with its first byte. */
  add(stream: Duplex): void {
    if (this.#isClosing) {
      stream.destroy();
      return;
    }
    this.#streams.add(stream);
    stream.once("close", () => this.#remove(stream));
    this.#http.emit("connection", stream);
    stream.resume();
  }

  /** Ends idle connections at once and others when their requests are answered, or after `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    this.#http.close();
    this.#http.closeIdleConnections();
    if (this.#streams.size === 0) return;
    const deadline = setTimeout(() => {
      for (const stream of this.#streams) stream.destroy();
    }, timeoutMs);
    await new Promise<void>((resolve) => {
      this.#onEmpty.push(resolve);
    });
    clearTimeout(deadline);
  }

  #remove(stream: Duplex): void {
    this.#streams.delete(stream);
    this.#responses.delete(stream);
    if (this.#streams.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  readonly #onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    const { socket } = message;
    this.#responses.set(socket, response);
    response.once("close", () => {
      if (this.#responses.get(socket) === response) this.#responses.delete(socket);
      if (this.#isClosing) this.#http.closeIdleConnections();
    });
    void answerPlainHttp(message, response, this.#handlers, this.#upgrader.settings, this.#report);
  };

  readonly #onUpgrade = (message: IncomingMessage, stream: Duplex, early: Uint8Array): void => {
    // The stream is the connection's socket, or one around it where Node reads a body before the protocol switches.
    const pending = this.#responses.get(message.socket);
    if (pending === undefined) {
      this.#upgrade(message, stream, early);
      return;
    }
    // RFC 9112 §9.3.2: "a server MUST send the corresponding responses in the same order that the requests were
    // received": the 101 waits for what was asked before it.
    const ignore = (): void => {};
    stream.on("error", ignore);
    pending.once("close", () => {
      if (stream.writable) this.#upgrade(message, stream, early);
      stream.off("error", ignore);
    });
  };

  #upgrade(message: IncomingMessage, stream: Duplex, early: Uint8Array): void {
    if (isUpgrade(message)) {
      this.#remove(message.socket);
      void upgradeFromHttp(this.#upgrader, message, stream, early);
    } else repeatWithoutUpgrade(message, stream, early, (again) => this.#http.emit("connection", again));
  }

  readonly #report = (error: Error): void => this.#upgrader.report(error);
}

function isUpgrade(message: IncomingMessage): boolean {
  return isUpgradeRequest({ headers: HeaderMap.fromFlat(message.rawHeaders) });
}

function nodeOptions({ headLimits, handshakeTimeoutMs }: AcceptSettings): object {
  const headersTimeout = Math.ceil(handshakeTimeoutMs);
  return {
    maxHeaderSize: headLimits.maxHeadBytes,
    headersTimeout,
    requestTimeout: Math.max(REQUEST_TIMEOUT_MS, headersTimeout),
    connectionsCheckingInterval: Math.min(MAX_CHECK_MS, Math.max(MIN_CHECK_MS, headersTimeout)),
    // Node 20 and 22 before 22.21 do not ask: what offers another protocol then comes back through "upgrade".
    shouldUpgradeCallback: isUpgrade,
  };
}
