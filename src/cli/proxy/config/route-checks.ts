// What is wrong with the routes of a config beyond their shapes: what the proxy itself would refuse, and what never could work.

import {
  nameConflicts,
  type ProxyOptions,
  type RouteConflict,
  type RouteOptions,
  reachConflicts,
  routeListMistakes,
  routesOf,
} from "../../../proxy/index.js";
import type { ConfigReader } from "./config-reader.js";
import { type ConfigValue, optionsOf, type RouteValue } from "./config-values.js";
import { rightPart } from "./right-part.js";

/** In place of upstreams, where it has been told that there are none. */
const somewhere = "ws://127.0.0.1";

/** A route of the file, with its defaults. */
interface Entry extends RouteOptions {
  readonly value: RouteValue;
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
  const entries: readonly Entry[] = whole.flatMap((each, index) =>
    routes === undefined ? [] : [{ ...each, value: routes[index] }],
  );
  const placed = entries.filter(({ value }) =>
    isKnown(["host", "path", "pathPrefix"], value, config, reader),
  );
  noteConflicts(reachConflicts(placed), "", reader);
  const named = placed.filter(({ value }) => isKnown(["name"], value, config, reader));
  noteConflicts(nameConflicts(named), "name", reader);
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

function noteConflicts(conflicts: readonly RouteConflict<Entry>[], name: string, reader: ConfigReader): void {
  for (const { route, before, problem } of conflicts) {
    const { line } = reader.placeOf(before.value);
    reader.note(reader.placeOf(route.value, name), `this route ${problem(`the one in line ${line}`)}`);
  }
}
