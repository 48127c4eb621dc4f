// What an upstream is asked for in place of the path by which a route was found.

import type { RoutePattern } from "./route-pattern.js";

/** `path` with the replacement for what of it the pattern names. What follows a prefix begins with a slash, whichever of the two has
 * it, and comes after the replacement with that one slash between them. */
export function replacedPath(path: string, { pathPrefix }: RoutePattern, replacement: string): string {
  const rest = pathPrefix === undefined ? "" : path.slice(pathPrefix.replace(/\/$/, "").length);
  const target = rest === "" ? replacement : replacement.replace(/\/$/, "") + rest.replace(/^\/+/, "/");
  return target === "" ? "/" : target;
}
