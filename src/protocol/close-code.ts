// Which close codes may travel on the wire, in one table (RFC 6455 §7.4, IANA's WebSocket Close Code registry).
// 1004 is reserved without a meaning; 1005, 1006 and 1015 exist only inside an endpoint.

/** Close codes by name. */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  /** Never sent: the peer's Close carried no code. */
  NO_STATUS: 1005,
  /** Never sent: the connection ended without a Close from the peer. */
  ABNORMAL: 1006,
  INVALID_PAYLOAD: 1007,
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
  MANDATORY_EXTENSION: 1010,
  INTERNAL_ERROR: 1011,
  SERVICE_RESTART: 1012,
  TRY_AGAIN_LATER: 1013,
  BAD_GATEWAY: 1014,
  /** Never sent: the TLS handshake failed. */
  TLS_HANDSHAKE: 1015,
} as const;

/** Those that may travel, in words. */
export const SENDABLE_CLOSE_CODES = "1000 to 1003, 1007 to 1014 and 3000 to 4999";

/** Whether a Close frame may carry this code, in either direction (RFC 6455 §7.4.1, §7.4.2). */
export function isCloseCode(code: number): boolean {
  return (
    Number.isInteger(code) &&
    ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999))
  );
}
