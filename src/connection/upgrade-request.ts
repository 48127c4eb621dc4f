// The head of the request that opened a connection, as users see it on both sides.

import type { HeaderMap } from "../handshake/index.js";

export interface UpgradeRequest {
  readonly method: string;
  /** As requested: path and query on a server, the whole URL on a client. */
  readonly url: string;
  /** Path without the query. */
  readonly pathname: string;
  readonly headers: HeaderMap;
  /** IP address of the peer, after the end as well. Undefined on unix sockets, and when the peer reset the connection before
   * anybody had asked: the system has forgotten it by then. */
  readonly remoteAddress: string | undefined;
  /** Whether the connection is encrypted. */
  readonly isSecure: boolean;
}
