// What of a message's headers is for the next hop alone, and never passed on (RFC 9110 §7.6.1).

import { type HeaderList, type HeaderMap, splitList } from "../../handshake/index.js";

/** Those that are, whether Connection names them or not. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  // A request to go on to HTTP/2 in the open is how requests are smuggled past a proxy.
  "http2-settings",
]);

/** What Connection may name without taking it from the next hop: without these no message would be what it is. */
const endToEnd = new Set([
  "authorization",
  "content-length",
  "cookie",
  "host",
  "origin",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "set-cookie",
]);

/**
 * The headers that may be passed on. RFC 9110 §7.6.1: intermediaries "MUST parse a received Connection header field before a
 * message is forwarded and, for each connection-option in this field, remove any header or trailer field(s) from the message
 * with the same name". Stricter: those by which servers know whom they talk to are not removed by the word of a client.
 */
export function endToEndHeaders(headers: HeaderMap): HeaderList {
  const named = new Set(splitList(headers.get("connection") ?? "").map((name) => name.toLowerCase()));
  return [...headers].filter(([name]) => {
    const key = name.toLowerCase();
    return !hopByHop.has(key) && (!named.has(key) || endToEnd.has(key));
  });
}

/** The same list with other values for some names, and without those whose value is null. */
export function changeHeaders(
  headers: HeaderList,
  changes: Readonly<Record<string, string | null>> | undefined,
): HeaderList {
  if (changes === undefined) return headers;
  const changed = new Map(
    Object.entries(changes).map(([name, value]) => [name.toLowerCase(), { name, value }]),
  );
  const kept = headers.filter(([name]) => !changed.has(name.toLowerCase()));
  const added = [...changed.values()].flatMap(({ name, value }) =>
    value === null ? [] : [[name, value] as const],
  );
  return [...kept, ...added];
}
