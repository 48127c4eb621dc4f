// What a request is recognised by. An empty header or cookie counts as none, or everybody who has it empty would meet at one
// upstream.

import type { HeaderMap } from "../../../handshake/index.js";

/** What is known of a request. */
export interface KeyFacts {
  readonly clientAddress: string | undefined;
  readonly headers: HeaderMap;
}

/** The key of a request; undefined for one that has none. */
export type KeyReader = (facts: KeyFacts) => string | undefined;

export function keyReaderFor(
  hash: "address" | { readonly header: string } | { readonly cookie: string },
): KeyReader {
  if (hash === "address") return ({ clientAddress }) => clientAddress || undefined;
  if ("header" in hash) return ({ headers }) => headers.get(hash.header) || undefined;
  return ({ headers }) => readCookie(headers, hash.cookie) || undefined;
}

/**
 * The value of the first cookie of this name, as it was sent. RFC 6265 §4.2.1: pairs parted by "; ". Names are compared with
 * their case; a piece without "=" is a value without a name, and so none that is looked for; a header that stands there
 * twice counts as one.
 */
export function readCookie(headers: HeaderMap, name: string): string | undefined {
  for (const line of headers.getAll("cookie")) {
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
}
