// What a WebSocket is opened with, between the tunnel that it becomes and those who open it.

import type { RequestHead, UpgradeOffer } from "../handshake/index.js";
import type { Transport } from "../transport/index.js";
import type { Carriage } from "./carriage.js";
import type { Passed } from "./exchange.js";
import type { OpeningWatch } from "./opening-watch.js";
import type { Asking } from "./phases.js";
import type { RoutedRequest } from "./routed-request.js";

/** An upgrade request that has a route. */
export interface AdmittedUpgrade {
  readonly routed: RoutedRequest;
  readonly offer: UpgradeOffer;
  readonly head: RequestHead;
}

/** The same with the connection that it came over. */
export interface UpgradeArrival extends AdmittedUpgrade {
  readonly client: Transport;
  /** What came behind the head. */
  readonly early: Uint8Array | undefined;
}

/** Who is told of what was opened. */
export interface TunnelEnd {
  /** This carries it from now on, be it the answer of an upstream that refused; nothing has passed yet. */
  carried(carriage: Carriage): void;
  /** It is a WebSocket. Called behind `carried`, and before anything passes. */
  opened(): void;
  /** The upstream has done its part: others may have its place. */
  released(): void;
  /** It is over. */
  ended(error: Error | undefined, passed: Passed): void;
}

/** What opens a tunnel works with. An open connection keeps of it only what it asks for itself. */
export interface OpeningHost {
  readonly arrival: UpgradeArrival;
  /** Aborted when nobody waits for the tunnel any more. */
  readonly gone: AbortSignal;
  readonly asking: Asking;
  /** Has what the client sends meanwhile. */
  readonly watch: OpeningWatch;
  readonly tunnel: TunnelEnd;
}
