// What a client may be told, and the check of it.

import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions as NodeTlsOptions } from "node:tls";
import { checkTransport, createDialer, type TransportChoice } from "../carrier/index.js";
import {
  type ConnectionOptions,
  type ConnectionSettings,
  resolveConnectionOptions,
  timeoutOption,
} from "../connection/index.js";
import { type Compression, type DeflateOptions, resolveCompression } from "../deflate/index.js";
import {
  type HeaderInput,
  type HeaderList,
  headerListOf,
  subprotocolsOf,
  type WebSocketTarget,
} from "../handshake/index.js";
import { zlibEngine } from "../host/index.js";
import { checkOptions, checkType, describeValue, invalidArgument } from "../protocol/index.js";
import { checkPem, type Dialer } from "../transport/index.js";
import { connectTable } from "./option-names.js";
import { type ReconnectOptions, type ReconnectPolicy, resolveReconnect } from "./reconnect-policy.js";

/** How to reach a server. */
export interface DialOptions {
  /** Node's options for `tls.connect`: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized` and so on. An https proxy
   * is checked against the same `ca`; the rest is for the server alone. */
  tls?: NodeTlsOptions | undefined;
  /** What carries the connection. "node": Node's sockets. "uring": io_uring, on Linux from 6.1 on, or an error that says why not;
   * the kernel does its TLS where it can, once Node's has made the handshake.
   * "auto" is "uring" where it works, but "node" under TLS. Default "auto". */
  transport?: TransportChoice | undefined;
  /** The URL of an HTTP proxy to tunnel through; "env" asks WS_PROXY, WSS_PROXY, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and
   * NO_PROXY. Default false. */
  proxy?: string | URL | "env" | false | undefined;
  /** A unix socket to connect to; the URL then only says what goes into the request. Beside it no `proxy` can be named. */
  socketPath?: string | undefined;
  /** Resolves host names in place of the system. */
  lookup?: LookupFunction | undefined;
  /** Makes the stream itself; TLS is then the caller's too. For `wss:` and `https:` the stream must be one of `tls.connect`, or
   * have an `encrypted` that is true like these, or the attempt rejects with `StateError` `INVALID_ARGUMENT`. Beside it no
   * `tls`, `proxy`, `socketPath`, `lookup` nor `transport: "uring"` can be given. */
  createConnection?: ((target: WebSocketTarget) => Duplex | Promise<Duplex>) | undefined;
}

export interface ConnectOptions extends ConnectionOptions, DialOptions {
  /** Subprotocols to offer, in order of preference. */
  protocols?: string | readonly string[] | undefined;
  /** Further headers of the request. A redirect to another origin carries User-Agent, Accept-Language and Origin along, and no
   * other. */
  headers?: HeaderInput | undefined;
  /** Ends the attempt to connect; it ends neither an open connection nor what `reconnect` does later. */
  signal?: AbortSignal | undefined;
  /** The Origin header, for what acts for a browser. */
  origin?: string | undefined;
  /** permessage-deflate: whether and how it is offered. Default true. */
  compression?: boolean | DeflateOptions | undefined;
  /** Milliseconds until the connection is open: name, TCP, TLS, proxy, redirects and handshake. At most 2 147 483 647.
   * Default 10 000. Breach: `HandshakeError` `HANDSHAKE_TIMED_OUT`. */
  handshakeTimeoutMs?: number | undefined;
  /** How many redirects are followed. Another origin (scheme, host or port) gets none of `headers` but User-Agent,
   * Accept-Language and Origin, and of `tls` only whom to trust: no client certificate, no `servername`, no
   * `rejectUnauthorized: false`. wss never becomes ws. Default 0. */
  followRedirects?: number | undefined;
  /** Opens a new connection when one is lost. Default false. */
  reconnect?: ReconnectOptions | boolean | undefined;
}

/** How to reach a server, with what carries the connection chosen. */
export interface DialSettings extends Readonly<Omit<DialOptions, "transport" | "proxy">> {
  readonly proxy?: string | false | undefined;
  /** Sent as soon as there is a connection, before TLS. */
  readonly preamble?: Uint8Array | undefined;
  /** What carries the connection depends on whether it is put under TLS. */
  readonly dialerFor: (isSecure: boolean) => Dialer;
}

