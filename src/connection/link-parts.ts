// What a link is made of, and where it reports.

import { type Clock, systemClock, systemTurns, type TurnScheduler } from "../host/index.js";
import type { LimitError, MessageCodec, ProtocolError, Role } from "../protocol/index.js";
import type { Transport, TransportError } from "../transport/index.js";
import type { CloseInfo } from "./close-info.js";
import type { ConnectionSettings } from "./connection-options.js";

/**
 * How far a connection has come; it never goes back.
 *
 * - `open`: what is sent is accepted.
 * - `closing`: Close was asked for, sent or received, or the peer broke a rule. What was accepted before may still leave.
 * - `cut`: nothing that is sent from now on reaches the peer. What it had sent before is still delivered, unless this end
 *   wants to close.
 * - `over`: all has been told.
 */
export type Phase = "open" | "closing" | "cut" | "over";

/** Where a link reports, in the order of events. */
export interface LinkListener {
  message(data: string | Uint8Array, isBinary: boolean): void;
  ping(payload: Uint8Array): void;
  pong(payload: Uint8Array): void;
  /** Bytes that waited have been taken. */
  drained(): void;
  failed(error: ProtocolError | LimitError): void;
  /** Nobody hears what is sent from now on, for the transport has ended. `error` is what failed, as far as that is known. */
  cut(error: TransportError | undefined): void;
  /** The last call. */
  ended(info: CloseInfo, error: TransportError | undefined): void;
}

/** Time and scheduling; a simulation brings its own. */
export interface LinkHost {
  readonly clock: Clock;
  readonly turns: TurnScheduler;
}

export const systemHost: LinkHost = { clock: systemClock, turns: systemTurns };

export interface LinkOptions {
  transport: Transport;
  role: Role;
  settings: ConnectionSettings;
  codec?: MessageCodec | undefined;
  host?: LinkHost | undefined;
}
