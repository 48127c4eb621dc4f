// Which route has a request: the first in the order of the configuration whose host and path match.

export interface RoutePattern {
  /** In lower case, without ports; "*." and a domain for the names below it. Empty: any host. */
  readonly hosts: readonly string[];
  readonly path: string | undefined;
  readonly pathPrefix: string | undefined;
}

export interface Routed {
  readonly pattern: RoutePattern;
}

export class RouteTable<Route extends Routed> {
  readonly routes: readonly Route[];

  constructor(routes: readonly Route[]) {
    this.routes = routes;
  }

  /** `hostname` without a port; `path` without a query, as it came. */
  find(hostname: string, path: string): Route | undefined {
    const host = hostname.toLowerCase();
    return this.routes.find(({ pattern }) => matchesHost(pattern, host) && matchesPath(pattern, path));
  }
}

function matchesHost({ hosts }: RoutePattern, host: string): boolean {
  return hosts.length === 0 || hosts.some((wanted) => isHost(wanted, host));
}

function isHost(wanted: string, host: string): boolean {
  if (!wanted.startsWith("*.")) return wanted === host;
  return host.length > wanted.length - 1 && host.endsWith(wanted.slice(1));
}

function matchesPath({ path, pathPrefix }: RoutePattern, given: string): boolean {
  if (path !== undefined) return given === path;
  if (pathPrefix === undefined) return true;
  if (!given.startsWith(pathPrefix)) return false;
  // "/api" has "/api/v1" and not "/apix".
  return pathPrefix.endsWith("/") || given.length === pathPrefix.length || given[pathPrefix.length] === "/";
}
