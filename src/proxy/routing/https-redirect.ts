// Where requests that come without TLS are sent, on routes that say so: to the same host, path and query over it. The host is the
// one by which the route was found, so that nothing but a name or an address gets into the Location.

import { defaultPortOf } from "../../handshake/index.js";
import { checkOptions, describeValue, isRecord } from "../../protocol/index.js";
import { all, at, wrong } from "../mistakes.js";
import { httpsRedirectTable } from "../option-names.js";
import { integerAt } from "../option-values.js";
import type { HttpsRedirectOptions, HttpsRedirectStatus } from "../route-options.js";
import type { Words } from "../words.js";

export interface HttpsRedirect {
  readonly port: number;
  readonly status: HttpsRedirectStatus;
}

const HTTPS_PORT = defaultPortOf(true);
const statuses: readonly unknown[] = [301, 302, 307, 308];

/** Undefined for none. Throws `Mistakes`. */
export function resolveHttpsRedirect(
  given: boolean | HttpsRedirectOptions = false,
): HttpsRedirect | undefined {
  if (given === false) return undefined;
  const options = given === true ? {} : given;
  if (!isRecord(options)) throw wrong("redirectToHttps", (words) => notARedirect(options, words));
  at("redirectToHttps", () => checkOptions(options, httpsRedirectTable));
  const { port, status = 308 }: HttpsRedirectOptions = options;
  return all<HttpsRedirect>({
    port: () => integerAt("redirectToHttps.port", port, HTTPS_PORT, 1, 65_535),
    status: () => statusOf(status),
  });
}

function notARedirect(given: unknown, { setting }: Words): string {
  const example = setting("redirectToHttps", { port: 8443 });
  return `is ${describeValue(given)}; it takes true, false or an object, such as ${example}`;
}

function statusOf(status: HttpsRedirectStatus): HttpsRedirectStatus {
  if (statuses.includes(status)) return status;
  throw wrong("redirectToHttps.status", `is ${describeValue(status)}; it takes 301, 302, 307 or 308`);
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
