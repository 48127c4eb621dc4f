// Which route has a request: the first in the order of the configuration whose host and path match.

import { RouteIndex } from "./route-index.js";
import type { RoutePattern } from "./route-pattern.js";

export interface Routed {
  readonly pattern: RoutePattern;
}

export class RouteTable<Route extends Routed> {
  readonly routes: readonly Route[];
  readonly #index = new RouteIndex<Route>();

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    for (const route of routes) this.#index.add(route.pattern, route);
  }

  /** `hostname` without a port; `path` without a query, as it came. */
  find(hostname: string, path: string): Route | undefined {
    return this.#index.find(hostname.toLowerCase(), path);
  }
}
