// A request before it has a route, with one, and without one for good.

import type { HeaderMap } from "../handshake/index.js";
import type { Exchange } from "./exchange.js";
import type { Peer } from "./headers/client-identity.js";
import type { ProxyRefusal } from "./hooks.js";
import type { Route } from "./route.js";

export interface RequestFacts {
  readonly kind: "websocket" | "http";
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly headers: HeaderMap;
  readonly peer: Peer;
}

export interface RoutedRequest {
  readonly exchange: Exchange;
  readonly route: Route;
  /** As routes compare it. */
  readonly path: string;
  /** What connections to the upstream begin with. */
  readonly preamble: Uint8Array | undefined;
}

/** One that goes to no upstream. */
export interface AnsweredRequest {
  readonly answer: ProxyRefusal;
  /** Undefined where nothing went wrong. */
  readonly error: Error | undefined;
}
