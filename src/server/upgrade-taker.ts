// The port between the ways in and what becomes of an upgrade: a server opens a connection, a proxy asks another server.

import type { HandshakeError, HeaderMap, RequestHead } from "../handshake/index.js";
import type { Transport } from "../transport/index.js";
import type { Refused } from "./admission.js";
import type { Answerable, DrainingSet } from "./draining-set.js";
import type { AcceptSettings } from "./server-options.js";

/** A request head, and what it came over. */
export interface Arrival {
  readonly head: RequestHead;
  readonly peer: Pick<Transport, "remoteAddress" | "isSecure" | "endpoints">;
}

/** What is known of a request that is refused before anybody is asked about it. */
export interface RefusedRequest {
  readonly kind: "websocket" | "http";
  /** Empty where it cannot be told, as the next. */
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderMap;
  readonly peer: Arrival["peer"];
}

/** Within what requests have to come. */
export type FrontSettings = Pick<
  AcceptSettings,
  "connection" | "handshakeTimeoutMs" | "headLimits" | "maxBodyBytes"
>;

/** `Admitted` is what is known of an upgrade that may go on, `Outcome` what became of it. */
export interface UpgradeTaker<Admitted, Outcome = unknown> {
  readonly settings: FrontSettings;
  readonly registry: {
    /** What requests came over that are being decided upon, or whose refusal is being read. */
    readonly answering: DrainingSet<Answerable>;
  };
  admit(arrival: Arrival): Admitted | Refused | Promise<Admitted | Refused>;
  /** Answers the request. `early` are bytes that came behind its head. What is refused comes back as the reason. */
  conclude(verdict: Admitted | Refused, transport: Transport, early: Uint8Array | undefined): Outcome | Error;
  /** Answers with the refusal and ends the connection. */
  refuse(refused: Refused, transport: Transport): Error;
  /** Told of each request whose refusal neither `admit` nor a handler has decided. Connections that end without a byte are none. */
  refusedUnseen?(request: RefusedRequest, error: HandshakeError): void;
  /** For the log. */
  report(error: Error): void;
}
