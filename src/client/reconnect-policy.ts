// When to try again, and how long to wait first: exponential, capped, with jitter so that a thousand clients of a
// restarted server do not come back in the same instant.

import { type CloseInfo, timeoutOption } from "../connection/index.js";
import { HandshakeError } from "../handshake/index.js";
import { checkOptions, checkType, describeValue, invalidArgument, isRecord } from "../protocol/index.js";
import { TransportError } from "../transport/index.js";
import { reconnectTable } from "./option-names.js";

export interface ReconnectOptions {
  /** Attempts before giving up. They are counted until a connection has stayed open for `minUptimeMs`. Default `Infinity`. */
  retries?: number | undefined;
  /** Milliseconds before the first attempt, at most `maxDelayMs`. Default 500, or `maxDelayMs` if that is less. Doubles with
   * each. */
  minDelayMs?: number | undefined;
  /** The longest wait, at least `minDelayMs` and at most 2 147 483 647. Default 30 000, or `minDelayMs` if that is more. */
  maxDelayMs?: number | undefined;
  /** The part of the wait that is random, 0 to 1. Default 0.5. */
  jitter?: number | undefined;
  /** Milliseconds for which a connection has to stay open before attempts are counted, and waits grow, from the beginning
   * again; at most 2 147 483 647. Default 5000. 0 counts from the beginning after every opening, also of a server that closes
   * at once. */
  minUptimeMs?: number | undefined;
  /**
   * Whether to try (again). Gets how the connection ended, or why an attempt failed, and the number that the next attempt would
   * have. Not asked when the user has ended it (`close`, `terminate`, a loop that was left, an `onReconnect` or `onRetry` that
   * failed), nor after `retries` attempts. Default: after what can pass by itself, as `isWorthRetrying` tells. Of connections
   * that is one that was cut or that missed a heartbeat (1006), and one that the peer closed with 1001 or 1011 to 1014; not
   * one that this end closed first, because the peer broke a rule or a limit, or a handler threw. Of attempts, a refused or
   * unreachable address, one that timed out or was cut, and HTTP 408, 425, 429 and 5xx.
   */
  shouldRetry?: ((cause: CloseInfo | Error, attempt: number) => boolean) | undefined;
  /** Told before each wait. When it throws, or answers a promise that rejects, that ends reconnecting as with `onReconnect`, or
   * is what `connect` rejects with. */
  onRetry?: ((event: { attempt: number; delayMs: number; cause: CloseInfo | Error }) => void) | undefined;
  /** Told after a new connection has opened, before its messages. What subscribes again goes here. When it throws, or answers a
   * promise that rejects, `error` is told, the connection closes with 1011 for good, and a loop over it throws at its end. */
  onReconnect?: (() => void) | undefined;
}

export type ReconnectPolicy = Required<Omit<ReconnectOptions, "onRetry" | "onReconnect">> &
  Pick<ReconnectOptions, "onRetry" | "onReconnect">;

export function resolveReconnect(
  options: ReconnectOptions | boolean | undefined,
): ReconnectPolicy | undefined {
  if (options === undefined || options === false) return undefined;
  if (options !== true && !isRecord(options))
    throw invalidArgument(`reconnect is ${describeValue(options)}; it takes true, false or options`);
  const given = options === true ? {} : options;
  checkOptions(given, reconnectTable);
  for (const name of ["shouldRetry", "onRetry", "onReconnect"] as const)
    checkType(`reconnect.${name}`, given[name], "function", "a function");
  const policy = {
    retries: given.retries ?? Infinity,
    ...waitBounds(given),
    jitter: given.jitter ?? 0.5,
    minUptimeMs: timeoutOption("reconnect.minUptimeMs", given.minUptimeMs, 5000),
    shouldRetry: given.shouldRetry ?? isWorthRetrying,
    onRetry: given.onRetry,
    onReconnect: given.onReconnect,
  };
  for (const name of ["retries", "jitter"] as const) {
    const value = policy[name];
    if (typeof value === "number" && value >= 0 && (name !== "jitter" || value <= 1)) continue;
    const range = name === "jitter" ? "a number from 0 to 1" : "a number of at least 0";
    throw invalidArgument(`reconnect.${name} is ${describeValue(value)}; it takes ${range}`);
  }
  return policy;
}

/** A default gives way to the other bound. */
function waitBounds({ minDelayMs, maxDelayMs }: ReconnectOptions): {
  minDelayMs: number;
  maxDelayMs: number;
} {
  // What no timer can wait for would be waited for not at all.
  const min = timeoutOption("reconnect.minDelayMs", minDelayMs, 500);
  const max = timeoutOption("reconnect.maxDelayMs", maxDelayMs, 30_000);
  if (min <= max) return { minDelayMs: min, maxDelayMs: max };
  if (minDelayMs === undefined) return { minDelayMs: max, maxDelayMs: max };
  if (maxDelayMs === undefined) return { minDelayMs: min, maxDelayMs: min };
  throw invalidArgument(
    `reconnect.minDelayMs is ${min}, and reconnect.maxDelayMs only ${max}; the first wait is not above the longest`,
  );
}

/** Milliseconds before attempt number `attempt`, counted from 1. `random` is between 0 and 1. */
export function delayBefore(attempt: number, policy: ReconnectPolicy, random: number): number {
  const full = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (attempt - 1));
  return Math.round(full * (1 - policy.jitter * random));
}

const passingCloseCodes = new Set([1001, 1006, 1011, 1012, 1013, 1014]);
const passingStatuses = new Set([408, 425, 429]);

/** The default of `shouldRetry`: whether the cause can pass by itself. */
export function isWorthRetrying(cause: CloseInfo | Error): boolean {
  if (cause instanceof TransportError) return cause.retryable;
  if (cause instanceof HandshakeError) {
    if (cause.code === "HANDSHAKE_TIMED_OUT" || cause.code === "CONNECTION_ENDED") return true;
    return cause.status >= 500 || passingStatuses.has(cause.status);
  }
  if (cause instanceof Error) return false;
  // Why this end said goodbye will be there again: a peer that breaks the rules, a message beyond a limit, a handler that throws.
  if (cause.closedFirstBy === "us") return false;
  return passingCloseCodes.has(cause.code);
}
