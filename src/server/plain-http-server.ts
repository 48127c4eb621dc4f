// Node's HTTP server behind our listener. It never listens itself: it gets the connections whose first request was no
// upgrade. Later requests of such a connection may be one.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import {
  type HandshakeError,
  HeaderMap,
  hasToken,
  isToken,
  isUpgradeRequest,
  readPartialHead,
} from "../handshake/index.js";
import { endpointsOf } from "../transport/index.js";
import { DrainingSet } from "./draining-set.js";
import { HttpConnection } from "./http-connection.js";
import { repeatWithoutUpgrade, upgradeFromHttp } from "./http-upgrade.js";
import { PlainExchange, type PlainHandlers, type PlainHttpHost, type PlainRequest } from "./plain-http.js";
import { failureOf } from "./request-failure.js";
import type { Arrival, FrontSettings, UpgradeTaker } from "./upgrade-taker.js";

/** Node's default for a whole request; it may not be less than the time for the head. */
const REQUEST_TIMEOUT_MS = 300_000;
/** How often Node looks for heads that take too long, at least and at most. */
const MIN_CHECK_MS = 50;
const MAX_CHECK_MS = 30_000;

/** What answers a request that Node's parser gives up on; 400 for all others. */
const statusesByCode: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
  // RFC 9110 §9.1: a method that is "unrecognized or not implemented SHOULD" be answered with 501.
  HPE_INVALID_METHOD: 501,
};

/** What Node's "clientError" tells. */
interface ParserError extends Error {
  code?: string;
  /** What was being parsed, and how far that came. */
  rawPacket?: Uint8Array;
  bytesParsed?: number;
}

export class PlainHttpServer<Admitted> implements PlainHttpHost {
  readonly handlers: PlainHandlers;
  isClosing = false;
  readonly #upgrader: UpgradeTaker<Admitted>;
  readonly #http: Server;
  /** Each knows its connection. */
  readonly #streams = new DrainingSet<Duplex>();

