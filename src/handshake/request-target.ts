// What a GET request may ask for (RFC 9112 §3.2). The answer is a path on this server and never a place: text
// that could name another host stays path, and an absolute target must name the host that the Host header
// names.

import { parseAuthority } from "./authority.js";

export interface RequestTarget {
  /**
   * Path and query as sent, "/" at least: the resource name of RFC 6455 §3. Never resolve it as a relative
   * URL.
   */
  readonly resourceName: string;
  /** The resource name up to the query, still percent-encoded. */
  readonly path: string;
}

/**
 * The resource of a target in origin-form or absolute-form; `undefined` for the other forms, for a fragment,
 * and when an absolute target and `host` differ.
 */
export function parseRequestTarget(target: string, host: string): RequestTarget | undefined {
  // RFC 6455 §3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be
  // used".
  if (target.includes("#")) return undefined;
  const resourceName = target.startsWith("/") ? target : absoluteResource(target, host);
  if (resourceName === undefined) return undefined;
  const query = resourceName.indexOf("?");
  return { resourceName, path: query < 0 ? resourceName : resourceName.slice(0, query) };
}

function absoluteResource(target: string, host: string): string | undefined {
  const match = /^(https?|wss?):\/\/([^/?]+)(.*)$/i.exec(target);
  if (match === null) return undefined;
  const defaultPort = /^(?:https|wss)$/i.test(match[1]) ? 443 : 80;
  const named = parseAuthority(match[2], defaultPort);
  const served = parseAuthority(host, defaultPort);
  // Stricter than RFC 9112 §3.2.2, where the target wins over Host: two names for one server are how requests
  // are steered past a proxy's rules, and no WebSocket client sends them.
  if (named?.hostname !== served?.hostname || named?.port !== served?.port) return undefined;
  return match[3].startsWith("/") ? match[3] : `/${match[3]}`;
}
