// What no request could ever match, of the hosts and paths that a route may name: they are compared as they are written, and
// people bring patterns from elsewhere.

import { parseAuthority } from "../../handshake/index.js";
import { describeValue } from "../../protocol/index.js";
import { type Told, tell } from "../words.js";
import { comparableHost, comparablePath } from "./request-path.js";

/** What is wrong with it, with what to write instead; undefined for nothing. */
export function hostProblem(host: string): string | undefined {
  if (/^[\da-f.]*:[\da-f.]*:[\da-f:.]*$/i.test(host))
    return `is an IPv6 address without brackets; write "[${host}]"`;
  if (/:\d+$/.test(host)) return "has a port, and ports are not compared; leave it out";
  // As nginx has them: a name for no host in particular, and a domain with all that is below it.
  if (host === "_" || host === "*") return "is a word for any host elsewhere, and no host name; leave it out";
  if (host.startsWith(".") && hostProblem(`*${host}`) === undefined)
    return `begins with a dot; write "*${host}", and "${host.slice(1)}" beside it for the domain itself`;
  const name = host.replace(/^\*\./, "");
  // Of a host as of a request: with characters that are in no name, nothing is ever compared.
  const comparable = parseAuthority(name, -1) && comparableHost(name);
  if (comparable === undefined || /^\.|\.\./.test(comparable))
    return 'is no host name; write one such as "example.com" or "*.example.com"';
  return comparable === name.toLowerCase()
    ? undefined
    : `ends with a dot, which is not compared; write "${host.slice(0, -1)}"`;
}

/** RFC 3986 §3.3 has none of them in a path, the asterisk aside. Stricter: where that stands, a path that has one is never meant. */
const ofPatterns = /[*^{}[\]<>|\\]/;
/** What has to be percent-encoded (RFC 3986 §2.1), and clients do. */
const encoded = /[^\x21-\x7e]|["`]/u;

/** What is wrong with the path of a route, with what to write instead; undefined for nothing. */
export function pathProblem(path: string): Told | undefined {
  const problem =
    beginningProblem(path) ??
    queryProblem(path, "routes are told apart without") ??
    patternProblem(path, (literal) => ({ setting }) => {
      return `${setting("pathPrefix", literal)}, which has every path below it`;
    }) ??
    encodingProblem(path);
  if (problem !== undefined) return problem;
  const comparable = comparablePath(path);
  if (comparable === path) return undefined;
  if (comparable !== undefined) return `is never what is compared; write "${comparable}", which is`;
  if (/%5C|%00/i.test(path))
    return "has a backslash or a zero byte, and requests with one are refused; take it out";
  const { pathname } = new URL(`http://a${path}`);
  const advice = comparablePath(pathname) === pathname ? `write "${pathname}"` : "take it out";
  return `has a segment "." or "..", and requests with one are refused; ${advice}`;
}

/** What is wrong with what takes the place of a path; undefined for nothing. */
export function replacementProblem(path: string): Told | undefined {
  if (path === "") return undefined;
  return (
    beginningProblem(path) ??
    queryProblem(path, "that of the request stays") ??
    patternProblem(path, (literal) => `"${literal}", behind which the rest of the path comes`) ??
    encodingProblem(path)
  );
}

function beginningProblem(path: string): Told | undefined {
  const [, exact] = /^=\s*(\/.*)$/.exec(path) ?? [];
  if (exact !== undefined)
    return ({ setting }) => `has "=" before it, as in nginx; write ${setting("path", exact)}`;
  return /^[/~^]/.test(path) ? undefined : `begins with no slash; write "/${path}"`;
}

function queryProblem(path: string, why: string): string | undefined {
  const end = path.search(/[?#]/);
  const isRest = path.startsWith("/") && end > 0 && !ofPatterns.test(path.slice(0, end));
  return isRest ? `has a query or fragment, and ${why}; write "${path.slice(0, end)}"` : undefined;
}

function patternProblem(path: string, advice: (literal: string) => Told): Told | undefined {
  const [found] = (path.startsWith("/") ? ofPatterns : /^./).exec(path) ?? [];
  if (found === undefined) return undefined;
  // As much of it as stands for itself.
  const [literal] = /^\/?[^*^{}[\]<>|\\()$?+]*/.exec(path.replace(/^[~^*\s]+/, "")) ?? [""];
  const plain = `/${literal.replace(/^\//, "").replace(/\.$/, "")}`;
  const written = advice(plain);
  return (words) =>
    `has ${describeValue(found)}, and no pattern is understood; write ${tell(written, words)}`;
}

function encodingProblem(path: string): string | undefined {
  const [found] = encoded.exec(path) ?? [];
  if (found === undefined) return undefined;
  if (/[\ud800-\udfff]/u.test(path)) return `has ${describeValue(found)}, which is in no path; take it out`;
  const written = path.replace(new RegExp(encoded, "gu"), encodeURIComponent);
  return `has ${describeValue(found)}, which is percent-encoded in requests; write "${written}"`;
}
