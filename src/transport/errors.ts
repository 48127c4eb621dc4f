// What the network or the kernel can do to a connection, in one table of codes.

import { WebSocketError } from "../protocol/index.js";

/** Codes of transport failures, and whether trying again later can help. */
export const transportErrorCodes = {
  CONNECTION_REFUSED: { isRetryable: true, meaning: "Nobody listens there." },
  CONNECTION_RESET: {
    isRetryable: true,
    meaning: "The connection was cut by the other side, or on the way.",
  },
  HOST_NOT_FOUND: {
    isRetryable: true,
    meaning: "The host name, or the path of the unix socket, does not exist.",
  },
  HOST_UNREACHABLE: { isRetryable: true, meaning: "There is no way to the address." },
  TIMED_OUT: {
    isRetryable: true,
    meaning: "TCP gave up waiting, or the body of a response paused for too long (`bodyIdleTimeoutMs`).",
  },
  ADDRESS_IN_USE: {
    isRetryable: true,
    meaning:
      "Another process listens on the port or the unix socket, or a process that is gone has left the socket's file behind: see [listening](server.md#listening).",
  },
  ADDRESS_INVALID: {
    isRetryable: false,
    meaning: "No socket can have that address, such as a path that is too long for a unix socket.",
  },
  ACCESS_DENIED: {
    isRetryable: false,
    meaning:
      "The process may not do that, such as listening on a low port, or on a unix socket in a folder that does not exist.",
  },
  TLS_FAILED: {
    isRetryable: false,
    meaning:
      "The TLS handshake failed, often for a certificate that cannot be verified, or TLS failed later on: see [when TLS fails](client.md#when-tls-fails).",
  },
  TLS_TRUNCATED: {
    isRetryable: true,
    meaning:
      "The connection ended without TLS's close_notify: somebody on the way may have cut it, and the end of what was sent may be missing.",
  },
  HEARTBEAT_MISSED: {
    isRetryable: true,
    meaning:
      "The peer was silent and did not answer a ping, or took nothing of what was sent to it (`heartbeat`).",
  },
  UNSUPPORTED_TRANSPORT: {
    isRetryable: false,
    meaning:
      "The `transport` that was asked for is not available here: thrown by `createServer` and `new HttpClient`, rejects `connect`. Or it cannot do what was asked of it (`reusePort`): rejects `listen`. See [io_uring](io-uring.md).",
  },
  IO_FAILED: { isRetryable: true, meaning: "Something else went wrong; `errno` and `cause` say what." },
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
  ENAMETOOLONG: "ADDRESS_INVALID",
  EACCES: "ACCESS_DENIED",
  EPERM: "ACCESS_DENIED",
};

/** OpenSSL's and Node's names for what is wrong with a certificate or a TLS handshake. */
const tlsName = /^(?:ERR_(?:OSSL|SSL|TLS)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/;

/** Wraps an error of Node's so that programs can tell what it means. */
export function toTransportError(error: Error & { code?: unknown; syscall?: unknown }): TransportError {
  const name = typeof error.code === "string" ? error.code : "";
  const code = codeOf(name, error.syscall);
  // Several addresses were tried and all failed: the first reason stands for the rest.
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  return new TransportError(code, error.message || first?.message || name || "the connection failed", {
    cause: error,
  });
}

function codeOf(name: string, syscall: unknown): TransportErrorCode {
  // Of a folder that does not exist, where a unix socket should listen, Node says EACCES.
  if (name === "ENOENT" && syscall === "listen") return "ACCESS_DENIED";
  if (Object.hasOwn(codesBySystemName, name)) return codesBySystemName[name];
  return tlsName.test(name) ? "TLS_FAILED" : "IO_FAILED";
}
