// Which requests are a route's: those for its hosts, with its path.

import type { RouteOptions } from "../route-options.js";

export interface RoutePattern {
  /** In lower case, without ports; "*." and a domain for the names below it. Empty: any host. */
  readonly hosts: readonly string[];
  readonly path: string | undefined;
  readonly pathPrefix: string | undefined;
}

export type PatternOptions = Partial<Pick<RouteOptions, "host" | "path" | "pathPrefix">>;

export type NamedPattern = PatternOptions & Pick<RouteOptions, "name">;

/** Of options that are right. */
export function patternOf({ host, path, pathPrefix }: PatternOptions): RoutePattern {
  const hosts = host === undefined ? [] : typeof host === "string" ? [host] : host;
  return { hosts: hosts.map((name) => name.toLowerCase()), path, pathPrefix };
}

/** What a route is called in logs and metrics. */
export function routeName(options: NamedPattern): string {
  const { hosts, path, pathPrefix } = patternOf(options);
  const host = hosts.length === 0 ? "*" : hosts.join(",");
  return options.name ?? `${host}${path ?? `${pathPrefix ?? "/"}*`}`;
}
