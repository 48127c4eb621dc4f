// Which routes no request ever comes to, for those before them have all of theirs.

/** What of a route says which requests are its own. */
export interface RouteReach {
  readonly host?: string | readonly string[] | undefined;
  readonly path?: string | undefined;
  readonly pathPrefix?: string | undefined;
}

/** The first of the earlier routes that has what this one could have; undefined when something is left for it. */
export function routeBefore<Route extends RouteReach>(
  route: Route,
  earlier: readonly Route[],
): Route | undefined {
  const hosts = hostsOf(route);
  const each = (hosts.length === 0 ? [undefined] : hosts).map((host) =>
    earlier.find((other) => hasHost(other, host) && hasPaths(other, route)),
  );
  return each.includes(undefined) ? undefined : each[0];
}

function hostsOf({ host = [] }: RouteReach): string[] {
  return (typeof host === "string" ? [host] : host).map((name) => name.toLowerCase());
}

/** Undefined is any host. */
function hasHost(route: RouteReach, host: string | undefined): boolean {
  const hosts = hostsOf(route);
  if (hosts.length === 0) return true;
  if (host === undefined) return false;
  return hosts.some(
    (wanted) => wanted === host || (wanted.startsWith("*.") && host.endsWith(wanted.slice(1))),
  );
}

function hasPaths(route: RouteReach, other: RouteReach): boolean {
  if (route.path !== undefined) return other.path === route.path;
  const { pathPrefix } = route;
  if (pathPrefix === undefined) return true;
  const path = other.path ?? other.pathPrefix;
  if (path === undefined || !path.startsWith(pathPrefix)) return pathPrefix === "/";
  return pathPrefix.endsWith("/") || path.length === pathPrefix.length || path[pathPrefix.length] === "/";
}
