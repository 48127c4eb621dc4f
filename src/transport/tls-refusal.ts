// Why a client did not get through its TLS handshake.

import type { TLSSocket } from "node:tls";
import { TransportError, type TransportErrorCode, toTransportError } from "./errors.js";

/** Whoever goes so has not been refused. */
const departures: ReadonlySet<TransportErrorCode> = new Set([
  "CONNECTION_RESET",
  "TIMED_OUT",
  "HOST_UNREACHABLE",
]);

/** What Node's "tlsClientError" means; undefined for a client that has left by itself, or was lost. */
export function tlsRefusalOf(
  error: Error & { code?: unknown },
  { authorizationError }: Pick<TLSSocket, "authorizationError">,
): TransportError | undefined {
  const failure = error instanceof TransportError ? error : toTransportError(error);
  if (!departures.has(failure.code)) return failure;
  // Node says the same of a connection that ended and of one that it ended because of the client's certificate.
  return authorizationError ? unverified(String(authorizationError)) : undefined;
}

/** `code`: OpenSSL's name for what is wrong with the certificate. */
function unverified(code: string): TransportError {
  const text = `the client's certificate cannot be verified: ${code}`;
  return new TransportError("TLS_FAILED", text, { cause: Object.assign(new Error(text), { code }) });
}
