// Which routes no request ever comes to, for those before them have all of theirs.

import { RouteIndex } from "./route-index.js";
import { type PatternOptions, patternOf } from "./route-pattern.js";

export interface Unreachable<Route> {
  readonly route: Route;
  /** The first of the earlier routes that has what this one could have. */
  readonly before: Route;
}

/** In their order. */
export function unreachableRoutes<Route extends PatternOptions>(
  routes: readonly Route[],
): readonly Unreachable<Route>[] {
  const earlier = new RouteIndex<Route>();
  return routes.flatMap((route) => {
    const pattern = patternOf(route);
    const hosts = pattern.hosts.length === 0 ? [undefined] : pattern.hosts;
    const each = hosts.map((host) => earlier.findWhole(host, pattern));
    earlier.add(pattern, route);
    const [before] = each;
    return before === undefined || each.includes(undefined) ? [] : [{ route, before }];
  });
}
