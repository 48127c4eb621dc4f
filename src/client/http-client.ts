// Plain HTTP requests and WebSockets from one set of defaults, over the same dialling as `connect`.

import { type IncomingMessage, request as httpRequest } from "node:http";
import type { WebSocketConnection } from "../connection/index.js";
import type { DeflateOptions } from "../deflate/index.js";
import { describeTarget, HandshakeError, type HeaderInput, type HeaderList, HeaderMap, headerListOf } from "../handshake/index.js";
import { toTransportError } from "../transport/index.js";
import { connect } from "./connect.js";
import type { ConnectOptions } from "./connect-options.js";
import { dial } from "./dial.js";
import { OpeningDeadline } from "./opening-deadline.js";

/** Defaults of every request and connection of a client. */
export type HttpClientOptions = ConnectOptions & {
  /** Bytes of a response body that are read. Default 16 777 216. */
  maxBodyBytes?: number;
};

export interface HttpRequestInit {
  /** Default "GET". */
  method?: string;
  headers?: HeaderInput;
  body?: string | Uint8Array;
  signal?: AbortSignal;
}

/** A whole response. */
export interface HttpClientResponse {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  text(): string;
  json(): unknown;
}

const DEFAULT_MAX_BODY_BYTES = 16_777_216;

export class HttpClient {
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions = {}) {
    this.#options = options;
  }

  /** Rejects as `request` does. */
  get(url: string | URL, init: Omit<HttpRequestInit, "method" | "body"> = {}): Promise<HttpClientResponse> {
    return this.request(url, init);
  }

  /**
   * Sends one request on a connection of its own and reads the whole response. Any status resolves. Rejects with
   * `TransportError`, or `HandshakeError`: `URL_INVALID`, `PROXY_REFUSED`, `HANDSHAKE_TIMED_OUT` when no response head
   * came within `handshakeTimeoutMs`, `ABORTED`.
   */
  async request(url: string | URL, init: HttpRequestInit = {}): Promise<HttpClientResponse> {
    const { handshakeTimeoutMs = 10_000, maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = this.#options;
    const target = describeTarget(new URL(String(url)));
    if (target instanceof HandshakeError) throw target;
    const deadline = new OpeningDeadline(handshakeTimeoutMs, init.signal ?? this.#options.signal);
    try {
      const socket = await dial(target, this.#options, deadline.signal);
      const message = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = httpRequest({
          createConnection: () => socket,
          method: init.method ?? "GET",
          path: target.target,
          headers: toNodeHeaders([["Host", target.hostHeader], ...this.#headers(target.authorization), ...headerListOf(init.headers)]),
        });
        // `dial` hands out its streams paused.
        request.once("socket", () => socket.resume());
        request.once("response", resolve);
        request.once("error", (error) => reject(deadline.signal.aborted ? deadline.signal.reason : toTransportError(error)));
        deadline.signal.addEventListener("abort", () => request.destroy());
        request.end(init.body);
      });
      return await readResponse(message, maxBodyBytes);
    } finally {
      deadline.clear();
    }
  }

  /** Begins to describe a WebSocket; `connect()` opens it. */
  websocket(url: string | URL): WebSocketBuilder {
    return new WebSocketBuilder(url, this.#options);
  }

  #headers(authorization: string | undefined): HeaderList {
    const own = headerListOf(this.#options.headers);
    return authorization === undefined ? own : [["Authorization", authorization], ...own];
  }
}

/** A connection in the making. Every method answers the builder. */
export class WebSocketBuilder {
  readonly #url: string | URL;
  readonly #options: ConnectOptions;
  readonly #headers: [string, string][];
  readonly #protocols: string[];

  constructor(url: string | URL, options: ConnectOptions) {
    this.#url = url;
    this.#options = { ...options };
    this.#headers = headerListOf(options.headers).map(([name, value]) => [name, value]);
    const { protocols = [] } = options;
    this.#protocols = typeof protocols === "string" ? [protocols] : [...protocols];
  }

  /** Offers one more subprotocol, after those before it. */
  subprotocol(name: string): this {
    this.#protocols.push(name);
    return this;
  }

  /** Offers these, after those before them. */
  subprotocols(names: readonly string[]): this {
    this.#protocols.push(...names);
    return this;
  }

  /** Adds a header. */
  header(name: string, value: string): this {
    this.#headers.push([name, value]);
    return this;
  }

  /** Says whether and how permessage-deflate is offered. */
  compression(options: boolean | DeflateOptions): this {
    this.#options.compression = options;
    return this;
  }

  /** Sets any other option of `connect`. */
  option<K extends keyof ConnectOptions>(name: K, value: ConnectOptions[K]): this {
    this.#options[name] = value;
    return this;
  }

  /** Opens it. Rejects as `connect` does. */
  connect(): Promise<WebSocketConnection> {
    return connect(this.#url, { ...this.#options, headers: this.#headers, protocols: this.#protocols });
  }
}

function toNodeHeaders(lines: HeaderList): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    const earlier = headers[key];
    headers[key] = earlier === undefined || key === "host" ? value : [earlier, value].flat();
  }
  return headers;
}

async function readResponse(message: IncomingMessage, maxBodyBytes: number): Promise<HttpClientResponse> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBodyBytes) {
      message.destroy();
      throw new HandshakeError("HEAD_TOO_LARGE", `the response body exceeds ${maxBodyBytes} bytes (maxBodyBytes)`, { status: 0 });
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return {
    status: message.statusCode ?? 0,
    headers: HeaderMap.fromFlat(message.rawHeaders),
    body,
    text: () => body.toString("utf8"),
    json: () => JSON.parse(body.toString("utf8")),
  };
}
