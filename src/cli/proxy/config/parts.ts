// Where an option of routes stands in a config.

import type { ConfigValue, RouteValue } from "./config-values.js";

/** The routes that have it, and what stands beside them where it is the default of any. */
export function partsWith(name: keyof RouteValue, config: ConfigValue): readonly RouteValue[] {
  const { routes } = config;
  const isDefault = routes === undefined || routes.some((route) => route[name] === undefined);
  const parts: readonly RouteValue[] = [...(isDefault ? [config] : []), ...(routes ?? [])];
  return parts.filter((part) => part[name] !== undefined);
}
