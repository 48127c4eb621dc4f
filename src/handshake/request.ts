// The upgrade request from the client's side: what must be sent (RFC 6455 §4.1), in a fixed order.

import { describeValue, invalidArgument } from "../protocol/index.js";
import { parseAuthority } from "./authority.js";
import type { HeaderInput, HeaderList } from "./head.js";
import { headerListOf } from "./header-map.js";
import { isValidKey } from "./key.js";
import { checkSubprotocols } from "./subprotocol.js";

export interface UpgradeRequestOptions {
  /** The value of the Host header. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  /** From `createKey`. */
  readonly key: string;
  /** Subprotocols in order of preference. Default none. */
  readonly protocols?: readonly string[] | undefined;
  /** The value of Sec-WebSocket-Extensions; "" offers none. Default "". */
  readonly extensions?: string | undefined;
  /** The Origin header, for what acts for a browser. Default none. */
  readonly origin?: string | undefined;
  /** Further headers. `Host` and `Origin` replace those above; what the handshake owns is refused. */
  readonly headers?: HeaderInput | undefined;
}

export interface UpgradeRequest {
  readonly method: "GET";
  readonly target: string;
  readonly headers: HeaderList;
}

// A second value for any of these would change what the handshake means, or where the message ends.
const ownHeaders = new Set([
  "upgrade",
  "connection",
  "content-length",
  "transfer-encoding",
  "trailer",
  "expect",
]);

/** Whether the application may not set the header because the handshake does. */
export function isHandshakeHeader(name: string): boolean {
  const key = name.toLowerCase();
  return ownHeaders.has(key) || key.startsWith("sec-websocket-");
}

/** `headerListOf`, and `StateError` `INVALID_ARGUMENT` for a header that the handshake sets itself. */
export function applicationHeaders(input: HeaderInput | undefined): HeaderList {
  const headers = headerListOf(input);
  const clash = headers.find(([name]) => isHandshakeHeader(name));
  if (clash !== undefined) {
    throw invalidArgument(`header ${clash[0]} belongs to the handshake and cannot be set`);
  }
  return headers;
}

/**
 * The head of the upgrade request, to be written with `encodeRequestHead`. Throws `StateError`
 * `INVALID_ARGUMENT` for a key that is not base64 of 16 bytes, for subprotocols that are no tokens or not
 * unique, for a host that is none, and for headers that cannot be sent or belong to the handshake. Source:
 * RFC 6455 §4.1.
 */
export function createUpgradeRequest(options: UpgradeRequestOptions): UpgradeRequest {
  const { target, key, protocols = [], extensions = "" } = options;
  const further = applicationHeaders(options.headers);
  if (!isValidKey(key)) throw invalidArgument(`key ${describeValue(key)} is not base64 of 16 bytes`);
  checkSubprotocols(protocols);
  const host = only(further, "host") ?? options.host;
  if (parseAuthority(host, 0) === undefined) {
    throw invalidArgument(`host ${describeValue(host)} is not a host with an optional port`);
  }
  const origin = only(further, "origin") ?? options.origin;

  const headers: (readonly [string, string])[] = [
    ["Host", host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
  ];
  if (protocols.length > 0) headers.push(["Sec-WebSocket-Protocol", protocols.join(", ")]);
  if (extensions !== "") headers.push(["Sec-WebSocket-Extensions", extensions]);
  if (origin !== undefined) headers.push(["Origin", origin]);
  for (const line of further) {
    const name = line[0].toLowerCase();
    if (name !== "host" && name !== "origin") headers.push(line);
  }
  return { method: "GET", target, headers: headerListOf(headers) };
}

/** The one value of a header that may come once. */
function only(headers: HeaderList, name: string): string | undefined {
  const values = headers.filter((line) => line[0].toLowerCase() === name);
  if (values.length > 1) throw invalidArgument(`header ${name} is given ${values.length} times`);
  return values[0]?.[1];
}
