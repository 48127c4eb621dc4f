// What a proxy answers for itself, with the status that says so. What an upstream answers is passed on.

import { WebSocketError } from "../protocol/index.js";

/** What can go wrong between a request and its upstream, with the HTTP status that answers the client. */
export const proxyErrorCodes = {
  NO_ROUTE: { status: 404, meaning: "No route matches the host and path of the request." },
  LOOP_DETECTED: {
    status: 508,
    meaning:
      "The proxy has passed the request on before: an upstream leads back to it. The route that it came back to is in the message.",
  },
  TOO_MANY_CONNECTIONS: {
    status: 503,
    meaning:
      "The proxy serves as many clients as it may (`maxClients`); or the route or its upstreams have as many connections as they may (`maxConnections`), and its queue is full (`queue.maxWaiting`).",
  },
  QUEUE_TIMED_OUT: {
    status: 503,
    meaning: "No place became free while the request waited in the queue (`queue.timeoutMs`).",
  },
  UPSTREAM_UNAVAILABLE: {
    status: 503,
    meaning: "Checks have found every upstream of the route out of service, those aside that had been tried.",
  },
  UPSTREAM_UNREACHABLE: {
    status: 502,
    meaning: "No connection to an upstream could be made, `retries` included.",
  },
  UPSTREAM_TIMED_OUT: {
    status: 504,
    meaning:
      "An upstream was not connected, or did not answer, in time (`connectTimeoutMs`, `handshakeTimeoutMs`); or it paused within a refusal for too long (`closeTimeoutMs`).",
  },
  UPSTREAM_INVALID: {
    status: 502,
    meaning:
      "What an upstream answered is no HTTP response, or no answer to the handshake; or it broke off within its answer, whose status the log has where the client has got it.",
  },
  HOOK_FAILED: { status: 500, meaning: "A hook threw, or answered what cannot be used." },
  REFUSED: {
    status: 403,
    meaning:
      "A hook refused the request with a status of 400 or above, and `status` is that; or it ended the connection because of a message.",
  },
  IDLE_TIMED_OUT: {
    status: 504,
    meaning: "No byte passed either way for as long as that may last (`idleTimeoutMs`).",
  },
  PROXY_HEADER_INVALID: {
    status: 400,
    meaning:
      "A connection to a listener with `proxyProtocol` did not begin with a PROXY header, or came from a peer that is not in `trustedProxies`. It was cut.",
  },
  HAND_OVER_FAILED: {
    status: 500,
    meaning:
      "The process that was to go on with the listening sockets did not start, or did not get ready in time.",
  },
  CLIENT_GONE: {
    status: 499,
    meaning:
      "The client ended its connection before its request was answered, within its body or within the answer, whose status the log has then; or it took nothing of an upstream's refusal for too long (`closeTimeoutMs`).",
  },
  DRAINING: { status: 503, meaning: "The proxy is closing." },
  DRAIN_TIMED_OUT: {
    status: 503,
    meaning:
      "The proxy has closed, and this connection or answer had not come to its end in the time for that (`timeoutMs` of `close`, `--drain-timeout`): it was cut off.",
  },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ProxyErrorCode = keyof typeof proxyErrorCodes;

export interface ProxyErrorOptions {
  cause?: unknown;
  /** Default: that of the code. */
  status?: number | undefined;
}

/** A request that did not get to an upstream, or not back. The message is for the log, never for the client. */
export class ProxyError extends WebSocketError {
  declare readonly code: ProxyErrorCode;
  /** What the client is answered with. */
  readonly status: number;

  constructor(code: ProxyErrorCode, message: string, { cause, status }: ProxyErrorOptions = {}) {
    super(code, message, cause === undefined ? undefined : { cause });
    this.status = status ?? proxyErrorCodes[code].status;
  }
}

/** Nobody has to mend anything. */
const faultless: ReadonlySet<string> = new Set<ProxyErrorCode>([
  "DRAINING",
  "DRAIN_TIMED_OUT",
  "REFUSED",
  "CLIENT_GONE",
]);

/** Whether whoever runs the proxy may have to mend something, and is told by the hook error: else the log is enough. */
export function isFault(error: Error): boolean {
  return !(error instanceof ProxyError) || !faultless.has(error.code);
}

/** What the log has of an answer of the hook request: a redirect, or an answer that is good, is no refusal. */
export function refusedByHook(status: number): ProxyError | undefined {
  return status < 400 ? undefined : new ProxyError("REFUSED", "the hook request refused it", { status });
}

/** What the proxy does not wait for any longer when it closes has ended by this. */
export function drainTimedOut(): ProxyError {
  const text = "the proxy closed, and cut off what had not ended in the time for it (timeoutMs of close)";
  return new ProxyError("DRAIN_TIMED_OUT", text);
}
