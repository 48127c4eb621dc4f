// The path of a request as routes see it. What two servers may read in two ways is not passed on at all: a path that leads out
// of the prefix by which it was let in would be some other route's.

import { parseAuthority } from "../../handshake/index.js";

const UNRESERVED = /^[\w\-.~]$/;

/**
 * The path with its unreserved characters decoded (RFC 3986 §6.2.2.2), for comparing. Undefined for one with a segment "." or
 * "..", however it is written and whatever stands behind a semicolon, a blank or a zero byte in it, and for one with a backslash or a
 * zero byte: servers disagree about these.
 */
export function comparablePath(path: string): string | undefined {
  const decoded = path.replace(/%([\da-f]{2})/gi, (encoded, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
  const slashes = decoded.replace(/%2F/g, "/");
  // Tomcat's parameters, and what some servers trim.
  const names = slashes.split("/").map((segment) => segment.replace(/(?:;|%3B|%20|%09).*$/, ""));
  if (names.some((name) => name === "." || name === "..")) return undefined;
  return /\\|%5C|%00/.test(decoded) ? undefined : decoded;
}

/**
 * The host name that routes compare: without its port, and without the dot by which a name may say that it is whole. "" where a
 * request names none; undefined for one with characters that are in no name, which servers may decode or cut.
 */
export function comparableHost(host: string): string | undefined {
  const hostname = parseAuthority(host, 0)?.hostname.replace(/\.$/, "") ?? "";
  return /[%,;=!$&'()*+]/.test(hostname) ? undefined : hostname;
}
