// The upgrade request from the server's side: each MUST of RFC 6455 §4.2.1 in the order in which a wrong
// request is best explained, each failure with the status that says so. The peer's mistakes come back as
// values.

import { describeValue, invalidArgument, isRecord } from "../protocol/index.js";
import { parseAuthority } from "./authority.js";
import { HandshakeError } from "./errors.js";
import type { Extension } from "./extension-header.js";
import { parseExtensions } from "./extension-header.js";
import { hasToken, quote } from "./field.js";
import type { RequestHead } from "./head.js";
import type { HeaderMap } from "./header-map.js";
import { isValidKey } from "./key.js";
import { parseRequestTarget } from "./request-target.js";
import { parseSubprotocols } from "./subprotocol.js";

/** What a valid upgrade request asks for. */
export interface UpgradeOffer {
  readonly key: string;
  /** Subprotocols in the client's order of preference. */
  readonly protocols: readonly string[];
  /** Extension offers in the client's order of preference; may name unknown ones. */
  readonly extensions: readonly Extension[];
  /** The Origin header; not judged yet. */
  readonly origin: string | undefined;
  /** The Host header: `host [ ":" port ]`. */
  readonly host: string;
  /** Path and query. */
  readonly resourceName: string;
  /** Path without the query. */
  readonly path: string;
}

/**
 * Whether a request asks for a WebSocket, whatever else is wrong with it: its Upgrade header names `websocket`. Takes heads,
 * requests of `node:http`, and a `Request`. `validateUpgradeRequest` says what is wrong. Throws `StateError`
 * `INVALID_ARGUMENT` for what has no headers. Source: RFC 6455 §4.2.1.
 */
export function isUpgradeRequest(request: {
  readonly headers:
    | { get(name: string): string | null | undefined }
    | { readonly upgrade?: string | undefined; readonly get?: unknown };
}): boolean {
  const { headers } = Object(request) as Partial<typeof request>;
  if (!isRecord(headers))
    throw invalidArgument(`isUpgradeRequest takes a request with headers, not ${describeValue(request)}`);
  const upgrade = hasGet(headers) ? headers.get("upgrade") : headers.upgrade;
  return hasToken(upgrade ?? undefined, "websocket");
}

/** Not those that have a header of this name. */
function hasGet(headers: object): headers is { get(name: string): string | null | undefined } {
  return "get" in headers && typeof headers.get === "function";
}

/**
 * Checks an upgrade request and takes it apart. Origin and path are for the server to judge. Answers a
 * `HandshakeError` whose `status` is the one to send with `createRefusal(refusalOf(error))`.
 * Source: RFC 6455 §4.2.1.
 */
export function validateUpgradeRequest(head: RequestHead): UpgradeOffer | HandshakeError {
  const failure = requestFailure(head) ?? upgradeFailure(head.headers) ?? keyFailure(head.headers);
  if (failure !== undefined) return failure;

  const { headers } = head;
  const host = headers.get("host") ?? "";
  const target = parseRequestTarget(head.target, host);
  if (target === undefined) {
    return new HandshakeError(
      "TARGET_INVALID",
      `target ${quote(head.target)} is no path on host ${quote(host)}`,
    );
  }
  const protocols = offered(headers, "sec-websocket-protocol", parseSubprotocols);
  if (protocols === undefined) {
    return new HandshakeError(
      "SUBPROTOCOLS_MALFORMED",
      "Sec-WebSocket-Protocol is not a list of unique tokens",
    );
  }
  const extensions = offered(headers, "sec-websocket-extensions", parseExtensions);
  if (extensions === undefined) {
    return new HandshakeError("EXTENSIONS_MALFORMED", "Sec-WebSocket-Extensions does not follow its grammar");
  }
  return {
    key: headers.get("sec-websocket-key") ?? "",
    protocols,
    extensions,
    origin: headers.get("origin"),
    host,
    resourceName: target.resourceName,
    path: target.path,
  };
}

