// Where a URL leads (RFC 6455 §3). The text was parsed by the host's URL parser, which knows every spelling
// of a host; this room decides which URLs a WebSocket can have and what goes into the request.

import { encodeUtf8, utf8Length } from "../protocol/index.js";
import { defaultPortOf, parseAuthority } from "./authority.js";
import { encodeBase64 } from "./base64.js";
import { HandshakeError } from "./errors.js";
import { quote } from "./field.js";

/** The part of a WHATWG `URL` that is read here. */
export interface UrlParts {
  readonly href: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly username: string;
  readonly password: string;
}

/** A place to connect to, and what the request to it says. */
export interface WebSocketTarget {
  /** `ws:` or `wss:`, without credentials. */
  readonly url: string;
  readonly isSecure: boolean;
  /** To dial: an IPv6 address has no brackets. */
  readonly hostname: string;
  readonly port: number;
  /** For the Host header: brackets, and the port unless it is the default. */
  readonly hostHeader: string;
  /** `http://` or `https://` and the host header: the origin that the target itself has. */
  readonly origin: string;
  /** Path and query: the request target, the resource name of RFC 6455 §3. */
  readonly target: string;
  /** The value of an Authorization header for the URL's user name and password; `undefined` without them. */
  readonly authorization: string | undefined;
}

const schemes = new Map([
  ["ws:", false],
  ["wss:", true],
  ["http:", false],
  ["https:", true],
]);

/**
 * Where the URL leads. `http:` means `ws:` and `https:` means `wss:`. Answers a `HandshakeError`
 * `URL_INVALID` for other schemes, for a fragment, and for a URL without a host.
 */
export function describeTarget(url: UrlParts): WebSocketTarget | HandshakeError {
  const isSecure = schemes.get(url.protocol);
  if (isSecure === undefined) {
    return invalid(`scheme ${quote(url.protocol)} is not ws:, wss:, http: or https:`);
  }
  // RFC 6455 §3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used
  // on these URIs." The href shows an empty one too.
  if (url.href.includes("#")) return invalid("a WebSocket URL cannot have a fragment");
  const defaultPort = defaultPortOf(isSecure);
  const host = url.port === "" ? url.hostname : `${url.hostname}:${url.port}`;
  const authority = parseAuthority(host, defaultPort);
  if (authority === undefined) return invalid(`${quote(host)} is not a host with an optional port`);
  const { hostname, port } = authority;
  const hostHeader = port === defaultPort ? hostname : `${hostname}:${port}`;
  const path = url.pathname.startsWith("/") ? url.pathname : `/${url.pathname}`;
  const target = path + url.search;
  return {
    url: `${isSecure ? "wss" : "ws"}://${hostHeader}${target}`,
    isSecure,
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port,
    hostHeader,
    origin: `${isSecure ? "https" : "http"}://${hostHeader}`,
    target,
    authorization: basicAuthorization(url.username, url.password),
  };
}

/**
 * The Authorization (or Proxy-Authorization) value for the user name and password of a URL, percent-encoded
 * as they stand there; `undefined` when both are empty. Source: RFC 7617 §2, with UTF-8.
 */
export function basicAuthorization(username: string, password: string): string | undefined {
  if (username === "" && password === "") return undefined;
  const text = `${decodePercent(username)}:${decodePercent(password)}`;
  const bytes = new Uint8Array(utf8Length(text));
  encodeUtf8(text, bytes, 0);
  return `Basic ${encodeBase64(bytes)}`;
}

/** The path of a unix socket as `ws+unix:PATH:/target` has it: what would end it there, or what a parser of URLs would
 * change, is percent-encoded. Two slashes at the beginning would be taken for those of the scheme. */
export function encodeSocketPath(path: string): string {
  const encoded = path.replace(/[%:?#]|[^!-~\p{Surrogate}]/gu, encodeURIComponent);
  return encoded.replace(/^\/\//, "/%2F");
}

/** What `encodeSocketPath` has encoded, or a path as it is, unless it holds what looks like that. */
export function decodeSocketPath(text: string): string {
  return decodePercent(text);
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone "%" is legal in a parsed URL and then stands for itself.
    return text;
  }
}

function invalid(message: string): HandshakeError {
  return new HandshakeError("URL_INVALID", message);
}
