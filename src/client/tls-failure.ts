// Why TLS with a server failed, with the server's name and what to do: OpenSSL's words are for people who know OpenSSL.

import { escapeUnseen } from "../protocol/index.js";
import { TransportError } from "../transport/index.js";

const unknownIssuers = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The failure in words that name the server; what is no failure of TLS stays as it is. */
export function explainTlsFailure(error: unknown, server: string): unknown {
  if (!(error instanceof TransportError) || error.code !== "TLS_FAILED") return error;
  return new TransportError("TLS_FAILED", explain(error, server), { cause: error.cause });
}

function explain({ errno = "", message }: TransportError, server: string): string {
  if (errno === "DEPTH_ZERO_SELF_SIGNED_CERT")
    return `self-signed certificate from ${server}: trust it with tls.ca, or check nothing with tls.rejectUnauthorized: false`;
  if (unknownIssuers.has(errno))
    return `certificate of an unknown authority from ${server}: trust that authority with tls.ca`;
  if (errno === "CERT_HAS_EXPIRED") return `the certificate from ${server} has expired`;
  if (errno === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `the certificate from ${server} is for another host: give its name with tls.servername (${oneLine(message)})`;
  // The first bytes of an HTTP response, taken for a TLS record, have an impossible version or length.
  if (/wrong version number|packet length too long/i.test(message))
    return `${server} does not speak TLS: use ws: (or http:) in place of wss: (or https:)`;
  return `TLS with ${server} failed: ${oneLine(message)}`;
}

/** Node's messages about OpenSSL end with a line break, and those about a certificate show names that its owner chose. */
function oneLine(text: string): string {
  return escapeUnseen(text.trim().replace(/\s*[\r\n]+\s*/g, " "));
}
