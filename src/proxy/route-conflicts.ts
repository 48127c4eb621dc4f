// What is wrong with routes beside each other, though each is right by itself: one that no request ever comes to, and one that is
// called like another. Whoever calls them by their numbers or by the lines of a file is told in the same words.

import { describeValue } from "../protocol/index.js";
import { type NamedPattern, routeName } from "./routing/route-pattern.js";
import { unreachableRoutes } from "./routing/route-reach.js";

export interface RouteConflict<Route> {
  readonly route: Route;
  /** The earlier route that is in its way. */
  readonly before: Route;
  /** What stands behind what the route is called; `other` is what the earlier one is called. */
  problem(other: string): string;
}

/** What a route says that nobody ever comes to would never hold. */
export function reachConflicts<Route extends NamedPattern>(
  routes: readonly Route[],
): readonly RouteConflict<Route>[] {
  return unreachableRoutes(routes).map((found) => ({
    ...found,
    problem: (other: string) =>
      `can never match, for ${other} has every request that it could; put it above that one, or take it out`,
  }));
}

/** Two routes of one name would be two values of one series for whoever reads the metrics. Where neither has been given one, and
 * both are called by the same host and path, that is a matter of their reach. */
export function nameConflicts<Route extends NamedPattern>(
  routes: readonly Route[],
): readonly RouteConflict<Route>[] {
  const named = new Map<string, Route>();
  return routes.flatMap((route) => {
    const name = routeName(route);
    const before = named.get(name);
    if (before === undefined) named.set(name, route);
    if (before === undefined || (route.name ?? before.name) === undefined) return [];
    const problem = (other: string): string =>
      `has the name ${describeValue(name)}, which ${other} has too; logs and metrics know routes by their names: give it another`;
    return [{ route, before, problem }];
  });
}
