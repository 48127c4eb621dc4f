// What PEM files hold, and whether they belong together. OpenSSL takes no notice of an authority that is none, and speaks of its own
// routines where two files were mistaken for each other.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { CertificateOptions } from "./listening/certificate-options.js";
import { wrong } from "./mistakes.js";
import type { Told } from "./words.js";

/** Text, or the bytes of a file. */
type Pem = string | Uint8Array;

/** What is wrong with one of them, by its name. */
export interface PemProblem {
  readonly name: "cert" | "key" | "passphrase";
  readonly problem: Told;
}

const begin = /-----BEGIN (?:X509 )?CERTIFICATE-----/g;
const block = /-----BEGIN ((?:X509 )?CERTIFICATE)-----[^-]*-----END \1-----/g;

/** Why it is no certificate, or a row of them; undefined when it is. Such as "holds a key and no certificate". */
export function certificateProblem(pem: Pem): string | undefined {
  const text = textOf(pem);
  const blocks = text.match(block) ?? [];
  if (text.includes("-----BEGIN TRUSTED CERTIFICATE-----")) return undefined;
  if (blocks.length < (text.match(begin) ?? []).length) return "holds a certificate that is cut off";
  for (const each of blocks) {
    const reason = thrownBy(() => new X509Certificate(each));
    if (reason !== undefined) return `holds a certificate that cannot be read (${reason})`;
  }
  if (blocks.length > 0) return undefined;
  if (text.includes("CERTIFICATE REQUEST-----"))
    return "holds a request for a certificate and no certificate";
  return text.includes(" KEY-----") ? "holds a key and no certificate" : "holds no certificate";
}

/** Why it is no private key; undefined when it is, as far as can be told without its passphrase. */
export function keyProblem(pem: Pem): string | undefined {
  const text = textOf(pem);
  if (text.includes("PRIVATE KEY-----")) return undefined;
  if (text.includes("PUBLIC KEY-----")) return "holds a public key and no private one";
  return text.includes("CERTIFICATE-----") ? "holds a certificate and no key" : "holds no key";
}

/** Why nobody could be shown the certificate, with what to do; undefined for nothing. */
export function pairProblem(pair: CertificateOptions): PemProblem | undefined {
  const certificate = certificateProblem(pair.cert);
  if (certificate !== undefined)
    return {
      name: "cert",
      problem: `${certificate}; it takes one, and behind it those of the authorities between`,
    };
  const key = keyProblem(pair.key);
  if (key !== undefined) return { name: "key", problem: `${key}; it takes the key of the certificate` };
  const reason = thrownBy(() => createSecureContext(textsOf(pair)));
  if (reason === undefined) return undefined;
  return (
    readingProblem(pair) ?? belongingProblem(pair) ?? { name: "cert", problem: `cannot be used: ${reason}` }
  );
}

function readingProblem(pair: CertificateOptions): PemProblem | undefined {
  const reason = thrownBy(() => privateKeyOf(pair));
  if (reason === undefined) return undefined;
  if (!textOf(pair.key).includes("ENCRYPTED"))
    return {
      name: "key",
      problem: `holds a key that cannot be read (${reason}); it takes the key of the certificate`,
    };
  return pair.passphrase === undefined
    ? { name: "key", problem: ({ option }) => `is encrypted; it takes its ${option("passphrase")} beside it` }
    : {
        name: "passphrase",
        problem: "does not open the key; it takes the one that the key was encrypted with",
      };
}

function belongingProblem(pair: CertificateOptions): PemProblem | undefined {
  const key = privateKeyOf(pair);
  const [first, ...others] = (textOf(pair.cert).match(block) ?? []).map((each) => new X509Certificate(each));
  if (first === undefined || first.checkPrivateKey(key)) return undefined;
  return others.some((other) => other.checkPrivateKey(key))
    ? { name: "cert", problem: "has the certificate of the key behind others; it takes that one first" }
    : { name: "key", problem: "does not belong to the certificate beside it; it takes the key that does" };
}

/** Throws `Mistakes` for an authority, or one of several, by which nobody would be trusted. */
export function checkAuthorities(ca: unknown, place: string): void {
  for (const each of [ca].flat()) {
    const problem = isPem(each) ? certificateProblem(each) : undefined;
    if (problem !== undefined) throw wrong(place, `${problem}; it takes the certificate of an authority`);
  }
}

export function isPem(value: unknown): value is Pem {
  return typeof value === "string" || value instanceof Uint8Array;
}

function privateKeyOf({ key, passphrase }: CertificateOptions): KeyObject {
  return createPrivateKey({ key: textOf(key), ...(passphrase !== undefined && { passphrase }) });
}

function textsOf({ cert, key, passphrase }: CertificateOptions): {
  cert: string;
  key: string;
  passphrase?: string;
} {
  return { cert: textOf(cert), key: textOf(key), ...(passphrase !== undefined && { passphrase }) };
}

function textOf(pem: Pem): string {
  return typeof pem === "string" ? pem : Buffer.from(pem).toString("latin1");
}

function thrownBy(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).message.split("\n", 1)[0];
  }
}