function requestFailure({ method, version, headers }: RequestHead): HandshakeError | undefined {
  // RFC 6455 §4.2.1: "An HTTP/1.1 or higher GET request".
  if (method !== "GET") return new HandshakeError("METHOD_NOT_GET", `method ${quote(method)} is not GET`);
  if (version !== "1.1") {
    return new HandshakeError("HTTP_VERSION_UNSUPPORTED", `HTTP/${version} cannot be upgraded`);
  }
  // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request
  // message that lacks a Host header field and to any request message that contains more than one Host header
  // field line or a Host header field with an invalid field value."
  const host = headers.get("host");
  if (host === undefined) return new HandshakeError("HOST_MISSING", "the request has no Host header");
  if (headers.count("host") > 1) return repeated("Host");
  if (parseAuthority(host, 0) === undefined) {
    return new HandshakeError("HOST_INVALID", `host ${quote(host)} is not a host with an optional port`);
  }
  // Stricter than RFC 9110 §9.3.1, which lets a GET have content without meaning: after a 101 a proxy may
  // count those bytes as a body and we as frames.
  const hasLength = headers.getAll("content-length").some((length) => length !== "0");
  if (hasLength || headers.has("transfer-encoding")) {
    return new HandshakeError("BODY_FORBIDDEN", "an upgrade request cannot have a body");
  }
  return undefined;
}

function upgradeFailure(headers: HeaderMap): HandshakeError | undefined {
  const upgrade = headers.get("upgrade");
  // RFC 6455 §4.2.1: "An |Upgrade| header field containing the value "websocket", treated as an ASCII
  // case-insensitive value."
  if (!hasToken(upgrade, "websocket")) {
    return new HandshakeError("NOT_AN_UPGRADE", "the Upgrade header does not name websocket");
  }
  // Stricter than RFC 9110 §7.8, where the server chooses among several: a request that also offers cleartext
  // HTTP/2 is made to get past a proxy, not to open a WebSocket.
  if (hasToken(upgrade, "h2c")) {
    return new HandshakeError("UPGRADE_INVALID", "the Upgrade header names h2c beside websocket");
  }
  // RFC 6455 §4.2.1: "A |Connection| header field that includes the token "Upgrade", treated as an ASCII
  // case-insensitive value."
  if (!hasToken(headers.get("connection"), "upgrade")) {
    return new HandshakeError("CONNECTION_UPGRADE_MISSING", "the Connection header does not name upgrade");
  }
  return undefined;
}

function keyFailure(headers: HeaderMap): HandshakeError | undefined {
  // RFC 6455 §11.3.5: "The |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP
  // request."
  if (headers.count("sec-websocket-version") > 1) return repeated("Sec-WebSocket-Version");
  const version = headers.get("sec-websocket-version");
  // RFC 6455 §4.4: a version that the server does not speak is answered with the versions that it does.
  if (version !== "13") {
    const message =
      version === undefined ? "there is no Sec-WebSocket-Version" : `version ${quote(version)} is not 13`;
    return new HandshakeError("WEBSOCKET_VERSION_UNSUPPORTED", message);
  }
  const key = headers.get("sec-websocket-key");
  if (key === undefined) return new HandshakeError("KEY_MISSING", "the request has no Sec-WebSocket-Key");
  // RFC 6455 §11.3.1: "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP
  // request."
  if (headers.count("sec-websocket-key") > 1) return repeated("Sec-WebSocket-Key");
  // RFC 6455 §4.2.1: a value "that, when decoded, is 16 bytes in length."
  if (!isValidKey(key))
    return new HandshakeError("KEY_INVALID", `key ${quote(key)} is not base64 of 16 bytes`);
  // An Origin that is two origins has no single answer to who is asking.
  if (headers.count("origin") > 1) return repeated("Origin");
  return undefined;
}

function repeated(name: string): HandshakeError {
  return new HandshakeError("HEADER_REPEATED", `header ${name} comes more than once`);
}

/** The parsed header, an empty list when it is absent, `undefined` when it is malformed. */
function offered<T>(
  headers: HeaderMap,
  name: string,
  parse: (value: string) => readonly T[] | undefined,
): readonly T[] | undefined {
  const value = headers.get(name);
  return value === undefined ? [] : parse(value);
}
