// What a redirected handshake takes along. Credentials do not follow to another host, nor from TLS to none, unless a
// listener of "redirect" has taken that in hand.

import type { ClientOptions } from "./client-options.js";
import type { HandshakeOptions } from "./client-request.js";
import { ipcPaths, type Target } from "./client-url.js";
import type { WebSocket } from "./websocket.js";

export class Redirection {
  /** The user's headers under their names in lower case, for the requests after the first. */
  readonly headers: Record<string, unknown>;
  readonly #origin: Target;
  readonly #place: string;

  constructor(origin: Target, options: ClientOptions) {
    this.#origin = origin;
    this.#place = placeOf(origin);
    const given = Object.entries(options.headers ?? {});
    this.headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
  }

  /** Takes out of a request what its target may not know. */
  prepare(ws: WebSocket, target: Target, options: HandshakeOptions): void {
    if (ws._redirects > 0 && ws.listenerCount("redirect") === 0) this.#withhold(target, options);
    // The first credentials win: those of a URL that is redirected to come second.
    if (options.auth && !this.headers.authorization)
      this.headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }

  #withhold(target: Target, options: HandshakeOptions): void {
    const isSamePlace = target.isIpc === this.#origin.isIpc && placeOf(target) === this.#place;
    if (isSamePlace && (target.isSecure || !this.#origin.isSecure)) return;
    const { headers } = options;
    delete headers.authorization;
    delete headers.cookie;
    if (!isSamePlace) delete headers.host;
    options.auth = undefined;
  }
}

/** The host with its port, or the path of the unix socket. */
function placeOf({ url, isIpc }: Target): string {
  return isIpc ? ipcPaths(url.pathname + url.search).socketPath : url.host;
}
