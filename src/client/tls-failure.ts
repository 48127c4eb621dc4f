// Why TLS with a server failed, with the server's name and what to do: OpenSSL's words are for people who know OpenSSL.

import { escapeUnseen } from "../protocol/index.js";
import { TransportError } from "../transport/index.js";

const unknownIssuers = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** What a server's alert (RFC 8446 §6) asks for, where a client can do something about it. */
const remedies: Readonly<Record<string, string>> = {
  certificate_required: "it wants a client certificate: tls.cert and tls.key",
  bad_certificate: "it does not accept the certificate in tls.cert",
  unsupported_certificate: "it does not accept the certificate in tls.cert",
  certificate_revoked: "it does not accept the certificate in tls.cert",
  certificate_expired: "the certificate in tls.cert has expired",
  certificate_unknown: "it does not accept the certificate in tls.cert",
  unknown_ca: "it does not know the authority behind tls.cert",
  protocol_version: "it speaks no version from tls.minVersion to tls.maxVersion",
  handshake_failure: "it accepts none of tls.ciphers, or wants a client certificate (tls.cert and tls.key)",
  no_application_protocol: "it speaks none of tls.ALPNProtocols",
  unrecognized_name: "it does not know the name in tls.servername",
};

/** The failure in words that name the server; what is no failure of TLS stays as it is. */
export function explainTlsFailure(error: unknown, server: string): unknown {
  if (!(error instanceof TransportError) || error.code !== "TLS_FAILED") return error;
  return new TransportError("TLS_FAILED", explain(error, server), { cause: error.cause });
}

function explain({ errno = "", message, cause }: TransportError, server: string): string {
  if (errno === "DEPTH_ZERO_SELF_SIGNED_CERT")
    return `self-signed certificate from ${server}: trust it with tls.ca, or check nothing with tls.rejectUnauthorized: false`;
  if (unknownIssuers.has(errno))
    return `certificate of an unknown authority from ${server}: trust that authority with tls.ca`;
  if (errno === "CERT_HAS_EXPIRED")
    return `the certificate from ${server} has expired: renew it at the server, unless it is this machine's clock that is wrong`;
  if (errno === "CERT_NOT_YET_VALID")
    return `the certificate from ${server} is not valid yet: check this machine's clock, and when the server's certificate begins`;
  if (errno === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `the certificate from ${server} is ${whoseElse(cause, server)} (${oneLine(message)})`;
  // The first bytes of an HTTP response, taken for a TLS record, have an impossible version or length.
  if (/wrong version number|packet length too long/i.test(message))
    return `${server} does not speak TLS: use ws: (or http:) in place of wss: (or https:)`;
  const alert = alertIn(message);
  if (alert !== undefined) {
    const remedy = Object.hasOwn(remedies, alert) ? `: ${remedies[alert]}` : "";
    return `${server} ended TLS with the alert ${alert}${remedy}`;
  }
  return `TLS with ${server} failed: ${oneLine(reasonOf(cause) ?? message)}`;
}

/** What name was looked for, and what to do: it is the URL's host, or else what the user has named in its place. */
function whoseElse(cause: unknown, server: string): string {
  const { host } = (cause ?? {}) as { host?: unknown };
  const [, name] = /^\[?(.*?)\]?:\d+$/.exec(server) ?? [];
  if (typeof host !== "string" || name === undefined || host === name)
    return "for another host: give its name with tls.servername";
  return `not for ${escapeUnseen(host)}, the name in tls.servername: give one that it is for, or none`;
}

/** The peer's alert by its name in RFC 8446: OpenSSL writes "tlsv13 alert certificate required", the kernel's TLS here the name. */
function alertIn(message: string): string | undefined {
  return /\balert ((?!number)[a-z][a-z _]+)/.exec(message)?.[1].replaceAll(" ", "_");
}

/** Node keeps OpenSSL's reason beside a message that names functions and files of OpenSSL. */
function reasonOf(cause: unknown): string | undefined {
  const { code, reason } = (cause ?? {}) as { code?: unknown; reason?: unknown };
  return String(code).startsWith("ERR_SSL_") && typeof reason === "string" ? reason : undefined;
}

/** Node's messages about OpenSSL end with a line break, and those about a certificate show names that its owner chose. */
function oneLine(text: string): string {
  return escapeUnseen(text.trim().replace(/\s*[\r\n]+\s*/g, " "));
}
