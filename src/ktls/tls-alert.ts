// Alerts of TLS (RFC 8446 §6): what they say, for people.

/** Those that have a part here, by their numbers. */
export const Alert = {
  CLOSE_NOTIFY: 0,
  UNEXPECTED_MESSAGE: 10,
  BAD_RECORD_MAC: 20,
  RECORD_OVERFLOW: 22,
  ILLEGAL_PARAMETER: 47,
  DECODE_ERROR: 50,
  PROTOCOL_VERSION: 70,
  INTERNAL_ERROR: 80,
  USER_CANCELED: 90,
} as const;

const WARNING = 1;
const FATAL = 2;
const ALERT_BYTES = 2;

/** What a peer did that TLS does not allow, and the alert that says so. */
export interface Violation {
  readonly alert: number;
  readonly text: string;
}

/** A close_notify as it is sent: a warning (RFC 8446 §6.1). */
export const closeNotify: Uint8Array = Uint8Array.of(WARNING, Alert.CLOSE_NOTIFY);

/** An alert that ends the connection (RFC 8446 §6.2). */
export function fatalAlert(description: number): Uint8Array {
  return Uint8Array.of(FATAL, description);
}

/** What an alert's record says. Its level means nothing any more (RFC 8446 §6). */
export function readAlert(content: Uint8Array): number | Violation {
  if (content.length === ALERT_BYTES) return content[1];
  const text = `the peer sent a TLS alert of ${content.length} bytes; it has ${ALERT_BYTES}`;
  return { alert: Alert.DECODE_ERROR, text };
}

const names: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  20: "bad_record_mac",
  22: "record_overflow",
  40: "handshake_failure",
  42: "bad_certificate",
  43: "unsupported_certificate",
  44: "certificate_revoked",
  45: "certificate_expired",
  46: "certificate_unknown",
  47: "illegal_parameter",
  48: "unknown_ca",
  49: "access_denied",
  50: "decode_error",
  51: "decrypt_error",
  70: "protocol_version",
  71: "insufficient_security",
  80: "internal_error",
  86: "inappropriate_fallback",
  90: "user_canceled",
  109: "missing_extension",
  110: "unsupported_extension",
  112: "unrecognized_name",
  113: "bad_certificate_status_response",
  115: "unknown_psk_identity",
  116: "certificate_required",
  120: "no_application_protocol",
};

/** The alert's name in RFC 8446, or its number. */
export function alertName(description: number): string {
  return names[description] ?? `number ${description}`;
}
