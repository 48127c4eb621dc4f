// Where a URL leads. What leads nowhere is thrown, before anything is opened.

import { describeTarget, HandshakeError, type WebSocketTarget } from "../handshake/index.js";

/** A target, and the unix socket behind which it is. */
export interface Address {
  readonly target: WebSocketTarget;
  readonly socketPath: string | undefined;
}

/** `ws:`, `wss:`, `http:`, `https:`, and `ws+unix:PATH:/target`. Throws `HandshakeError` `URL_INVALID`. */
export function parseWebSocketUrl(url: string | URL): Address {
  const text = String(url);
  const unix = /^(wss?)\+unix:(?:\/\/)?([^:]+)(?::(\/.*)?)?$/.exec(text);
  const plain = unix === null ? text : `${unix[1]}://localhost${unix[3] ?? "/"}`;
  return { target: targetOf(parseUrl(plain, text)), socketPath: unix?.[2] };
}

/** Where an http: or https: URL leads. Its fragment stays here. Throws `HandshakeError` `URL_INVALID`. */
export function parseHttpUrl(url: string | URL): WebSocketTarget {
  const text = String(url);
  const parsed = parseUrl(text, text);
  parsed.hash = "";
  return targetOf(parsed);
}

/** Throws `HandshakeError` `URL_INVALID` for another scheme, and for a fragment. */
export function targetOf(url: URL): WebSocketTarget {
  const target = describeTarget(url);
  if (target instanceof HandshakeError) throw target;
  return target;
}

function parseUrl(text: string, given: string): URL {
  if (!URL.canParse(text)) throw new HandshakeError("URL_INVALID", `${JSON.stringify(given)} is not a URL`);
  return new URL(text);
}
