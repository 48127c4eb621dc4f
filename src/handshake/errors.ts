// The codes of the opening handshake and the one class that carries them. A code fixes the default HTTP
// status: the one a server answers with, or 0 for what only a client finds out. Messages quote the peer's
// bytes escaped and are for the log; an answer to the peer carries the reason phrase of the status and
// nothing else.

import { WebSocketError } from "../protocol/index.js";
import type { ResponseHead } from "./head.js";

/**
 * What can go wrong before a connection is open, with the HTTP status that answers it and the rule behind it.
 */
export const handshakeErrorCodes = {
  // The head itself, in either direction.
  HEAD_MALFORMED: {
    status: 400,
    section: "RFC 9112 §2.2",
    meaning: "What came is no HTTP head: the other side may speak TLS, or something else altogether.",
  },
  HEAD_TOO_LARGE: {
    status: 431,
    section: "RFC 6585 §5",
    meaning: "The head takes more bytes than are accepted (`maxHeadBytes`).",
  },
  TOO_MANY_HEADERS: {
    status: 431,
    section: "RFC 6585 §5",
    meaning: "The head has more headers than are accepted (`maxHeaders`).",
  },
  HTTP_VERSION_UNSUPPORTED: {
    status: 505,
    section: "RFC 6455 §4.2.1",
    meaning: "The head is not of HTTP/1.1.",
  },
  HEADER_REPEATED: {
    status: 400,
    section: "RFC 6455 §11.3",
    meaning: "A header that may come once comes twice.",
  },
  EXTENSIONS_MALFORMED: {
    status: 400,
    section: "RFC 6455 §9.1",
    meaning: "`Sec-WebSocket-Extensions` does not follow its grammar.",
  },
  HANDSHAKE_TIMED_OUT: {
    status: 408,
    section: "RFC 9110 §15.5.9",
    meaning: "The handshake was not complete after `handshakeTimeoutMs`.",
  },

  // A request that a server refuses.
  METHOD_NOT_GET: { status: 405, section: "RFC 6455 §4.2.1", meaning: "The request is not a GET." },
  TARGET_INVALID: {
    status: 400,
    section: "RFC 9112 §3.2",
    meaning: "The request asks for something that is not a path of this host.",
  },
  HOST_MISSING: { status: 400, section: "RFC 6455 §4.2.1", meaning: "The request has no `Host`." },
  HOST_INVALID: {
    status: 400,
    section: "RFC 9112 §3.2",
    meaning: "`Host` is no host name with an optional port.",
  },
  NOT_AN_UPGRADE: {
    status: 426,
    section: "RFC 6455 §4.2.1",
    meaning: "The request does not ask for a WebSocket.",
  },
  UPGRADE_INVALID: {
    status: 400,
    section: "RFC 9110 §7.8",
    meaning: "The request asks for cleartext HTTP/2 beside a WebSocket.",
  },
  CONNECTION_UPGRADE_MISSING: {
    status: 400,
    section: "RFC 6455 §4.2.1",
    meaning: "The `Connection` header does not name `upgrade`.",
  },
  KEY_MISSING: {
    status: 400,
    section: "RFC 6455 §4.2.1",
    meaning: "The request has no `Sec-WebSocket-Key`.",
  },
  KEY_INVALID: {
    status: 400,
    section: "RFC 6455 §4.2.1",
    meaning: "`Sec-WebSocket-Key` is not base64 of 16 bytes.",
  },
  WEBSOCKET_VERSION_UNSUPPORTED: {
    status: 426,
    section: "RFC 6455 §4.4",
    meaning: "The request is not of version 13, the only one there is.",
  },
  SUBPROTOCOLS_MALFORMED: {
    status: 400,
    section: "RFC 6455 §4.1",
    meaning: "`Sec-WebSocket-Protocol` is not a list of different tokens.",
  },
  BODY_FORBIDDEN: {
    status: 400,
    section: "RFC 9110 §9.3.1",
    meaning: "The request has a body, or bytes follow it before it was answered.",
  },
  REQUEST_UNSUPPORTED: {
    status: 501,
    section: "RFC 9110 §15.6.2",
    meaning:
      "The request needs what is not done here: a method such as CONNECT, a coding of its body, an expectation.",
  },
  ORIGIN_FORBIDDEN: {
    status: 403,
    section: "RFC 6455 §4.2.2",
    meaning: "A page of an origin that `origins` does not let in asked for the connection.",
  },
  PATH_NOT_SERVED: {
    status: 404,
    section: "RFC 6455 §4.2.2",
    meaning: "The path is not the one that is served (`path`).",
  },
  REFUSED: { status: 403, section: "RFC 6455 §4.2.2", meaning: "The `upgrade` handler said no." },
  HANDLER_FAILED: {
    status: 500,
    section: "RFC 9110 §15.6.1",
    meaning: "The `upgrade` handler threw, or answered what it may not, or what cannot be sent.",
  },
  SERVER_UNAVAILABLE: {
    status: 503,
    section: "RFC 9110 §15.6.4",
    meaning: "The server takes no connections now.",
  },

  // A response, or a way to it, that a client refuses.
  UNEXPECTED_STATUS: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "The server answered with another status than 101; `status` and `head` say which.",
  },
  RESPONSE_UPGRADE_INVALID: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "The 101 does not say `Upgrade: websocket`.",
  },
  RESPONSE_CONNECTION_INVALID: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "The 101 does not say `Connection: Upgrade`.",
  },
  ACCEPT_INVALID: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "`Sec-WebSocket-Accept` does not answer our key: this is no WebSocket server, or a cache.",
  },
  SUBPROTOCOL_NOT_OFFERED: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "The server chose a subprotocol that we did not offer.",
  },
  EXTENSION_NOT_OFFERED: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "The server uses an extension that we did not offer.",
  },
  EXTENSION_PARAMETERS_INVALID: {
    status: 0,
    section: "RFC 7692 §5",
    meaning: "The server answered our offer of permessage-deflate with what cannot stand.",
  },
  URL_INVALID: {
    status: 0,
    section: "RFC 6455 §3",
    meaning: "The URL has no host, has a fragment, or has another scheme than ws, wss, http or https.",
  },
  REDIRECT_INVALID: {
    status: 0,
    section: "RFC 9110 §15.4",
    meaning: "A redirect leads to something that is no URL.",
  },
  REDIRECT_INSECURE: { status: 0, section: "RFC 6455 §10.6", meaning: "A redirect leads from wss to ws." },
  TOO_MANY_REDIRECTS: {
    status: 0,
    section: "RFC 9110 §15.4",
    meaning: "There are more redirects than `followRedirects`.",
  },
  PROXY_INVALID: { status: 0, section: "RFC 9110 §9.3.6", meaning: "The proxy is no http or https URL." },
  PROXY_REFUSED: {
    status: 0,
    section: "RFC 9110 §9.3.6",
    meaning: "The proxy would not make a tunnel; `status` says why.",
  },
  CONNECTION_ENDED: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "The connection ended before the handshake was complete.",
  },
  ABORTED: {
    status: 0,
    section: "RFC 6455 §4.1",
    meaning: "The `signal` was aborted; the error's `name` is `AbortError`.",
  },
} as const;
export type HandshakeErrorCode = keyof typeof handshakeErrorCodes;

export interface HandshakeErrorOptions extends ErrorOptions {
  /** The HTTP status, when it is not that of `head` nor the default of the code. */
  readonly status?: number | undefined;
  /** The response that was received. */
  readonly head?: ResponseHead | undefined;
}

/** The opening handshake failed: it rejects `connect`, or answers the request. */
export class HandshakeError extends WebSocketError {
  declare readonly code: HandshakeErrorCode;
  /** The HTTP status that was received, or that answers the request; 0 when there is none. */
  readonly status: number;
  /** The rule behind the code. */
  readonly section: string;
  /** Client: the response head, once one was read. */
  readonly head: ResponseHead | undefined;

  constructor(code: HandshakeErrorCode, message: string, options: HandshakeErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status ?? options.head?.status ?? handshakeErrorCodes[code].status;
    this.section = handshakeErrorCodes[code].section;
    this.head = options.head;
  }
}
