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
import { all, allOf, at, type Mistake, mistakesOf, orFirst, wrong, wrongValue } from "../mistakes.js";
import { checkAuthorities, pairProblem } from "../pem-content.js";
import { hostProblem } from "../routing/pattern-problems.js";
import type { CertificateOptions, ProxyTlsOptions } from "./certificate-options.js";

const certificateTable: OptionTable = {
  owner: "a certificate",
  names: { cert: true, key: true, passphrase: true, names: true } satisfies NamesOf<CertificateOptions>,
  hints: { hosts: "use names", servername: "use names", certificate: "use cert" },
};

const TICKET_KEY_BYTES = 48;

/** What `certificates` takes the place of. */
const replaced = ["cert", "key", "pfx", "passphrase", "SNICallback", "secureContext"] as const;

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
    this.#byName = orFirst(() => chosenOf(certificates, this.#common));
    return { ...this.#common, ...proofOf(certificates[0]), SNICallback: this.#choose };
  }

  /** Undefined leaves it to the first. */
  readonly #choose: NonNullable<TlsOptions["SNICallback"]> = (servername, chosen) => {
    const name = servername.toLowerCase();
    const wildcard = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
    chosen(null, this.#byName.get(name) ?? this.#byName.get(wildcard));
  };
}

/** What cannot be looked at has no value, and keeps the places of the others. */
type Given = readonly (CertificateOptions | undefined)[];

/** Everything in them that no listener could use. */
export function listenerTlsMistakes(certificates: Given, common: TlsOptions): readonly Mistake[] {
  return mistakesOf(() => chosenOf(certificates, common));
}

/** Which of them is for which name. Throws `Mistakes`. */
function chosenOf(certificates: Given, common: TlsOptions): Chosen {
  if (!Array.isArray(certificates) || certificates.length === 0) {
    const text = `certificates is ${describeValue(certificates)}; it takes a list of at least one { cert, key }`;
    throw invalidArgument(text);
  }
  const given: Given = certificates;
  const { names } = all({
    ciphers: () => checkCiphers(common),
    ca: () => checkAuthorities(common.ca, "tls.ca"),
    names: () => allOf(given, (each, index) => (each === undefined ? [] : checkedNames(each, index))),
  });
  const byName = new Map<string, SecureContext>();
  for (const [index, each] of given.entries()) {
    if (each === undefined) continue;
    const context = contextOf({ ...common, ...proofOf(each) }, placeOf(index));
    for (const name of names[index]) if (!byName.has(name)) byName.set(name, context);
  }
  return byName;
}

function placeOf(index: number): string {
  return `tls.certificates[${index}]`;
}

function checkCiphers({ ciphers }: TlsOptions): void {
  if (ciphers !== undefined) contextOf({ ciphers }, "tls.ciphers", `${describeValue(ciphers)} `);
}

/** The hosts that a certificate is for, when it can be used. */
function checkedNames(certificate: CertificateOptions, index: number): readonly string[] {
  const place = placeOf(index);
  at(place, () => checkOptions(certificate, certificateTable));
  const { cert, key } = certificate;
  if (cert === undefined || key === undefined)
    throw wrong(place, `has no ${cert === undefined ? "cert" : "key"}; it takes { cert, key }`);
  at(place, () => checkPem(proofOf(certificate), place));
  const found = pairProblem(certificate);
  if (found !== undefined) throw wrong(`${place}.${found.name}`, found.problem);
  return namesOf(certificate, place, index === 0);
}

/** `shown` is what stands at the place, with a blank behind it. */
function contextOf(options: TlsOptions, place: string, shown = ""): SecureContext {
  try {
    return createSecureContext(options);
  } catch (cause) {
    const [said] = (cause as Error).message.split("\n");
    throw wrong(place, `${shown}cannot be used: ${said}`, { cause });
  }
}

function proofOf({ cert, key, passphrase }: CertificateOptions): TlsOptions {
  const [certBytes, keyBytes] = [cert, key].map((pem) => (typeof pem === "string" ? pem : Buffer.from(pem)));
  return { cert: certBytes, key: keyBytes, ...(passphrase !== undefined && { passphrase }) };
}

function namesOf({ cert, names }: CertificateOptions, place: string, isFirst: boolean): readonly string[] {
  const found = names ?? ownNames(cert);
  if (!Array.isArray(found))
    throw wrong(`${place}.names`, `is ${describeValue(names)}; it takes a list of host names`);
  if (found.length === 0 && !isFirst)
    throw wrong(place, ({ setting }) => {
      const advice = setting("names", ["example.com"]);
      return `names no host, and only the first may be for none; write ${advice}`;
    });
  return allOf(found, (name: unknown) => checkedName(name, `${place}.names`));
}

/** By the rule for the hosts of routes: what no request could ask for, no client names either. */
function checkedName(name: unknown, place: string): string {
  if (typeof name !== "string")
    throw wrong(place, `has ${describeValue(name)}; it takes host names such as "example.com"`);
  const problem = hostProblem(name);
  if (problem !== undefined) throw wrongValue(place, name, problem);
  return name.toLowerCase();
}

/** The DNS names of the first certificate. RFC 9525 §2: what its subject is called otherwise is no name of a host. */
function ownNames(cert: string | Uint8Array): string[] {
  const { subjectAltName = "" } = new X509Certificate(cert);
  const entries = subjectAltName.split(", ").filter((entry) => entry.startsWith("DNS:"));
  return entries.map((entry) => entry.slice(4)).filter((name) => hostProblem(name) === undefined);
}
