// What happens to the requests of one host and path.

import type { HeartbeatOptions } from "../connection/index.js";
import type { DeflateOptions } from "../deflate/index.js";
import type { Balance, HealthOptions, QueueOptions, UpstreamTarget } from "./upstream/upstream-options.js";

/** "relay": bytes, as they are. "inspect": messages, looked at, within limits. */
export type ProxyMode = "relay" | "inspect";

/** What holds where messages are looked at. */
export interface InspectOptions {
  /** Payload bytes of one message, after inflating. Default 1 048 576. Breach: 1009 to whoever sent it. */
  maxMessageBytes?: number | undefined;
  /** Frames of one message. Default 16 384. Breach: 1008. */
  maxFragments?: number | undefined;
  /** Finds clients and upstreams that are gone. Default on; false turns it off. */
  heartbeat?: HeartbeatOptions | false | undefined;
  /** permessage-deflate with clients. Default false. */
  clientCompression?: boolean | DeflateOptions | undefined;
  /** permessage-deflate with upstreams. Default false. */
  upstreamCompression?: boolean | DeflateOptions | undefined;
}

export type HttpsRedirectStatus = 301 | 302 | 307 | 308;

/** Where requests that come without TLS are sent, and how. */
export interface HttpsRedirectOptions {
  /** Where the listener with TLS is for clients, 1 to 65 535. Default 443. */
  port?: number | undefined;
  /** 301 and 308 hold for good, and clients remember them; with 301 and 302 a POST may become a GET. Default 308. */
  status?: HttpsRedirectStatus | undefined;
}

export interface RouteOptions {
  /** What logs and metrics call it. Default: its host and path. */
  name?: string | undefined;
  /** The host that is asked for, without a port: a name, or "*." and a domain for every name below it. Default: any. */
  host?: string | readonly string[] | undefined;
  /** The one path that is asked for. Beside it no `pathPrefix`. */
  path?: string | undefined;
  /** The path, or the beginning of it up to a slash: "/api" has "/api" and "/api/v1", and not "/apix"; "/api/" has what is below,
   * and not "/api". Compared as it is written, as `path` is: neither knows patterns. Default: any path. */
  pathPrefix?: string | undefined;
  /** What takes the place of `path` or `pathPrefix` on the way to the upstream. One slash is between it and what follows the prefix:
   * with "/v2" and "/", or "", "/v2/x" becomes "/x", and "/v2" becomes "/". Beside routes it is for those that have one of the two.
   * Default: it stays. */
  replacePath?: string | undefined;
  /** Requests that come without TLS, upgrades too, are answered with a redirect to the same host, path and query over `https:`,
   * before a hook or an upstream is asked. Where TLS ends before the proxy, whoever ends it has to be in `trustedProxies` and to
   * say so, or clients are redirected for ever. Default false. */
  redirectToHttps?: boolean | HttpsRedirectOptions | undefined;
  /** Where requests go. */
  to: UpstreamTarget | readonly UpstreamTarget[];
  /** How one of several is chosen. Default "round-robin". */
  balance?: Balance | undefined;
  health?: HealthOptions | undefined;
  queue?: QueueOptions | undefined;
  /** Connections and plain requests that the route may have at once; further ones wait in its queue, and do not count.
   * Default `Infinity`. */
  maxConnections?: number | undefined;
  /** How an open WebSocket is carried. Default "relay". */
  mode?: ProxyMode | undefined;
  /** What holds in mode "inspect". Beside routes it is for those in that mode. */
  inspect?: InspectOptions | undefined;
  /** Whether relayed messages are counted and close codes noted, which draining needs to say goodbye. Costs a look at each frame.
   * Default true. */
  isMetered?: boolean | undefined;
  /** Milliseconds to connect to an upstream, TLS included. Default 5000. */
  connectTimeoutMs?: number | undefined;
  /** Milliseconds for the head of an upstream's answer. Default 10 000. */
  handshakeTimeoutMs?: number | undefined;
  /** Milliseconds without a byte either way on an open connection; `Infinity` for no limit. Default 3 600 000. */
  idleTimeoutMs?: number | undefined;
  /** Further upstreams that are tried when one cannot be connected to. Never after the request has been sent. Default 2. */
  retries?: number | undefined;
  /** Whether the upstream is told the host that the client asked for; else its own. Default true. */
  preserveHost?: boolean | undefined;
  /** Headers to the upstream that replace those of the same name; null takes one away. */
  requestHeaders?: HeaderChanges | undefined;
  /** The same for what goes back to the client. */
  responseHeaders?: HeaderChanges | undefined;
  /** Begins each connection to the upstream with a PROXY protocol header of this version. Default: none. */
  sendProxyProtocol?: 1 | 2 | undefined;
}

export type HeaderChanges = Readonly<Record<string, string | null>>;
