// What is wrong with the routes of a config beyond their shapes: what the proxy itself would refuse, and what never could work.

import {
  type ProxyOptions,
  type RouteOptions,
  routeListMistakes,
  routeName,
  routesOf,
  unreachableRoutes,
} from "../../../proxy/index.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, optionsOf, type RouteValue } from "./config-values.js";
import { quote } from "./mistakes.js";
import { rightPart } from "./right-part.js";

/** In place of upstreams, where it has been told that there are none. */
const somewhere = "ws://127.0.0.1";

/** A route of the file, with its defaults. */
interface Entry {
  readonly value: RouteValue;
  readonly options: RouteOptions;
}

/** Notes what it finds. */
export function checkRoutes(config: ConfigValue, reader: ConfigReader): void {
  const { routes } = config;
  const hasUpstream = config.to !== undefined || reader.isBroken(config, "to");
  const missing = new Set(
    (routes ?? []).filter((route) => !hasUpstream && route.to === undefined && !reader.isBroken(route, "to")),
  );
  for (const route of missing)
    reader.note(reader.placeOf(route), 'a route needs "to"; write "to": "ws://127.0.0.1:3000"');
  const options = rightOptions(config, missing, reader);
  const whole = routesOf(options);
  for (const { index, mistake } of routeListMistakes(options, whole))
    reader.noteIn((index === undefined ? undefined : routes?.[index]) ?? config, mistake);
  const entries = whole.flatMap((each, index) =>
    routes === undefined ? [] : [{ value: routes[index], options: each }],
  );
  checkReach(
    entries.filter(({ value }) => isKnown(["host", "path", "pathPrefix"], value, config, reader)),
    reader,
  );
  checkNames(
    entries.filter(({ value }) => isKnown(["name", "host", "path", "pathPrefix"], value, config, reader)),
    reader,
  );
}

/** As far as they are right. */
function rightOptions(
  config: ConfigValue,
  missing: ReadonlySet<RouteValue>,
  reader: ConfigReader,
): ProxyOptions {
  const common = rightPart(config, reader);
  const routes = config.routes?.map((route) => ({
    ...rightPart(route, reader),
    ...(missing.has(route) && { to: somewhere }),
  }));
  const isList = routes !== undefined || !reader.isBroken(config, "routes");
  const { path, to } = common;
  // Of routes that could not be read, nobody knows what they leave to be said.
  const unread = [{ mode: "inspect" as const, ...(path === undefined && { pathPrefix: "/" }) }];
  return optionsOf({
    ...common,
    to: to ?? (routes ? undefined : somewhere),
    routes: isList ? routes : unread,
  });
}

/** Whether none of these options of a route is wrong, and none of its defaults that it does not replace. */
function isKnown(
  names: readonly (keyof RouteOptions)[],
  route: RouteValue,
  config: ConfigValue,
  reader: ConfigReader,
): boolean {
  return names.every(
    (name) => !reader.isBroken(route, name) && (route[name] !== undefined || !reader.isBroken(config, name)),
  );
}

function checkReach(entries: readonly Entry[], reader: ConfigReader): void {
  const patterns = entries.map(({ value, options }) => ({ ...options, value }));
  for (const { route, before } of unreachableRoutes(patterns)) {
    const { line } = reader.placeOf(before.value);
    const text = `this route can never match, for the one in line ${line} has every request that it could; write it above that one, or take it out`;
    reader.note(reader.placeOf(route.value), text);
  }
}

/** Two routes that are called by the same host and path are a matter of their reach. */
function checkNames(entries: readonly Entry[], reader: ConfigReader): void {
  const named = new Map<string, Entry>();
  for (const entry of entries) {
    const name = routeName(entry.options);
    const before = named.get(name);
    if (before === undefined) named.set(name, entry);
    else if ((entry.options.name ?? before.options.name) !== undefined) {
      const { line } = reader.placeOf(before.value);
      const text = `the route in line ${line} is called ${quote(name)} too; logs and metrics know routes by their names: write another "name"`;
      reader.note(reader.placeOf(entry.value, "name"), text);
    }
  }
}
