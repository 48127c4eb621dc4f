// What no request could ever match, of the hosts that a route may name.

import { parseAuthority } from "../../handshake/index.js";
import { comparableHost } from "./request-path.js";

/** What is wrong with it, with what to write instead; undefined for nothing. */
export function hostProblem(host: string): string | undefined {
  if (/^[\da-f.]*:[\da-f.]*:[\da-f:.]*$/i.test(host))
    return `is an IPv6 address without brackets; write "[${host}]"`;
  if (/:\d+$/.test(host)) return "has a port, and ports are not compared; leave it out";
  const name = host.replace(/^\*\./, "");
  // Of a host as of a request: with characters that are in no name, nothing is ever compared.
  const comparable = parseAuthority(name, -1) && comparableHost(name);
  if (comparable === undefined) return 'is no host name; write one such as "example.com" or "*.example.com"';
  return comparable === name.toLowerCase()
    ? undefined
    : `ends with a dot, which is not compared; write "${host.slice(0, -1)}"`;
}
