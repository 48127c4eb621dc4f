// What may follow a 3xx: never a step from TLS to plain text, and nothing that was meant for one origin to another.

import { HandshakeError } from "./errors.js";
import type { HeaderList, ResponseHead } from "./head.js";
import type { WebSocketTarget } from "./websocket-url.js";

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
// What says which program asks, in which language and for whom. Of any other header nobody but the application knows whether
// it is a secret between it and the first server, as an API key is.
const harmlessHeaders = new Set(["user-agent", "accept-language", "origin"]);

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
 * The application's headers for the request after the step: all of them within one origin. Another origin (scheme, host or
 * port) gets User-Agent, Accept-Language and Origin, and no other: neither credentials, nor a Host that named the first server.
 */
export function redirectedHeaders(
  headers: HeaderList,
  from: WebSocketTarget,
  to: WebSocketTarget,
): HeaderList {
  if (from.origin === to.origin) return headers;
  return headers.filter(([name]) => harmlessHeaders.has(name.toLowerCase()));
}
