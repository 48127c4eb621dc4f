// The certificates of one listener: which of them a client is shown, and others in their place while it listens. Session tickets
// are sealed with keys that stay, so that clients resume their sessions across a change.

import { randomBytes, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type TlsOptions } from "node:tls";
import {
  checkOptions,
  describeValue,
  invalidArgument,
  type NamesOf,
  type OptionTable,
} from "../../protocol/index.js";
import { checkPem } from "../../transport/index.js";
import type { CertificateOptions, ProxyTlsOptions } from "./certificate-options.js";

const certificateTable: OptionTable = {
  owner: "a certificate",
  names: { cert: true, key: true, passphrase: true, names: true } satisfies NamesOf<CertificateOptions>,
  hints: { hosts: "use names", servername: "use names", certificate: "use cert" },
};

const TICKET_KEY_BYTES = 48;

/** What `certificates` takes the place of. */
const replaced = ["cert", "key", "pfx", "passphrase", "SNICallback", "secureContext"] as const;

const hostPattern = /^(?:\*\.)?[^\s*:/"]+$/;

type Chosen = ReadonlyMap<string, SecureContext>;

export class ListenerCertificates {
  readonly #common: TlsOptions;
  #byName: Chosen = new Map();

  /** Throws `StateError` `INVALID_ARGUMENT` for options that are in each other's way. */
  constructor({ certificates: _given, ...common }: ProxyTlsOptions) {
    const useless = replaced.find((name) => common[name as keyof TlsOptions] !== undefined);
    if (useless !== undefined) {
      const text = `tls.${useless} means nothing beside tls.certificates, which has all of them; leave one of them out`;
      throw invalidArgument(text);
    }
    this.#common = {
      // What Node takes for a server's, and not for a context of its own.
      honorCipherOrder: true,
      sessionIdContext: "sluice",
      ticketKeys: randomBytes(TICKET_KEY_BYTES),
      ...common,
    };
  }

  /** From now on these: what is to be a TLS server's options, that of the first among them. Throws `StateError`
   * `INVALID_ARGUMENT` for one that cannot be used; then nothing has changed. */
  use(certificates: readonly CertificateOptions[]): TlsOptions {
    if (!Array.isArray(certificates) || certificates.length === 0) {
      const text = `certificates is ${describeValue(certificates)}; it takes a list of at least one { cert, key }`;
      throw invalidArgument(text);
    }
    const byName = new Map<string, SecureContext>();
    for (const [index, certificate] of certificates.entries()) {
      const place = `tls.certificates[${index}]`;
      const context = this.#contextOf(certificate, place);
      for (const name of namesOf(certificate, place, index === 0))
        if (!byName.has(name)) byName.set(name, context);
    }
    this.#byName = byName;
    return { ...this.#common, ...proofOf(certificates[0]), SNICallback: this.#choose };
  }

  /** Undefined leaves it to the first. */
  readonly #choose: NonNullable<TlsOptions["SNICallback"]> = (servername, chosen) => {
    const name = servername.toLowerCase();
    const wildcard = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
    chosen(null, this.#byName.get(name) ?? this.#byName.get(wildcard));
  };

  #contextOf(certificate: CertificateOptions, place: string): SecureContext {
    checkOptions(certificate, certificateTable);
    const { cert, key } = certificate;
    if (cert === undefined || key === undefined)
      throw invalidArgument(`${place} has no ${cert === undefined ? "cert" : "key"}; it takes { cert, key }`);
    try {
      checkPem({ cert, key });
      return createSecureContext({ ...this.#common, ...proofOf(certificate) });
    } catch (cause) {
      const [said] = (cause as Error).message.split("\n");
      const reason = /key values mismatch/i.test(said) ? "its key does not belong to its cert" : said;
      throw invalidArgument(`${place} cannot be used: ${reason}`, { cause });
    }
  }
}

/** Throws `StateError` `INVALID_ARGUMENT` for what no listener could use. */
export function checkListenerTls(
  tls: ProxyTlsOptions & { certificates: readonly CertificateOptions[] },
): void {
  const { minVersion, maxVersion } = tls;
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion)
    throw invalidArgument(`tls.minVersion ${minVersion} is newer than tls.maxVersion ${maxVersion}`);
  new ListenerCertificates(tls).use(tls.certificates);
}

function proofOf({ cert, key, passphrase }: CertificateOptions): TlsOptions {
  const [certBytes, keyBytes] = [cert, key].map((pem) => (typeof pem === "string" ? pem : Buffer.from(pem)));
  return { cert: certBytes, key: keyBytes, ...(passphrase !== undefined && { passphrase }) };
}

function namesOf({ cert, names }: CertificateOptions, place: string, isFirst: boolean): string[] {
  const found = names ?? ownNames(cert);
  if (!Array.isArray(found))
    throw invalidArgument(`${place}.names is ${describeValue(names)}; it takes a list of host names`);
  if (found.length === 0 && !isFirst) {
    const text = `${place} names no host, and only the first may be for none: give it names, such as ["example.com"]`;
    throw invalidArgument(text);
  }
  return found.map((name: unknown) => {
    if (typeof name === "string" && hostPattern.test(name)) return name.toLowerCase();
    const text = `${place}.names has ${describeValue(name)}; it takes host names such as "example.com" or "*.example.com"`;
    throw invalidArgument(text);
  });
}

/** The DNS names of the first certificate. RFC 9525 §2: what its subject is called otherwise is no name of a host. */
function ownNames(cert: string | Uint8Array): string[] {
  const { subjectAltName = "" } = new X509Certificate(cert);
  const entries = subjectAltName.split(", ").filter((entry) => entry.startsWith("DNS:"));
  return entries.map((entry) => entry.slice(4)).filter((name) => hostPattern.test(name));
}
