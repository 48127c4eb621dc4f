// Certificates and keys are PEM. Of an authority that is none Node.js and OpenSSL take no notice: nobody would be trusted, and
// nothing would tell why.

import { invalidArgument, isRecord } from "../protocol/index.js";

const BEGINNING = "-----BEGIN";

/** Throws `StateError` `INVALID_ARGUMENT` for a `ca`, `cert` or `key` whose text or bytes are no PEM, such as the path of a
 * file, and says that it stands at this place. Whatever else they cannot be is for Node to say. */
export function checkPem(tls: unknown, place = "tls"): void {
  if (!isRecord(tls)) return;
  const given = tls as Readonly<Record<string, unknown>>;
  for (const name of ["ca", "cert", "key"]) {
    if ([given[name]].flat().every(mayBePem)) continue;
    // What was given is not shown: it may be a key.
    const text = `${place}.${name} has no "${BEGINNING}"; it takes PEM, which is what a file holds and not its path, as in readFileSync(path)`;
    throw invalidArgument(text);
  }
}

function mayBePem(item: unknown): boolean {
  if (typeof item === "string") return item.includes(BEGINNING);
  if (ArrayBuffer.isView(item))
    return Buffer.from(item.buffer, item.byteOffset, item.byteLength).includes(BEGINNING);
  // A key beside its own passphrase.
  return !isRecord(item) || !("pem" in item) || mayBePem(item.pem);
}
