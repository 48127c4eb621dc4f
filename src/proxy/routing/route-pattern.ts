// Which requests are a route's: those for its hosts, with its path.

import type { RouteOptions } from "../route-options.js";

export interface RoutePattern {
  /** In lower case, without ports; "*." and a domain for the names below it. Empty: any host. */
  readonly hosts: readonly string[];
  readonly path: string | undefined;
  readonly pathPrefix: string | undefined;
}

export type PatternOptions = Partial<Pick<RouteOptions, "host" | "path" | "pathPrefix">>;

/** Of options that are right. */
export function patternOf({ host, path, pathPrefix }: PatternOptions): RoutePattern {
  const hosts = host === undefined ? [] : [host].flat();
  return { hosts: hosts.map((name) => name.toLowerCase()), path, pathPrefix };
}

/** What a route is called in logs and metrics. */
export function routeName(options: PatternOptions & Pick<RouteOptions, "name">): string {
  const { hosts, path, pathPrefix } = patternOf(options);
  const host = hosts.length === 0 ? "*" : hosts.join(",");
  return options.name ?? `${host}${path ?? `${pathPrefix ?? "/"}*`}`;
}

/** `host` in lower case. */
export function matchesHost({ hosts }: RoutePattern, host: string): boolean {
  return hosts.length === 0 || hosts.some((wanted) => isHost(wanted, host));
}

function isHost(wanted: string, host: string): boolean {
  if (!wanted.startsWith("*.")) return wanted === host;
  return host.length > wanted.length - 1 && host.endsWith(wanted.slice(1));
}

export function matchesPath({ path, pathPrefix }: RoutePattern, given: string): boolean {
  if (path !== undefined) return given === path;
  if (pathPrefix === undefined) return true;
  if (!given.startsWith(pathPrefix)) return false;
  // "/api" has "/api/v1" and not "/apix"; "/api/" has neither it nor "/api".
  return pathPrefix.endsWith("/") || given.length === pathPrefix.length || given[pathPrefix.length] === "/";
}
