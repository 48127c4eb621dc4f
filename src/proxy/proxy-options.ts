// What a proxy may be told.

import type { TransportChoice } from "../carrier/index.js";
import type { ProxyHooks } from "./hooks.js";
import type { RouteOptions } from "./route-options.js";

/** Which headers tell an upstream for whom it is asked. */
export type ForwardedStyle = "x-forwarded" | "forwarded" | "both" | "none";

export interface ProxyOptions extends Partial<RouteOptions> {
  /** The first that matches has the request. The other options of a route, given beside it, are their defaults; without
   * routes they make one for every request. */
  routes?: readonly RouteOptions[] | undefined;
  /** Networks whose word is taken for whom they ask: what they say in X-Forwarded-For, Forwarded or a PROXY header stands, and
   * is added to. What others say in these headers is removed. Such as ["10.0.0.0/8", "::1"]. Default: none. */
  trustedProxies?: readonly string[] | undefined;
  /** Default "both". */
  forwarded?: ForwardedStyle | undefined;
  /** Tells upstreams the client's address in X-Real-IP too, beside what `forwarded` says. What is there already is replaced,
   * unless a trusted peer names the client nowhere else. Default false. */
  sendRealIp?: boolean | undefined;
  /** WebSockets and plain requests at once, those included that are not answered yet. Default 100 000. Breach: 503. */
  maxClients?: number | undefined;
  /** Milliseconds for a client's request head. Default 10 000. Breach: 408. */
  requestTimeoutMs?: number | undefined;
  /** Milliseconds for the end of a connection once one side has ended it. Default 10 000. */
  closeTimeoutMs?: number | undefined;
  /** Bytes of a request head. Default 16 384. Breach: 431. */
  maxHeadBytes?: number | undefined;
  /** Headers of a request. Default 100. Breach: 431. */
  maxHeaders?: number | undefined;
  /** What carries connections to both sides. Default "auto". */
  transport?: TransportChoice | undefined;
  hooks?: ProxyHooks | undefined;
}
