// Which routes no request ever comes to, for those before them have all of theirs.

import {
  matchesHost,
  matchesPath,
  type PatternOptions,
  patternOf,
  type RoutePattern,
} from "./route-pattern.js";

/** The first of the earlier routes that has what this one could have; undefined when something is left for it. */
export function routeBefore<Route extends PatternOptions>(
  route: Route,
  earlier: readonly Route[],
): Route | undefined {
  const pattern = patternOf(route);
  const { hosts } = pattern;
  const each = (hosts.length === 0 ? [undefined] : hosts).map((host) =>
    earlier.find((other) => isWithin(host, pattern, patternOf(other))),
  );
  return each.includes(undefined) ? undefined : each[0];
}

/** Whether the other pattern has all requests of this one for the host; undefined is any host. */
function isWithin(host: string | undefined, pattern: RoutePattern, other: RoutePattern): boolean {
  const hasHost = host === undefined ? other.hosts.length === 0 : matchesHost(other, host);
  return hasHost && hasPaths(other, pattern);
}

function hasPaths(pattern: RoutePattern, other: RoutePattern): boolean {
  if (pattern.path !== undefined) return other.path === pattern.path;
  return matchesPath(pattern, other.path ?? other.pathPrefix ?? "/");
}
