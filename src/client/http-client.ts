// Plain HTTP requests and WebSockets from one set of defaults, over the same dialling as `connect`.

import type { WebSocketConnection } from "../connection/index.js";
import { type DeflateOptions, EXTENSION_NAME } from "../deflate/index.js";
import {
  encodeRequestHead,
  type HeaderInput,
  type HeaderList,
  headerListOf,
  subprotocolsOf,
} from "../handshake/index.js";
import { checkOptions, checkType, describeValue, invalidArgument } from "../protocol/index.js";
import { toStream } from "../transport/index.js";
import { connect } from "./connect.js";
import { type ConnectOptions, checkSignal } from "./connect-options.js";
import { dial } from "./dial.js";
import { explainHttpFailure } from "./http-failure.js";
import { type HttpClientOptions, type HttpSettings, resolveHttpOptions } from "./http-options.js";
import { exchangeHttp, type HttpClientResponse, overlayHeaders } from "./http-request.js";
import { OpeningDeadline } from "./opening-deadline.js";
import { connectTable, getTable, requestTable } from "./option-names.js";
import { parseHttpUrl } from "./target.js";
import { explainTlsFailure } from "./tls-failure.js";

export interface HttpRequestInit {
  /** Default "GET". */
  method?: string | undefined;
  /** Further headers; each replaces those of the client that have the same name. */
  headers?: HeaderInput | undefined;
  /** A string is sent as UTF-8. Default: none. */
  body?: string | Uint8Array | undefined;
  /** Ends the request, until the whole response is there, with `HandshakeError` `ABORTED`. Default: that of the client. */
  signal?: AbortSignal | undefined;
}

export class HttpClient {
  readonly #settings: HttpSettings;

  /** Throws `StateError` for a name that is not known and an option out of range, `TransportError` `UNSUPPORTED_TRANSPORT`. */
  constructor(options: HttpClientOptions = {}) {
    this.#settings = resolveHttpOptions(options);
  }

  /** A request with the method GET. Rejects as `request` does, and for a `method` or `body` too. */
  async get(
    url: string | URL,
    init: Omit<HttpRequestInit, "method" | "body"> = {},
  ): Promise<HttpClientResponse> {
    checkOptions(init, getTable);
    return this.request(url, init);
  }

  /**
   * Sends one request on a connection of its own and reads the whole response. Any status resolves; redirects are not
   * followed. Headers replace those of the client that have the same name. Rejects with `TransportError`, `TIMED_OUT` for a
   * body that pauses for `bodyIdleTimeoutMs` among them, `LimitError` `BODY_TOO_LARGE` for one of more than `maxBodyBytes`,
   * `StateError` for what cannot be sent, or `HandshakeError`: `URL_INVALID`, `PROXY_INVALID`, `PROXY_REFUSED`,
   * `HANDSHAKE_TIMED_OUT` when no response head came within `handshakeTimeoutMs`, and `ABORTED`.
   */
  async request(url: string | URL, init: HttpRequestInit = {}): Promise<HttpClientResponse> {
    const { connect: settings } = this.#settings;
    checkRequest(init);
    const target = parseHttpUrl(url);
    const own: HeaderList = [["Host", target.hostHeader]];
    const credentials: HeaderList =
      target.authorization === undefined ? [] : [["Authorization", target.authorization]];
    const headers = overlayHeaders(own, credentials, settings.headers, headerListOf(init.headers));
    const { method = "GET", body } = init;
    // Throws for what cannot be sent, before anything is opened.
    encodeRequestHead(method, target.target, headers);
    const signal = init.signal ?? settings.signal;
    const deadline = new OpeningDeadline(settings.handshakeTimeoutMs, signal, "no response head came");
    try {
      const stream = toStream(await dial(target, settings.dial, deadline.signal));
      const outgoing = { method, target: target.target, headers, body };
      return await exchangeHttp(stream, outgoing, this.#settings, deadline).catch((error: unknown) => {
        const { hostHeader: server, isSecure } = target;
        throw explainHttpFailure(explainTlsFailure(error, server), server, isSecure);
      });
    } finally {
      deadline.clear();
    }
  }

  /** Begins to describe a WebSocket; `connect()` opens it. */
  websocket(url: string | URL): WebSocketBuilder {
    return new WebSocketBuilder(url, this.#settings.connectOptions);
  }
}

/** Throws `StateError` `INVALID_ARGUMENT` for what cannot be asked. */
function checkRequest(init: HttpRequestInit): void {
  checkOptions(init, requestTable);
  checkType("method", init.method, "string", "a string");
  checkSignal(init.signal);
  if (init.method?.toUpperCase() === "CONNECT")
    throw invalidArgument("method CONNECT asks for a tunnel, which is no request; see the option proxy");
  const { body } = init;
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return;
  throw invalidArgument(`body is ${describeValue(body)}; it takes a string or a Uint8Array`);
}

/** A connection in the making. Every method answers the builder. */
export class WebSocketBuilder {
  readonly #url: string | URL;
  readonly #options: ConnectOptions;
  #headers: [string, string][];
  #protocols: string[];

  constructor(url: string | URL, options: ConnectOptions = {}) {
    checkOptions(options, connectTable);
    this.#url = url;
    this.#options = { ...options };
    this.#headers = headerListOf(options.headers).map(([name, value]) => [name, value]);
    this.#protocols = [...subprotocolsOf(options.protocols)];
  }

  /** Offers one more subprotocol, after those before it. */
  subprotocol(name: string): this {
    this.#protocols.push(name);
    return this;
  }

  /** Offers these, after those before them. */
  subprotocols(names: string | readonly string[]): this {
    this.#protocols.push(...subprotocolsOf(names));
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

  /** Offers an extension. The one there is has the name "permessage-deflate"; its options are those of `compression`. */
  extension(name: string, options: DeflateOptions = {}): this {
    if (name === EXTENSION_NAME) return this.compression(options);
    throw invalidArgument(`extension ${describeValue(name)} is not known; "${EXTENSION_NAME}" is`);
  }

  /** Sets any other option of `connect`. Throws `StateError` `INVALID_ARGUMENT` for a name that is not known. */
  option<K extends keyof ConnectOptions>(name: K, value: ConnectOptions[K]): this {
    checkType("the name of an option", name, "string", "a string");
    checkOptions({ [name]: value }, connectTable);
    if (name === "protocols") this.#protocols = [...subprotocolsOf(value as ConnectOptions["protocols"])];
    else if (name === "headers")
      this.#headers = headerListOf(value as HeaderInput).map(([key, text]) => [key, text]);
    else this.#options[name] = value;
    return this;
  }

  /** Opens it. Rejects as `connect` does. */
  connect(): Promise<WebSocketConnection> {
    return connect(this.#url, { ...this.#options, headers: this.#headers, protocols: this.#protocols });
  }
}