  constructor(upgrader: UpgradeTaker<Admitted>, handlers: PlainHandlers) {
    this.#upgrader = upgrader;
    this.handlers = handlers;
    this.#http = createServer(nodeOptions(upgrader.settings));
    configure(this.#http, upgrader.settings);
    this.#http
      .on("request", (message, response) => this.#take({ message, response }))
      .on("checkContinue", (message, response) => this.#take({ message, response, isContinueExpected: true }))
      .on("checkExpectation", (message, response) => this.#take({ message, response, refusal: 417 }))
      .on("upgrade", this.#onUpgrade)
      .on("connect", this.#onConnect)
      .on("clientError", this.#onClientError)
      // Node would destroy the socket, whatever it is that takes so long.
      .on("timeout", () => {});
  }

  get settings(): FrontSettings {
    return this.#upgrader.settings;
  }

  report(error: Error): void {
    this.#upgrader.report(error);
  }

  refused(message: IncomingMessage, error: HandshakeError): void {
    const { method = "", url = "", rawHeaders, socket } = message;
    const request = { kind: "http" as const, method, url, headers: HeaderMap.fromFlat(rawHeaders) };
    this.#upgrader.refusedUnseen?.({ ...request, peer: peerOf(socket) }, error);
  }

  ended(): void {
    if (this.isClosing) this.#http.closeIdleConnections();
  }

  start(): void {
    this.isClosing = false;
    // Node arms the deadlines for heads and bodies when its server listens, which this one never does.
    this.#http.emit("listening");
  }

  /** Serves a connection that begins with its first byte. */
  add(stream: Duplex): void {
    if (this.isClosing || stream.destroyed) {
      stream.destroy();
      return;
    }
    this.#serve(stream);
    stream.resume();
  }

  /** Ends idle connections at once and others when their requests are answered, or after `timeoutMs`, which may be `Infinity`. */
  async close(timeoutMs: number): Promise<void> {
    this.isClosing = true;
    this.#http.close();
    this.#http.closeIdleConnections();
    for (const stream of this.#streams) HttpConnection.of(stream)?.close();
    await this.#streams.drained(timeoutMs, (stream) => stream.destroy());
  }

  #serve(stream: Duplex): void {
    // A stream that comes again, behind an upgrade that was none, is known.
    if (!this.#streams.view.has(stream)) stream.once("close", () => this.#streams.delete(stream));
    this.#streams.add(stream);
    this.#http.emit("connection", stream);
    new HttpConnection(stream, this.settings.connection.closeTimeoutMs);
  }

  #take(request: PlainRequest): void {
    const { message } = request;
    const connection = HttpConnection.of(message.socket);
    if (connection === undefined) return;
    // Behind an upgrade that is none Node's parser loses what came with it: what comes then may begin anywhere.
    const { upgrade, connection: options } = message.headers;
    if (upgrade === undefined || !hasToken(options, "upgrade"))
      connection.take(new PlainExchange(this, connection, request));
    else connection.takeLast(new PlainExchange(this, connection, { ...request, isLast: true }));
  }

  readonly #onUpgrade = (message: IncomingMessage, stream: Duplex, early: Uint8Array): void => {
    // The stream is the connection's socket, or one around it where Node reads a body before the protocol switches.
    const connection = HttpConnection.of(message.socket);
    const ignore = (): void => {};
    stream.on("error", ignore);
    // RFC 9112 §9.3.2: "it MUST send the corresponding responses in the same order that the requests were received": the
    // 101 waits for what was asked before it.
    const begin = (): void => {
      if (stream.writable) this.#upgrade(message, stream, early);
      stream.off("error", ignore);
    };
    connection?.takeLast({ begin, drop: () => stream.resume(), interrupt: () => true });
  };

  #upgrade(message: IncomingMessage, stream: Duplex, early: Uint8Array): void {
    HttpConnection.of(message.socket)?.release();
    if (isUpgradeRequest(message)) void this.#switch(message, stream, early);
    else repeatWithoutUpgrade(message, stream, early, (again) => this.#serve(again));
  }

  /** The stream stays one of ours until it is a connection that is counted as such, and for good when it is refused: `close`
   * waits for it all the time. */
  async #switch(message: IncomingMessage, stream: Duplex, early: Uint8Array): Promise<void> {
    const outcome = await upgradeFromHttp(this.#upgrader, message, stream, early);
    if (!(outcome instanceof Error)) this.#streams.delete(message.socket);
  }

  /** RFC 9110 §9.3.6: CONNECT is for proxies. */
  readonly #onConnect = (message: IncomingMessage): void => {
    const connection = HttpConnection.of(message.socket);
    const begin = (): void => {
      this.refused(message, failureOf(501, "CONNECT is for proxies that make tunnels"));
      connection?.refuse(501);
    };
    connection?.takeLast({ begin, drop: () => {}, interrupt: () => true });
  };

  readonly #onClientError = (error: ParserError, socket: Duplex): void => {
    const connection = HttpConnection.of(socket);
    if (connection === undefined) socket.destroy();
    else this.#break(connection, error, socket);
  };

  #break(connection: HttpConnection, error: ParserError, socket: Duplex): void {
    const status = statusOf(error);
    // Of a later request nobody knows where it begins in what is being read.
    const read = connection.isFresh && error.rawPacket ? error.rawPacket : new Uint8Array(0);
    connection.break(error, status, () => {
      const { method, target, headers } = readPartialHead(read);
      const request = { kind: "http" as const, method, url: target, headers, peer: peerOf(socket) };
      this.#upgrader.refusedUnseen?.(request, failureOf(status, error.message));
    });
  }
}

function statusOf({ code = "", rawPacket, bytesParsed = 0 }: ParserError): number {
  const status = Object.hasOwn(statusesByCode, code) ? statusesByCode[code] : 400;
  // What is no token is no method either.
  const byte = rawPacket?.[bytesParsed];
  return status === 501 && byte !== undefined && !isToken(String.fromCharCode(byte)) ? 400 : status;
}

function peerOf(stream: Duplex): Arrival["peer"] {
  const { remoteAddress, encrypted } = stream as Partial<TLSSocket>;
  return { remoteAddress, isSecure: encrypted === true, endpoints: () => endpointsOf(stream) };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function nodeOptions({ headLimits, handshakeTimeoutMs }: FrontSettings): object {
  const headersTimeout = Math.ceil(handshakeTimeoutMs);
  return {
    maxHeaderSize: headLimits.maxHeadBytes,
    headersTimeout,
    requestTimeout: Math.max(REQUEST_TIMEOUT_MS, headersTimeout),
    connectionsCheckingInterval: Math.min(MAX_CHECK_MS, Math.max(MIN_CHECK_MS, headersTimeout)),
    // Every request is answered in its turn, this one too.
    requireHostHeader: false,
    // Node 20 and 22 before 22.21 do not ask, and take everything for an upgrade. What is none comes back from there, but
    // for its body, which later versions have read by then.
    shouldUpgradeCallback: (message: IncomingMessage) => isUpgradeRequest(message) || !hasBody(message),
  };
}

function configure(http: Server, { connection: { heartbeat } }: FrontSettings): void {
  // A client that takes nothing of its response for as long as a silent WebSocket may live is gone.
  if (heartbeat) http.timeout = heartbeat.intervalMs + heartbeat.timeoutMs;
  // Node's switch, which its documentation does not name, for clients that end their side once they have asked. Without
  // it their response would be lost.
  Object.assign(http, { httpAllowHalfOpen: true });
}
