// The routes of a proxy beside each other, and the options beside them, which are the defaults of each.

import { describeValue, isRecord } from "../protocol/index.js";
import { type Mistake, noted, wrong } from "./mistakes.js";
import { routeTable } from "./option-names.js";
import type { ProxyOptions } from "./proxy-options.js";
import { nameConflicts, type RouteConflict, reachConflicts } from "./route-conflicts.js";
import type { RouteOptions } from "./route-options.js";
import { inspectAdvice, lookAtRoute, type RouteSettings, replacementAdvice } from "./route-settings.js";
import { codeWords, type Told, tell } from "./words.js";

export interface RouteMistake {
  /** Of the route among the others; undefined for what stands beside them. */
  readonly index: number | undefined;
  readonly mistake: Mistake;
}

/** In place of upstreams, where the rest is looked at by itself. */
const somewhere = "ws://127.0.0.1";

/** Throws `Mistakes`, of the first. */
export function resolveRoutes(options: ProxyOptions, closeTimeoutMs: number): readonly RouteSettings[] {
  const routes = routesOf(options);
  const { mistakes, settings } = lookedAt(options, routes, closeTimeoutMs);
  if (mistakes.length > 0) throw placed(mistakes[0], routes);
  checkConflicts(routes);
  return settings;
}

/** What is wrong with each route by itself, and with their defaults. `routes` are what `routesOf` has made of the options. */
export function routeListMistakes(
  options: ProxyOptions,
  routes: readonly RouteOptions[],
): readonly RouteMistake[] {
  return lookedAt(options, routes, 0).mistakes;
}

interface LookedAt {
  readonly mistakes: readonly RouteMistake[];
  /** Of those routes that have none. */
  readonly settings: readonly RouteSettings[];
}

function lookedAt(options: ProxyOptions, routes: readonly RouteOptions[], closeTimeoutMs: number): LookedAt {
  const defaults = defaultMistakes(options, routes);
  const told = new Set(defaults.map(textOf));
  const mistakes: RouteMistake[] = defaults.map((mistake) => ({ index: undefined, mistake }));
  const settings: RouteSettings[] = [];
  for (const [index, route] of routes.entries()) {
    const { value, mistakes: found } = lookAtRoute(route, closeTimeoutMs);
    if (value !== undefined) settings.push(value);
    // What is wrong with options without routes is wrong with the defaults.
    const own = found.filter((mistake) => options.routes !== undefined && !told.has(textOf(mistake)));
    mistakes.push(...own.map((mistake) => ({ index, mistake })));
  }
  return { mistakes, settings };
}

function textOf({ told }: Mistake): string {
  return tell(told, codeWords);
}

/** Each route with its defaults, or the one that the options are without routes. Throws `Mistakes` for what is no list of
 * routes. */
export function routesOf({ routes, ...options }: ProxyOptions): readonly RouteOptions[] {
  const defaults = routePart(options);
  if (routes === undefined) return [defaults as RouteOptions];
  if (!Array.isArray(routes) || routes.length === 0)
    throw wrong("routes", `is ${describeValue(routes)}; it takes a list of at least one route`);
  return routes.map((route: unknown, index) => {
    if (isRecord(route)) return withDefaults(route, defaults);
    throw wrong(`routes[${index}]`, `is ${describeValue(route)}; it takes a route, such as { path, to }`);
  });
}

function routePart(options: ProxyOptions): Partial<RouteOptions> {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => Object.hasOwn(routeTable.names, name)),
  );
}

/** What means something beside others only. As a default it is for the routes that have these, and for no others. */
const conditions: readonly Condition[] = [
  {
    name: "inspect",
    isMet: ({ mode }) => mode === "inspect",
    problem: 'no route has mode "inspect"',
    advice: inspectAdvice,
  },
  {
    name: "replacePath",
    isMet: ({ path, pathPrefix }) => (path ?? pathPrefix) !== undefined,
    problem: "no route has path or pathPrefix",
    advice: replacementAdvice,
  },
];

interface Condition {
  readonly name: "inspect" | "replacePath";
  isMet(route: RouteOptions): boolean;
  readonly problem: string;
  readonly advice: Told;
}

function withDefaults(route: Partial<RouteOptions>, defaults: Partial<RouteOptions>): RouteOptions {
  const whole = { ...defaults, ...route } as RouteOptions;
  for (const { name, isMet } of conditions)
    if (defaults[name] !== undefined && !Object.hasOwn(route, name) && !isMet(whole)) whole[name] = undefined;
  return whole;
}

/** Of the one route that the options are, or of what stands beside routes. */
function defaultMistakes(options: ProxyOptions, routes: readonly RouteOptions[]): readonly Mistake[] {
  const defaults = routePart(options);
  const { to, mode = "relay", path, pathPrefix = path === undefined ? "/" : undefined } = defaults;
  if (options.routes !== undefined) {
    // As of a route in which each of them means something.
    const fitting = { mode: mode === "relay" ? "inspect" : mode, pathPrefix } as const;
    return [
      ...uselessDefaults(defaults, routes),
      ...mistakesIn({ ...defaults, ...fitting, to: to ?? somewhere }),
    ];
  }
  if (to !== undefined) return mistakesIn({ ...defaults, to });
  const told = 'a proxy needs to, the URL of an upstream such as "ws://127.0.0.1:3000", or routes';
  return [{ place: "", told }, ...mistakesIn({ ...defaults, to: somewhere })];
}

function mistakesIn(route: RouteOptions): readonly Mistake[] {
  return lookAtRoute(route, 0).mistakes;
}

/** What stands beside routes and is for none of them. That each may say otherwise is no mistake: it has been said, then. */
function uselessDefaults(
  defaults: Partial<RouteOptions>,
  routes: readonly RouteOptions[],
): readonly Mistake[] {
  return conditions
    .filter(({ name, isMet }) => defaults[name] !== undefined && !routes.some(isMet))
    .map(({ name, problem, advice }) => ({
      place: name,
      told: (words) => `${words.place(name)} means nothing while ${problem}; ${tell(advice, words)}`,
    }));
}

/** A mistake in the third of ten routes is hard to find without saying so. */
function placed({ index, mistake }: RouteMistake, routes: readonly RouteOptions[]): Error {
  if (index === undefined) return noted(mistake, "");
  const place = mistake.place === "" ? `routes[${index}]` : `routes[${index}].${mistake.place}`;
  return noted({ ...mistake, place }, `${placeOf(index, routes)}: `);
}

function placeOf(index: number, routes: readonly RouteOptions[]): string {
  const { name }: { name?: unknown } = routes[index];
  return typeof name === "string" ? `route ${name}` : `routes[${index}]`;
}

/** The first that is in the way of another. Which of two of one name is meant, its number says. */
function checkConflicts(routes: readonly RouteOptions[]): void {
  const numberOf = (route: RouteOptions): string => `routes[${routes.indexOf(route)}]`;
  const calledOf = (route: RouteOptions): string => placeOf(routes.indexOf(route), routes);
  const [lost] = reachConflicts(routes);
  if (lost !== undefined) throw conflictOf(lost, numberOf, calledOf);
  const [twin] = nameConflicts(routes);
  if (twin !== undefined) throw conflictOf(twin, numberOf, numberOf);
}

type NameOf = (route: RouteOptions) => string;

function conflictOf(
  { route, before, problem }: RouteConflict<RouteOptions>,
  numberOf: NameOf,
  calledOf: NameOf,
): Error {
  return noted({ place: numberOf(route), told: problem(calledOf(before)) }, `${calledOf(route)} `);
}
