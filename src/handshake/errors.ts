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
  HEAD_MALFORMED: { status: 400, section: "RFC 9112 §2.2" },
  HEAD_TOO_LARGE: { status: 431, section: "RFC 6585 §5" },
  TOO_MANY_HEADERS: { status: 431, section: "RFC 6585 §5" },
  HTTP_VERSION_UNSUPPORTED: { status: 505, section: "RFC 6455 §4.2.1" },
  HEADER_REPEATED: { status: 400, section: "RFC 6455 §11.3" },
  EXTENSIONS_MALFORMED: { status: 400, section: "RFC 6455 §9.1" },
  HANDSHAKE_TIMED_OUT: { status: 408, section: "RFC 9110 §15.5.9" },

  // A request that a server refuses.
  METHOD_NOT_GET: { status: 405, section: "RFC 6455 §4.2.1" },
  TARGET_INVALID: { status: 400, section: "RFC 9112 §3.2" },
  HOST_MISSING: { status: 400, section: "RFC 6455 §4.2.1" },
  HOST_INVALID: { status: 400, section: "RFC 9112 §3.2" },
  NOT_AN_UPGRADE: { status: 426, section: "RFC 6455 §4.2.1" },
  UPGRADE_INVALID: { status: 400, section: "RFC 9110 §7.8" },
  CONNECTION_UPGRADE_MISSING: { status: 400, section: "RFC 6455 §4.2.1" },
  KEY_MISSING: { status: 400, section: "RFC 6455 §4.2.1" },
  KEY_INVALID: { status: 400, section: "RFC 6455 §4.2.1" },
  WEBSOCKET_VERSION_UNSUPPORTED: { status: 426, section: "RFC 6455 §4.4" },
  SUBPROTOCOLS_MALFORMED: { status: 400, section: "RFC 6455 §4.1" },
  BODY_FORBIDDEN: { status: 400, section: "RFC 9110 §9.3.1" },
  ORIGIN_FORBIDDEN: { status: 403, section: "RFC 6455 §4.2.2" },
  PATH_NOT_SERVED: { status: 404, section: "RFC 6455 §4.2.2" },
  REFUSED: { status: 403, section: "RFC 6455 §4.2.2" },
  HANDLER_FAILED: { status: 500, section: "RFC 9110 §15.6.1" },
  SERVER_UNAVAILABLE: { status: 503, section: "RFC 9110 §15.6.4" },

  // A response, or a way to it, that a client refuses.
  UNEXPECTED_STATUS: { status: 0, section: "RFC 6455 §4.1" },
  RESPONSE_UPGRADE_INVALID: { status: 0, section: "RFC 6455 §4.1" },
  RESPONSE_CONNECTION_INVALID: { status: 0, section: "RFC 6455 §4.1" },
  ACCEPT_INVALID: { status: 0, section: "RFC 6455 §4.1" },
  SUBPROTOCOL_NOT_OFFERED: { status: 0, section: "RFC 6455 §4.1" },
  EXTENSION_NOT_OFFERED: { status: 0, section: "RFC 6455 §4.1" },
  EXTENSION_PARAMETERS_INVALID: { status: 0, section: "RFC 7692 §5" },
  URL_INVALID: { status: 0, section: "RFC 6455 §3" },
  REDIRECT_INVALID: { status: 0, section: "RFC 9110 §15.4" },
  REDIRECT_INSECURE: { status: 0, section: "RFC 6455 §10.6" },
  TOO_MANY_REDIRECTS: { status: 0, section: "RFC 9110 §15.4" },
  PROXY_INVALID: { status: 0, section: "RFC 9110 §9.3.6" },
  PROXY_REFUSED: { status: 0, section: "RFC 9110 §9.3.6" },
  CONNECTION_ENDED: { status: 0, section: "RFC 6455 §4.1" },
  ABORTED: { status: 0, section: "RFC 6455 §4.1" },
} as const;
export type HandshakeErrorCode = keyof typeof handshakeErrorCodes;

export interface HandshakeErrorOptions extends ErrorOptions {
  /** The HTTP status, when it is not that of `head` nor the default of the code. */
  readonly status?: number;
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
