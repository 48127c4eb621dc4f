// What an endpoint reports. A `close` or an `error` is the last event of a connection.

import type { HandshakeError, RequestHead, ResponseHead, UpgradeOffer } from "../handshake/index.js";
import type { LimitError, ProtocolError } from "../protocol/index.js";

/** What both roles report. All data is the caller's to keep. */
export type EndpointEvent =
  | { readonly type: "text"; readonly data: string }
  | { readonly type: "binary"; readonly data: Uint8Array }
  /** A ping has been answered already: the pong is in the output. */
  | { readonly type: "ping" | "pong"; readonly data: Uint8Array }
  /**
   * The peer's Close, answered already. Code 1005 when it carried none; 1006 when the stream ended without one
   * (RFC 6455 §7.1.5).
   */
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  /** The peer broke a rule or a limit. What answers it is in the output: a Close frame, or a server's refusal. */
  | { readonly type: "error"; readonly error: HandshakeError | ProtocolError | LimitError };

/** A client's connection is open. */
export interface OpenEvent {
  readonly type: "open";
  /** The subprotocol that the server chose, "" if none. */
  readonly protocol: string;
  /** The extensions as the server's header says them, "" if none. */
  readonly extensions: string;
  readonly head: ResponseHead;
}

/** A server got a valid upgrade request and waits for `accept` or `refuse`. */
export interface OfferEvent {
  readonly type: "offer";
  readonly offer: UpgradeOffer;
  readonly head: RequestHead;
}

export type ClientEvent = OpenEvent | EndpointEvent;
export type ServerEvent = OfferEvent | EndpointEvent;
