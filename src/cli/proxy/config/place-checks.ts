// Where the proxy would be in its own way: at a place that it has already, or with requests that come back to it.

import { isRecord } from "../../../protocol/index.js";
import { socketPathProblem, type UpstreamTarget } from "../../../proxy/index.js";
import type { ListenPlace } from "../listen-text.js";
import { isSamePlace, leadsTo, type OwnHosts, ownHosts } from "../own-places.js";
import type { ListenerPlan } from "../proxy-plan.js";
import type { ConfigReader } from "./config-reader.js";
import {
  adminOf,
  type ConfigValue,
  type ListenValue,
  listenersOf,
  type RouteValue,
} from "./config-values.js";
import { listenEntries } from "./listener-checks.js";
import { type Place, quote } from "./mistakes.js";

interface Listening {
  readonly plan: ListenerPlan;
  readonly place: Place;
}

/** A place that is the proxy's own. */
interface OwnPlace {
  readonly target: ListenPlace;
  /** What stands behind the URL that leads there. */
  readonly problem: string;
}

/** Notes what it finds. */
export function checkPlaces(config: ConfigValue, reader: ConfigReader, folder: string): void {
  const listening = listenEntries(config, reader).flatMap(({ value, place }) =>
    listenersOf({ listen: isPlaceKnown(value, reader) ? value : [] }, folder).map((plan) => ({
      plan,
      place: isRecord(value) ? reader.placeOf(value, "path") : place,
    })),
  );
  checkPaths(listening, reader);
  checkTwins(listening, reader);
  const admin = config.admin === undefined ? undefined : adminOf(config.admin);
  const taken = admin && listening.find(({ plan }) => isSamePlace(plan.target, admin));
  if (taken !== undefined)
    reader.note(
      reader.placeOf(config, "admin"),
      `admin is where the proxy itself listens, in line ${taken.place.line}; write another port`,
    );
  const places: OwnPlace[] = listening.map(({ plan, place }) => ({
    target: plan.target,
    problem: `is where the proxy itself listens, in line ${place.line}, and requests would come back for ever`,
  }));
  if (admin !== undefined) {
    const { line } = reader.placeOf(config, "admin");
    places.push({ target: admin, problem: `is the admin port of the proxy itself, in line ${line}` });
  }
  const own = ownHosts();
  for (const part of [config, ...(config.routes ?? [])]) checkLoops(part, places, own, reader);
}

function checkPaths(listening: readonly Listening[], reader: ConfigReader): void {
  for (const { plan, place } of listening) {
    const problem = "path" in plan.target ? socketPathProblem(plan.target.path) : undefined;
    if (problem !== undefined) reader.note(place, `${quote(plan.name)} ${problem}`);
  }
}

function isPlaceKnown(value: ListenValue, reader: ConfigReader): boolean {
  return !isRecord(value) || !["port", "host", "path"].some((name) => reader.isBroken(value, name));
}

function checkTwins(listening: readonly Listening[], reader: ConfigReader): void {
  for (const [index, { plan, place }] of listening.entries()) {
    const twin = listening.slice(0, index).find((before) => isTaken(plan, before.plan));
    if (twin === undefined) continue;
    const { name } = twin.plan;
    const how = name === plan.name ? "stands here twice" : `is taken by ${name} in line ${twin.place.line}`;
    reader.note(place, `${plan.name} ${how}; leave one of them out`);
  }
}

function isTaken(plan: ListenerPlan, before: ListenerPlan): boolean {
  const isShared = plan.target.reusePort === true && before.target.reusePort === true;
  return isSamePlace(plan.target, before.target) && (plan.name === before.name || !isShared);
}

function checkLoops(
  part: RouteValue,
  places: readonly OwnPlace[],
  own: OwnHosts,
  reader: ConfigReader,
): void {
  const { to } = part as { readonly to?: UpstreamTarget | readonly UpstreamTarget[] };
  if (to === undefined) return;
  const isList = Array.isArray(to);
  const targets = isList ? reader.itemsOf(to as readonly UpstreamTarget[]) : [to as UpstreamTarget];
  for (const [index, target] of targets.entries()) {
    const isObject = isRecord(target);
    const url = isObject ? target.url : target;
    if (url === undefined) continue;
    const found = places.find((place) => leadsTo(url, place.target, own));
    if (found === undefined) continue;
    const place = reader.placeOf(part, `to${isList ? `[${index}]` : ""}${isObject ? ".url" : ""}`);
    const name = isObject ? "url" : "to";
    reader.note(place, `${name} ${quote(url)} ${found.problem}; write the URL of another server`);
  }
}
