// Why a client did not get through its TLS handshake with a listener, in words for whoever runs the proxy: OpenSSL's are for people
// who know OpenSSL.

import { escapeUnseen } from "../../protocol/index.js";
import { TransportError } from "../../transport/index.js";

/**
 * "http": what came was HTTP without TLS. "no-tls": what came was anything else without TLS. "version", "cipher", "protocol":
 * nothing in common with the client, in versions of TLS, in ciphers, groups and signatures, or in protocols upon TLS (ALPN).
 * "certificate": the client's, which the listener asks for. "alert": the client broke off, most often because of the listener's
 * certificate. "timeout": it took longer than `requestTimeoutMs`. "other": none of these; the error has OpenSSL's words.
 */
export type TlsFailureReason = (typeof tlsFailureReasons)[number];

export const tlsFailureReasons = [
  "http",
  "no-tls",
  "version",
  "cipher",
  "protocol",
  "certificate",
  "alert",
  "timeout",
  "other",
] as const;

/** A TLS handshake at a listener that did not come to its end, though the client had not left by itself. */
export interface TlsFailure {
  /** The address that the listener is bound to, such as "127.0.0.1:8443", or the path of its unix socket. */
  readonly listener: string;
  /** The client's address, where it has one that is still known. */
  readonly client: string | undefined;
  readonly reason: TlsFailureReason;
  /** Says what failed, to whom, and what to do about it. Its `cause` has Node's words. */
  readonly error: TransportError;
}

/** By Node's names for what OpenSSL says, without "ERR_SSL_". */
const reasonsByName: Readonly<Record<string, TlsFailureReason>> = {
  HTTP_REQUEST: "http",
  HTTPS_PROXY_REQUEST: "http",
  WRONG_VERSION_NUMBER: "no-tls",
  PACKET_LENGTH_TOO_LONG: "no-tls",
  RECORD_LAYER_FAILURE: "no-tls",
  BAD_RECORD_TYPE: "no-tls",
  UNSUPPORTED_PROTOCOL: "version",
  VERSION_TOO_LOW: "version",
  VERSION_TOO_HIGH: "version",
  INAPPROPRIATE_FALLBACK: "version",
  NO_SHARED_CIPHER: "cipher",
  NO_SHARED_GROUP: "cipher",
  NO_SUITABLE_GROUPS: "cipher",
  NO_SUITABLE_KEY_SHARE: "cipher",
  NO_SHARED_SIGNATURE_ALGORITHMS: "cipher",
  NO_SUITABLE_SIGNATURE_ALGORITHM: "cipher",
  NO_APPLICATION_PROTOCOL: "protocol",
  PEER_DID_NOT_RETURN_A_CERTIFICATE: "certificate",
};

/** What OpenSSL calls a problem with a certificate, such as CERT_HAS_EXPIRED: no error of Node's, nor of the system's. */
const certificateProblem = /^(?!ERR_|E[A-Z0-9]*$)[A-Z][A-Z_]+$/;

/** What to say of each; `said`: OpenSSL's reason. */
const texts: Readonly<Record<TlsFailureReason, (said: string) => string>> = {
  http: () =>
    "what came is HTTP without TLS; have it use https: or wss:, or listen on another port without tls for it",
  "no-tls": (said) => `what came is no TLS (${said})`,
  version: () => "it speaks no version of TLS from minVersion to maxVersion",
  cipher: (said) =>
    `it accepts none of the ciphers, groups and signatures here (${said}); see ciphers, and the kind of key in tls`,
  protocol: () => "it asks by ALPN for protocols upon TLS that are none of http/1.1, such as HTTP/2 alone",
  certificate: (said) => `it shows no certificate that ca vouches for, which requestCert asks for (${said})`,
  alert: (said) =>
    /certificate|unknown ca/.test(said)
      ? `it does not accept the certificate that it was shown (${said}); see certificates, and the authorities that it trusts`
      : `it broke off (${said})`,
  timeout: () => "it was not complete in time (requestTimeoutMs)",
  other: (said) => said,
};

/** `error`: of a `TlsListenerSink`. */
export function tlsFailureOf(
  { errno = "", message, cause }: TransportError,
  listener: string,
  client: string | undefined,
): TlsFailure {
  const reason = reasonOf(errno);
  const whom = client === undefined ? "" : ` with ${client}`;
  const why = texts[reason](wordsOf(cause, message));
  const text = `the TLS handshake${whom} at ${listener} failed: ${why}`;
  return { listener, client, reason, error: new TransportError("TLS_FAILED", text, { cause }) };
}

function reasonOf(errno: string): TlsFailureReason {
  const name = errno.replace(/^ERR_SSL_/, "");
  if (Object.hasOwn(reasonsByName, name)) return reasonsByName[name];
  if (errno === "ERR_TLS_HANDSHAKE_TIMEOUT") return "timeout";
  if (certificateProblem.test(errno)) return "certificate";
  return /(?:^|_)ALERT_/.test(name) ? "alert" : "other";
}

/** OpenSSL's reason, which Node keeps beside a message that names functions and files of OpenSSL, or its name for what is wrong
 * with a certificate; else the message. */
function wordsOf(cause: unknown, message: string): string {
  const { code, reason } = (cause ?? {}) as { code?: unknown; reason?: unknown };
  const name = String(code);
  if (certificateProblem.test(name)) return name;
  const isOpenSsl = name.startsWith("ERR_SSL_") && typeof reason === "string";
  return escapeUnseen((isOpenSsl ? reason : message).trim().replace(/\s*[\r\n]+\s*/g, " "));
}
