// What may follow a 3xx: never a step from TLS to plain text, and no credentials to another origin.

import { HandshakeError } from "./errors.js";
import type { HeaderList, ResponseHead } from "./head.js";
import type { WebSocketTarget } from "./websocket-url.js";

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
// What identifies the user to one origin and must not be shown to another.
const credentialHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

/** Whether the response sends the client elsewhere: a redirect status with one Location. */
export function isRedirect(head: ResponseHead): boolean {
  return redirectStatuses.has(head.status) && head.headers.count("location") === 1;
}

/** `undefined` when the step may be taken, else a `HandshakeError` `REDIRECT_INSECURE`: from wss to ws. */
export function redirectFailure(from: WebSocketTarget, to: WebSocketTarget): HandshakeError | undefined {
  if (!from.isSecure || to.isSecure) return undefined;
  return new HandshakeError(
    "REDIRECT_INSECURE",
    `a redirect leads from ${from.origin} to ${to.origin}, without TLS`,
  );
}

/**
 * The application's headers for the request after the step. Another origin (scheme, host or port) does not
 * get Authorization, Cookie, Proxy-Authorization, or a Host header that named the first server.
 */
export function redirectedHeaders(
  headers: HeaderList,
  from: WebSocketTarget,
  to: WebSocketTarget,
): HeaderList {
  if (from.origin === to.origin) return headers;
  return headers.filter(([name]) => {
    const key = name.toLowerCase();
    return key !== "host" && !credentialHeaders.has(key);
  });
}
