// What a listener proves who it is with.

import type { TlsOptions } from "node:tls";

/** A certificate with its key. */
export interface CertificateOptions {
  /** PEM, as text or as the bytes of the file; those of the authorities between follow it. */
  cert: string | Uint8Array;
  /** PEM, as text or as the bytes of the file. */
  key: string | Uint8Array;
  /** Opens the key. */
  passphrase?: string | undefined;
  /** The hosts that it is for: names, or "*." and a domain for every name one label below it. Default: those that it names. */
  names?: readonly string[] | undefined;
}

/** Node's options for `tls.createServer`, and several certificates in place of one. */
export interface ProxyTlsOptions extends TlsOptions {
  /** The one for the host that a client names (SNI) is shown to it; the first, to a client that names none or one that nobody has a
   * certificate for. `Proxy.updateCertificates` changes them. Beside it there is no `cert`, `key`, `pfx`, `passphrase` nor
   * `SNICallback`. */
  certificates?: readonly CertificateOptions[] | undefined;
}
