// What the proxy calls a route, before it is made.

import type { RouteOptions } from "../../proxy/index.js";

export function routeName({ name, host, path, pathPrefix }: Partial<RouteOptions>): string {
  const hosts = host === undefined ? "*" : [host].flat().join(",").toLowerCase();
  return name ?? `${hosts}${path ?? `${pathPrefix ?? "/"}*`}`;
}
