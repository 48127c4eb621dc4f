// Where a URL leads. What leads nowhere is thrown, before anything is opened.

import {
  decodeSocketPath,
  describeTarget,
  HandshakeError,
  type WebSocketTarget,
} from "../handshake/index.js";
import { describeValue, isRecord } from "../protocol/index.js";

/** A target, and the unix socket behind which it is. */
export interface Address {
  readonly target: WebSocketTarget;
  readonly socketPath: string | undefined;
}

/** `ws:`, `wss:`, `http:`, `https:`, and `ws+unix:PATH:/target`, whose path may be percent-encoded. Throws `HandshakeError` `URL_INVALID`. */
export function parseWebSocketUrl(url: string | URL): Address {
  const text = textOf(url);
  const unix = /^(wss?)\+unix:(?:\/\/)?([^:]+)(?::(\/.*)?)?$/.exec(text);
  const plain = unix === null ? text : `${unix[1]}://localhost${unix[3] ?? "/"}`;
  const socketPath = unix === null ? undefined : decodeSocketPath(unix[2]);
  return { target: targetOf(parseUrl(plain, text, "ws:")), socketPath };
}

/** Where an http: or https: URL leads. Its fragment stays here. Throws `HandshakeError` `URL_INVALID`. */
export function parseHttpUrl(url: string | URL): WebSocketTarget {
  const text = textOf(url);
  const parsed = parseUrl(text, text, "http:");
  parsed.hash = "";
  return targetOf(parsed);
}

/** Throws `HandshakeError` `URL_INVALID` for another scheme, and for a fragment. */
export function targetOf(url: URL): WebSocketTarget {
  const target = describeTarget(url);
  if (target instanceof HandshakeError) throw target;
  return target;
}

/** URLs of other realms have an `href` too. */
function textOf(url: unknown): string {
  const text: unknown = isRecord(url) && "href" in url ? url.href : url;
  if (typeof text === "string") return text;
  throw new HandshakeError("URL_INVALID", `${describeValue(url)} is not a URL`);
}

/** `scheme` is what a URL without one would need. */
function parseUrl(text: string, given: string, scheme: string): URL {
  // A host and a port alone parse as a URL whose scheme is the host.
  const isHostAndPort = /^[\w.-]+:\d+(?:[/?]|$)/.test(text);
  if (URL.canParse(text) && !isHostAndPort) return new URL(text);
  const whole = `${scheme}//${text}`;
  const isWithoutScheme = /^[\w.-]+(?::\d+)?(?:[/?]|$)|^\[[\da-f:.]+\]/i.test(text) && URL.canParse(whole);
  const advice = isWithoutScheme ? `; use ${describeValue(whole)}` : "";
  throw new HandshakeError("URL_INVALID", `${describeValue(given)} is not a URL${advice}`);
}
