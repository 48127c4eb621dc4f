// Where requests that come without TLS are sent, on routes that say so: to the same host, path and query over it. The host is the one
// by which the route was found, so that nothing but a name or an address gets into the Location.

import { checkOptions, describeValue, invalidArgument, isRecord } from "../../protocol/index.js";
import { httpsRedirectTable } from "../option-names.js";
import type { HttpsRedirectOptions, HttpsRedirectStatus } from "../route-options.js";

export interface HttpsRedirect {
  readonly port: number;
  readonly status: HttpsRedirectStatus;
}

const HTTPS_PORT = 443;
const statuses: readonly unknown[] = [301, 302, 307, 308];

/** Undefined for none. Throws `StateError` `INVALID_ARGUMENT`. */
export function resolveHttpsRedirect(
  given: boolean | HttpsRedirectOptions = false,
): HttpsRedirect | undefined {
  if (given === false) return undefined;
  const options = given === true ? {} : given;
  if (!isRecord(options)) {
    const takes = "it takes true, false, or an object such as { port: 8443 }";
    throw invalidArgument(`redirectToHttps is ${describeValue(options)}; ${takes}`);
  }
  checkOptions(options, httpsRedirectTable);
  const { port = HTTPS_PORT, status = 308 }: HttpsRedirectOptions = options;
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalidArgument(
      `redirectToHttps.port is ${describeValue(port)}; it takes an integer from 1 to 65535`,
    );
  if (!statuses.includes(status))
    throw invalidArgument(
      `redirectToHttps.status is ${describeValue(status)}; it takes 301, 302, 307 or 308`,
    );
  return { port, status };
}

/** `hostname` is comparable, `resourceName` path and query as they came, or the "*" of OPTIONS. */
export function httpsLocation({ port }: HttpsRedirect, hostname: string, resourceName: string): string {
  const authority = port === HTTPS_PORT ? hostname : `${hostname}:${port}`;
  const resource = resourceName.startsWith("/") ? resourceName.replace(outsideUrls, percentEncoded) : "/";
  return `https://${authority}${resource}`;
}

/** What parsers of requests let pass, and RFC 3986 does not. */
const outsideUrls = /[^\x21-\x7e]|["<>\\^`{|}]/g;

/** A request's line is read as Latin-1, so that a character is a byte. */
function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
