// Certificates that can be shown, and that clients refuse.

import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** Why it is refused at this time, in milliseconds since 1970, with what to do; undefined while it is not. */
export function validityDoubt({ validFrom, validTo }: X509Certificate, now: number): string | undefined {
  const [begin, end] = [validFrom, validTo].map((time) => Date.parse(time));
  if (now > end)
    return `ended on ${dateOf(end)}, and clients refuse it; write the file of the one that was made in its place`;
  return now < begin
    ? `begins on ${dateOf(begin)}, and clients refuse it until then; write the file of one that holds now`
    : undefined;
}

/** Why clients that ask for this host, which may be "*.example.com", refuse all of them; undefined where one is for it. */
export function hostDoubt(host: string, certificates: readonly X509Certificate[]): string | undefined {
  const name = host.replace(/^\*/, "www").replace(/^\[(.*)\]$/, "$1");
  const isFor = (certificate: X509Certificate): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  return certificates.length === 0 || certificates.some(isFor)
    ? undefined
    : "is in no certificate that is shown here, and clients that come by it over TLS refuse those; add one that names it";
}

/** "2026-11-27" */
function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
