// Which proxy the environment asks for, as curl reads it, with WS_PROXY and WSS_PROXY before the HTTP names.
// The environment is an argument; a name in lower case wins over the one in upper case.

import { isInNetwork } from "./ip-network.js";
import type { WebSocketTarget } from "./websocket-url.js";

/** Variables by name; Node.js: `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The URL of the proxy for a target; `undefined` for a direct connection. `wss` looks at WSS_PROXY,
 * HTTPS_PROXY, ALL_PROXY in this order, `ws` at WS_PROXY, HTTP_PROXY, ALL_PROXY; an empty value counts as
 * absent, and a value without a scheme means `http://`. NO_PROXY is a list, split at commas and blanks: `*`
 * for every host; a host name, which covers its subdomains too, with or without a leading "." or "*."; an IP
 * address; a network such as 10.0.0.0/8 or fd00::/8; each but the last with an optional `:port`.
 */
export function proxyForUrl(
  env: Environment,
  target: Pick<WebSocketTarget, "isSecure" | "hostname" | "port">,
): string | undefined {
  if (isExcluded(env, target.hostname, target.port)) return undefined;
  const proxy = target.isSecure
    ? (read(env, "wss_proxy") ?? read(env, "https_proxy") ?? read(env, "all_proxy"))
    : (read(env, "ws_proxy") ?? readHttpProxy(env) ?? read(env, "all_proxy"));
  if (proxy === undefined) return undefined;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim() || env[name.toUpperCase()]?.trim();
  return value === "" ? undefined : value;
}

/** CGI makes a variable of each request header: there, HTTP_PROXY is what a client sent as "Proxy". */
function readHttpProxy(env: Environment): string | undefined {
  if (env.REQUEST_METHOD === undefined) return read(env, "http_proxy");
  return env.http_proxy?.trim() || undefined;
}

function isExcluded(env: Environment, hostname: string, port: number): boolean {
  const host = bareHost(hostname);
  const entries = (read(env, "no_proxy") ?? "").toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== "" && excludes(entry, host, port));
}

function excludes(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  // One colon parts host and port; more belong to an IPv6 address, whose port needs brackets.
  const match = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
  if (match !== null && Number(match[2]) !== port) return false;
  const name = bareHost(match === null ? entry : match[1]);
  if (isInNetwork(host, name)) return true;
  const suffix = name.replace(/^\*?\./, "");
  return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}

/** In lower case, without brackets, without the final dot of an absolute name. */
function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}
