// How a proxy says goodbye.

import { timeoutOption } from "../connection/index.js";
import { nodeEngine } from "../host/index.js";
import { CloseCode, checkOptions, closePayload, type NamesOf, type OptionTable } from "../protocol/index.js";

export interface ProxyCloseOptions {
  /** Close code for every client. Default 1012, service restart. */
  code?: number | undefined;
  /** At most 123 bytes of UTF-8. Default: none. */
  reason?: string | undefined;
  /** Milliseconds after which what is left is ended, or `Infinity`. Default 10 000. */
  timeoutMs?: number | undefined;
}

const closeTable: OptionTable = {
  owner: "close",
  names: { code: true, reason: true, timeoutMs: true } satisfies NamesOf<ProxyCloseOptions>,
};

/** Throws `StateError` for a code or reason that may not be sent, and for a time that cannot be waited for. */
export function resolveProxyClose(options: ProxyCloseOptions = {}): Required<ProxyCloseOptions> {
  checkOptions(options, closeTable);
  const { code = CloseCode.SERVICE_RESTART, reason = "", timeoutMs } = options;
  closePayload(nodeEngine, code, reason);
  const isBounded = timeoutMs !== Infinity;
  return { code, reason, timeoutMs: isBounded ? timeoutOption("timeoutMs", timeoutMs, 10_000) : Infinity };
}
