// Who may open a connection from a browser (RFC 6455 §10.2). Scheme, host and port must all be equal, as
// whole values: no prefix, suffix or pattern ever matches, and the opaque origin `null` never does.

import { describeValue, invalidArgument } from "../protocol/index.js";
import { defaultPortOf, parseAuthority } from "./authority.js";

/** `"same"`: the origin of the server itself. `"any"`: every origin. A list: these origins and no other. */
export type OriginPolicy = "same" | "any" | readonly string[];

/**
 * An origin in the one form that compares: scheme and host in lower case, the default port left out.
 * `undefined` for `null` and for everything that is not exactly `http[s]://host[:port]`.
 */
export function normalizeOrigin(origin: string): string | undefined {
  const match = /^(https?):\/\/([^/?#@\s]+)$/i.exec(origin);
  if (match === null) return undefined;
  const scheme = match[1].toLowerCase();
  const defaultPort = defaultPortOf(scheme === "https");
  const authority = parseAuthority(match[2], defaultPort);
  if (authority === undefined) return undefined;
  const port = authority.port === defaultPort ? "" : `:${authority.port}`;
  return `${scheme}://${authority.hostname}${port}`;
}

/** Throws `StateError` `INVALID_ARGUMENT` for what is no policy. `kinds` says, in the message, which kinds there are. */
export function checkOrigins(origins: unknown, kinds: string): void {
  if (origins === "same" || origins === "any") return;
  if (!Array.isArray(origins)) throw invalidArgument(`origins is ${describeValue(origins)}; ${kinds}`);
  for (const origin of origins) {
    // A pattern would be compared as it stands and match nothing; whoever wrote it expects otherwise.
    if (typeof origin === "string" && normalizeOrigin(origin) !== undefined && !origin.includes("*"))
      continue;
    const text = `origin ${describeValue(origin)} is not a scheme and a host, such as "https://example.com"`;
    throw invalidArgument(text);
  }
}

/**
 * Whether the page at `origin` came from the server that `host`, the Host header, names. `isSecure` says how
 * the request reached the browser's end of the server: behind a proxy that ends TLS, that is `true`.
 */
export function isSameOrigin(origin: string, host: string, isSecure: boolean): boolean {
  const normalized = normalizeOrigin(origin);
  return (
    normalized !== undefined && normalized === normalizeOrigin(`${isSecure ? "https" : "http"}://${host}`)
  );
}

/**
 * Whether the policy lets the request in. A request without an Origin header does not come from a browser's
 * page, so no policy refuses it.
 */
export function originAllowed(
  policy: OriginPolicy,
  origin: string | undefined,
  host: string,
  isSecure: boolean,
): boolean {
  // RFC 6455 §4.2.1: "A connection attempt lacking this header field SHOULD NOT be interpreted as coming from
  // a browser client."
  if (origin === undefined || policy === "any") return true;
  if (policy === "same") return isSameOrigin(origin, host, isSecure);
  const normalized = normalizeOrigin(origin);
  return normalized !== undefined && policy.some((allowed) => normalizeOrigin(allowed) === normalized);
}
