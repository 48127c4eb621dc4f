// Which route has a request: the first in the order of the configuration whose host and path match.

import { matchesHost, matchesPath, type RoutePattern } from "./route-pattern.js";

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
