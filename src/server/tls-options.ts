// What a TLS server cannot be without: something to prove who it is.

import type { TlsOptions } from "node:tls";
import { describeValue, invalidArgument, isRecord } from "../protocol/index.js";

/** Any of these will do; a certificate needs its key as well. */
const proofs = ["cert", "pfx", "SNICallback", "pskCallback", "secureContext"];

/** Throws `StateError` `INVALID_ARGUMENT` for options that no client could shake hands with. */
export function checkTlsOptions(tls: unknown): asserts tls is TlsOptions | undefined {
  if (tls === undefined) return;
  if (!isRecord(tls)) {
    const text = `tls is ${describeValue(tls)}; it takes { cert, key }, and is left out for a server without TLS`;
    throw invalidArgument(text);
  }
  const given = tls as Readonly<Record<string, unknown>>;
  if (proofs.every((name) => given[name] === undefined))
    throw invalidArgument("tls has no certificate; it takes { cert, key }, { pfx } or { SNICallback }");
  if (given.cert !== undefined && given.key === undefined && given.privateKeyIdentifier === undefined)
    throw invalidArgument("tls has a cert without its key; it takes { cert, key }");
}
