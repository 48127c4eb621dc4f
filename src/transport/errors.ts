// What the network or the kernel can do to a connection, in one table of codes.

import { WebSocketError } from "../protocol/index.js";

/** Codes of transport failures, and whether trying again later can help. */
export const transportErrorCodes = {
  CONNECTION_REFUSED: { isRetryable: true },
  CONNECTION_RESET: { isRetryable: true },
  HOST_NOT_FOUND: { isRetryable: true },
  HOST_UNREACHABLE: { isRetryable: true },
  TIMED_OUT: { isRetryable: true },
  ADDRESS_IN_USE: { isRetryable: true },
  ACCESS_DENIED: { isRetryable: false },
  TLS_FAILED: { isRetryable: false },
  HEARTBEAT_MISSED: { isRetryable: true },
  UNSUPPORTED_TRANSPORT: { isRetryable: false },
  IO_FAILED: { isRetryable: true },
} as const;
export type TransportErrorCode = keyof typeof transportErrorCodes;

/** The network or the kernel failed. Rejects `connect`, goes to the `error` handler, and is the `cause` of the `ClosedError` that
 * ends iterators. */
export class TransportError extends WebSocketError {
  declare readonly code: TransportErrorCode;
  /** The system's name for the failure, such as "ECONNRESET"; undefined when there was none. */
  readonly errno: string | undefined;
  /** The call that failed, such as "read". */
  readonly syscall: string | undefined;
  /** Whether trying again later can help. */
  readonly retryable: boolean;

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    const cause = options?.cause as { code?: unknown; syscall?: unknown } | undefined;
    this.errno = typeof cause?.code === "string" ? cause.code : undefined;
    this.syscall = typeof cause?.syscall === "string" ? cause.syscall : undefined;
    this.retryable = transportErrorCodes[code].isRetryable;
  }
}

const codesBySystemName: Readonly<Record<string, TransportErrorCode>> = {
  ECONNREFUSED: "CONNECTION_REFUSED",
  ECONNRESET: "CONNECTION_RESET",
  EPIPE: "CONNECTION_RESET",
  ECONNABORTED: "CONNECTION_RESET",
  ENOTFOUND: "HOST_NOT_FOUND",
  EAI_AGAIN: "HOST_NOT_FOUND",
  ENOENT: "HOST_NOT_FOUND",
  EHOSTUNREACH: "HOST_UNREACHABLE",
  ENETUNREACH: "HOST_UNREACHABLE",
  ETIMEDOUT: "TIMED_OUT",
  EADDRINUSE: "ADDRESS_IN_USE",
  EACCES: "ACCESS_DENIED",
  EPERM: "ACCESS_DENIED",
};

/** OpenSSL's and Node's names for what is wrong with a certificate or a TLS handshake. */
const tlsName = /^(?:ERR_(?:OSSL|SSL|TLS)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/;

/** Wraps an error of Node's so that programs can tell what it means. */
export function toTransportError(error: Error & { code?: unknown }): TransportError {
  const name = typeof error.code === "string" ? error.code : "";
  const code = Object.hasOwn(codesBySystemName, name)
    ? codesBySystemName[name]
    : tlsName.test(name)
      ? "TLS_FAILED"
      : "IO_FAILED";
  // Several addresses were tried and all failed: the first reason stands for the rest.
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  return new TransportError(code, error.message || first?.message || name || "the connection failed", {
    cause: error,
  });
}
