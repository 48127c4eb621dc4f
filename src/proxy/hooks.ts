// The phases of a request through the proxy, where an application may look and decide. Those that decide, from `request` to
// `message`, are awaited before the next begins; what one throws answers 500, or ends the connection with 1011, for that one
// client. `close`, `log`, `upstreamHealth`, `tlsFailed` and `error` are told, and nobody waits for them. What any of them throws
// goes to `error` as a `ProxyError` `HOOK_FAILED`, unless the client it was asked for has gone; what `error` throws is lost.

import type { HeaderInput, HeaderMap } from "../handshake/index.js";
import type { TlsFailure } from "./listening/tls-failure.js";
import type { HealthChange } from "./upstream/upstream-state.js";

/** One request, on its way. */
export interface ProxyExchange {
  /** Counts from 1 in each proxy. */
  readonly id: number;
  readonly kind: "websocket" | "http";
  /** The name of the route that matched. */
  readonly route: string;
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  /** The Host header. */
  readonly host: string;
  /** As the client sent them. */
  readonly headers: HeaderMap;
  /** For whom it is asked: by the word of a trusted proxy, or else who is connected. */
  readonly clientAddress: string | undefined;
  /** Who is connected. */
  readonly peerAddress: string | undefined;
  /** The client's own connection is encrypted, by the word of a trusted proxy too. */
  readonly isSecure: boolean;
  /** The URL of the upstream, once one has been selected. */
  readonly upstream: string | undefined;
  /** The application's own. */
  context: unknown;
}

/** Answers the request in place of an upstream. */
export interface ProxyRefusal {
  /** 200 to 599. */
  status: number;
  headers?: HeaderInput | undefined;
  /** Left out with 204, 205 and 304, which have none. */
  body?: string | Uint8Array | undefined;
}

/** What goes to the upstream. */
export interface UpstreamRequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderMap;
}

/** What came from the upstream. */
export interface UpstreamResponseHead {
  readonly status: number;
  readonly headers: HeaderMap;
}

export interface ProxyMessage {
  readonly from: "client" | "upstream";
  readonly data: string | Uint8Array;
}

/** What becomes of a message: one of these. */
export interface ProxyMessageVerdict {
  /** Passes in its place; as text where it is a string. */
  data?: string | Uint8Array | undefined;
  /** Ends the connection: the client is told the code, whoever sent the message, and the upstream that it goes away. The reason is
   * at most 123 bytes of UTF-8. The message does not pass. */
  close?: { code: number; reason?: string | undefined } | undefined;
}

/** What the hook message answers. */
export type ProxyMessageAnswer = ProxyMessageVerdict | null | undefined | void;

/** Asked for each message of a connection. */
export type MessageLook = (message: ProxyMessage) => ProxyMessageAnswer | Promise<ProxyMessageAnswer>;

/** How a connection, or a plain exchange, ended. */
export interface AccessLogEntry {
  /** When the request had come, as ISO 8601. */
  readonly time: string;
  readonly id: number;
  readonly kind: "websocket" | "http";
  readonly client: string | undefined;
  readonly method: string;
  readonly host: string;
  readonly url: string;
  readonly route: string | undefined;
  readonly upstream: string | undefined;
  /** Of the response; 101 for a WebSocket. */
  readonly status: number;
  readonly durationMs: number;
  /** Bytes of payload and framing behind the heads, from the client and to it, also where the proxy answers by itself. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Whole messages; undefined where they are not counted. */
  readonly messagesReceived: number | undefined;
  readonly messagesSent: number | undefined;
  /** In the Close of whoever closed first, 1005 for one without a code; undefined where that side went without a Close, and for
   * plain requests. */
  readonly closeCode: number | undefined;
  /** Who was the first to close. Without `closeCode`: who was the first to go without a Close, be it that the proxy gave up on
   * somebody or cut them off. */
  readonly closedBy: "client" | "upstream" | "proxy" | undefined;
  /** The code of what went wrong. */
  readonly error: string | undefined;
}

/** In place of what would go to the upstream. */
export interface UpstreamRequestAnswer {
  /** A path and a query. */
  target?: string | undefined;
  headers?: HeaderInput | undefined;
}

/** In place of what would go to the client. */
export interface UpstreamResponseAnswer {
  headers?: HeaderInput | undefined;
}

/** What a hook answers, if anything, now or later. */
export type HookAnswer<Answer> = Answer | undefined | void | Promise<Answer | undefined | void>;

export interface ProxyHooks {
  /** A request has come and its route is known. A refusal answers it. */
  request?: ((exchange: ProxyExchange) => HookAnswer<ProxyRefusal>) | undefined;
  /** An upstream has been selected; again for each that is tried. */
  upstreamSelected?: ((exchange: ProxyExchange) => unknown) | undefined;
  /** The request is about to be sent. An answer with `target` or `headers` replaces those. */
  upstreamRequest?:
    | ((exchange: ProxyExchange, head: UpstreamRequestHead) => HookAnswer<UpstreamRequestAnswer>)
    | undefined;
  /** The upstream has answered. An answer with `headers` replaces those that go to the client, those of the handshake aside. */
  upstreamResponse?:
    | ((exchange: ProxyExchange, head: UpstreamResponseHead) => HookAnswer<UpstreamResponseAnswer>)
    | undefined;
  /** A message is passing, in mode "inspect", which one route at least has to have beside it. An answer with `data` passes in its
   * place, one with `close` ends the connection, and null lets nothing pass. */
  message?:
    | ((exchange: ProxyExchange, message: ProxyMessage) => ProxyMessageAnswer | Promise<ProxyMessageAnswer>)
    | undefined;
  /** A request that had a route is over, whether the hook request was asked for it or not. */
  close?: ((exchange: ProxyExchange, entry: AccessLogEntry) => unknown) | undefined;
  /** One line for the access log; of requests without a route, and of those that are refused unread, too. */
  log?: ((entry: AccessLogEntry) => unknown) | undefined;
  /** An upstream has gone out of service, or has come back. */
  upstreamHealth?: ((change: HealthChange) => unknown) | undefined;
  /** A TLS handshake at a listener failed. Of clients that leave by themselves nothing is told. Called for each, and public ports
   * are knocked at all day: do little here. */
  tlsFailed?: ((failure: TlsFailure) => unknown) | undefined;
  /** Something went wrong that whoever runs the proxy may have to mend: an upstream, a hook, a listener; or, in mode "inspect", one
   * side of an open WebSocket broke a rule or was lost. Then `side` is which, for that the error does not say. Of clients that
   * leave before they have an answer, or are turned away while the proxy closes, only the log has a word. */
  error?:
    | ((error: Error, exchange: ProxyExchange | undefined, side: ProxyMessage["from"] | undefined) => unknown)
    | undefined;
}
