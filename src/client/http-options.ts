// What an HTTP client may be told, and the check of it.

import { timeoutOption } from "../connection/index.js";
import { checkOptions, describeValue, invalidArgument } from "../protocol/index.js";
import { type ConnectOptions, type ConnectSettings, resolveConnectOptions } from "./connect-options.js";
import { httpClientTable } from "./option-names.js";

/** Defaults of every request and connection of a client. */
export type HttpClientOptions = ConnectOptions & {
  /** Bytes of a response body that are read; `Infinity` lifts the limit. Default 16 777 216. */
  maxBodyBytes?: number | undefined;
  /** Milliseconds without a byte of a response body, at most 2 147 483 647. Default 10 000. Breach: `TransportError` `TIMED_OUT`. */
  bodyIdleTimeoutMs?: number | undefined;
};

/** Within what a response body has to come. */
export interface BodyBounds {
  readonly maxBodyBytes: number;
  readonly bodyIdleTimeoutMs: number;
}

/** Options with their values. */
export interface HttpSettings extends BodyBounds {
  readonly connect: ConnectSettings;
  /** Those that are for `connect`, as they were given. */
  readonly connectOptions: ConnectOptions;
}

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT`, or `TransportError` for a transport that is not here. */
export function resolveHttpOptions(options: HttpClientOptions): HttpSettings {
  checkOptions(options, httpClientTable);
  const { maxBodyBytes = 16_777_216, bodyIdleTimeoutMs, ...connectOptions } = options;
  if (maxBodyBytes !== Infinity && !(Number.isSafeInteger(maxBodyBytes) && maxBodyBytes >= 0)) {
    throw invalidArgument(
      `maxBodyBytes is ${describeValue(maxBodyBytes)}; it takes an integer of at least 0, or Infinity`,
    );
  }
  return {
    connect: resolveConnectOptions(connectOptions),
    connectOptions,
    maxBodyBytes,
    bodyIdleTimeoutMs: timeoutOption("bodyIdleTimeoutMs", bodyIdleTimeoutMs, 10_000),
  };
}