/** Options with their values. */
export interface ConnectSettings {
  readonly connection: ConnectionSettings;
  readonly dial: DialSettings;
  readonly protocols: readonly string[];
  readonly headers: HeaderList;
  readonly signal: AbortSignal | undefined;
  readonly origin: string | undefined;
  readonly compression: Compression | undefined;
  readonly handshakeTimeoutMs: number;
  readonly followRedirects: number;
  readonly reconnect: ReconnectPolicy | undefined;
}

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT`, or `TransportError` for a transport that is not here. */
export function resolveConnectOptions(options: ConnectOptions): ConnectSettings {
  checkConnectOptions(options);
  checkSignal(options.signal);
  const dial = resolveDialOptions(options);
  const { compression = true, followRedirects = 0 } = options;
  if (!(Number.isInteger(followRedirects) && followRedirects >= 0)) {
    throw invalidArgument(
      `followRedirects is ${describeValue(followRedirects)}; it takes the number of them, an integer of at least 0`,
    );
  }
  return {
    connection: resolveConnectionOptions(options),
    dial,
    protocols: subprotocolsOf(options.protocols),
    headers: headerListOf(options.headers),
    signal: options.signal,
    origin: options.origin,
    compression: resolveCompression("compression", compression, zlibEngine),
    handshakeTimeoutMs: timeoutOption("handshakeTimeoutMs", options.handshakeTimeoutMs, 10_000),
    followRedirects,
    reconnect: resolveReconnect(options.reconnect),
  };
}

/** A browser's second argument is the subprotocols. */
function checkConnectOptions(options: unknown): void {
  if (typeof options === "string" || Array.isArray(options)) {
    const names = Array.isArray(options) ? options : [options];
    const shown = names.slice(0, 4).map(describeValue).join(", ");
    const text = `the second argument of connect is ${describeValue(options)}; subprotocols are given as { protocols: [${shown}] }`;
    throw invalidArgument(text);
  }
  checkOptions(options, connectTable);
  checkType("origin", (options as ConnectOptions).origin, "string", 'a string such as "https://example.com"');
}

/** Throws as `resolveConnectOptions` does. */
export function resolveDialOptions(options: DialOptions): DialSettings {
  const { tls, transport = "auto", socketPath, lookup, createConnection } = options;
  const proxy = options.proxy instanceof URL ? options.proxy.href : options.proxy;
  checkTransport(transport);
  checkType("tls", tls, "object", "an object such as { ca }");
  checkPem(tls);
  checkType("socketPath", socketPath, "string", "the path of a unix socket");
  checkType("lookup", lookup, "function", "a function like that of node:dns");
  checkType("createConnection", createConnection, "function", "a function that answers a stream");
  const isProxy = typeof proxy === "string" || proxy === undefined || proxy === false;
  if (!isProxy)
    throw invalidArgument(
      `proxy is ${describeValue(proxy)}; it takes a URL such as "http://proxy:3128", "env" or false`,
    );
  checkWay(options);
  const [plain, secure] = [createDialer(transport), createDialer(transport, false)];
  const dialerFor = (isSecure: boolean): Dialer => (isSecure ? secure : plain);
  return { dialerFor, tls, proxy, socketPath, lookup, createConnection };
}

/** What would go unheard is refused: whoever asks for a proxy or a certificate must not be without it. */
function checkWay({ createConnection, socketPath, ...others }: DialOptions): void {
  const { tls, proxy, lookup, transport } = others;
  if (createConnection !== undefined) {
    // Node's sockets are what carries any stream.
    const isElsewhere = transport !== undefined && transport !== "auto" && transport !== "node";
    const given = { tls, socketPath, lookup, proxy: proxy || undefined, transport: isElsewhere || undefined };
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue;
      throw invalidArgument(
        `${name} means nothing beside createConnection, which makes the whole way to the server: leave one of them out`,
      );
    }
  }
  // The environment names a proxy for hosts, and none for a unix socket.
  if (socketPath !== undefined && proxy && proxy !== "env")
    throw invalidArgument(
      "proxy means nothing beside socketPath, for a unix socket is behind no proxy: leave one of them out",
    );
}

/** Throws `StateError` `INVALID_ARGUMENT` unless it is absent or can end an attempt. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return;
  const { addEventListener, aborted } = Object(signal) as Partial<AbortSignal>;
  if (typeof addEventListener === "function" && typeof aborted === "boolean") return;
  const what = signal instanceof AbortController ? "an AbortController" : describeValue(signal);
  throw invalidArgument(`signal is ${what}; it takes an AbortSignal, such as controller.signal`);
}
