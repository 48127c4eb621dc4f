// What a reload changes, in a few words.

import { isDeepStrictEqual } from "node:util";
import {
  type ProxyOptions,
  type RouteOptions,
  resolveListeningOptions,
  routeName,
} from "../../proxy/index.js";
import type { ListenerPlan, ProxyPlan } from "./proxy-plan.js";

/** One phrase for each thing that has changed, of what is in force; empty when nothing has. */
export function describeChanges(before: ProxyPlan, after: ProxyPlan): string[] {
  return [
    ...routeChanges(before.options, after.options),
    ...optionChanges(before.options, after.options),
    ...listenerChanges(before, after),
    ...(before.accessLog === after.accessLog ? [] : ["access log changed"]),
    ...(isDeepStrictEqual(before.admin, after.admin) ? [] : ["admin port changed"]),
    ...(isDeepStrictEqual(before.drain, after.drain) ? [] : ["drain changed"]),
  ];
}

/** Listeners of the plan that were in no other. */
function newListeners(before: ProxyPlan, after: ProxyPlan): ListenerPlan[] {
  return after.listeners.filter(({ name }) => !before.listeners.some((other) => other.name === name));
}

/** Pairs of one listener in both plans. */
function keptListeners(before: ProxyPlan, after: ProxyPlan): [ListenerPlan, ListenerPlan][] {
  return before.listeners.flatMap((old) => {
    const kept = after.listeners.find(({ name }) => name === old.name);
    return kept === undefined ? [] : [[old, kept] as [ListenerPlan, ListenerPlan]];
  });
}

/** What is asked for and cannot be had while the process goes on: `inForce` is what there is instead, `started` with what options
 * the listeners were made. */
export function needsRestart(inForce: ProxyPlan, asked: ProxyPlan, started: ProxyOptions): string[] {
  const removed = inForce.listeners.filter(
    ({ name }) => !asked.listeners.some((other) => other.name === name),
  );
  const changed = keptListeners(inForce, asked).flatMap(([old, kept]) => fixedSettings(old, kept));
  return [
    ...removed.map(({ name }) => `to stop listening on ${name}`),
    ...changed,
    // Listeners are made with it once.
    ...(transportOf(started) === transportOf(asked.options) ? [] : ["the new transport"]),
  ];
}

function transportOf(options: ProxyOptions): string {
  return resolveListeningOptions(options).transport;
}

/** What a listener was made with: all but its certificates. */
function fixedSettings(old: ListenerPlan, kept: ListenerPlan): string[] {
  const { name } = old;
  const [had, has] = [old, kept].map(({ tls, certificates }) => tls !== undefined && certificates.length > 0);
  const options = [
    ...differing(old.target, kept.target),
    ...differing({ proxyProtocol: old.proxyProtocol }, { proxyProtocol: kept.proxyProtocol }),
    ...(had && has ? differing(old.tls ?? {}, kept.tls ?? {}) : []),
  ];
  return [
    ...(had === has ? [] : [`${has ? "TLS" : "to stop TLS"} on ${name}`]),
    ...options.map((option) => `the new ${option} of ${name}`),
  ];
}

/** Names of options that are not the same. */
function differing(old: object, now: object): string[] {
  const [before, after] = [new Map(Object.entries(old)), new Map(Object.entries(now))];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)));
}

function listenerChanges(before: ProxyPlan, after: ProxyPlan): string[] {
  const renewed = keptListeners(before, after).filter(
    ([old, kept]) => old.certificates.length > 0 && !isDeepStrictEqual(old.certificates, kept.certificates),
  );
  return [
    ...newListeners(before, after).map(({ name }) => `listening on ${name} too`),
    ...renewed.map(([{ name }]) => `certificates of ${name} changed`),
  ];
}

function routeChanges(before: ProxyOptions, after: ProxyOptions): string[] {
  const [old, now] = [routesByName(before), routesByName(after)];
  const added = [...now.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !now.has(name));
  const kept = [...old.keys()].filter((name) => now.has(name));
  const changed = kept.filter((name) => !isDeepStrictEqual(old.get(name), now.get(name)));
  const order = [...now.keys()].filter((name) => old.has(name));
  const words: [string, string[]][] = [
    ["added", added],
    ["removed", removed],
    ["changed", changed],
    ["in another order", isDeepStrictEqual(kept, order) ? [] : order],
  ];
  return words
    .filter(([, names]) => names.length > 0)
    .map(([word, names]) => `${names.length === 1 ? "route" : "routes"} ${names.join(", ")} ${word}`);
}

function routesByName({ routes = [] }: ProxyOptions): Map<string, RouteOptions> {
  return new Map(routes.map((route) => [routeName(route), route]));
}

function optionChanges(
  { routes: _, ...before }: ProxyOptions,
  { routes: __, ...after }: ProxyOptions,
): string[] {
  const names = Object.keys({ ...before, ...after }) as (keyof typeof before)[];
  const changed = names.filter(
    (name) => name !== "transport" && !isDeepStrictEqual(before[name], after[name]),
  );
  return changed.map((name) => `${name} changed`);
}
