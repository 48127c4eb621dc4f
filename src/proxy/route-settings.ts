// A route's options with their values, checked.

import { type ConnectionSettings, resolveConnectionOptions } from "../connection/index.js";
import { type Compression, resolveCompression } from "../deflate/index.js";
import { zlibEngine } from "../host/index.js";
import { checkOptions, checkType, describeValue } from "../protocol/index.js";
import { all, allOf, at, type Outcome, outcomeOf, wrong, wrongValue } from "./mistakes.js";
import { inspectTable, routeTable } from "./option-names.js";
import { headerNameProblem, headerValueProblem } from "./option-problems.js";
import { flagAt, integerAt, numberAt, timeoutAt } from "./option-values.js";
import type { HeaderChanges, InspectOptions, ProxyMode, RouteOptions } from "./route-options.js";
import { type HttpsRedirect, resolveHttpsRedirect } from "./routing/https-redirect.js";
import { hostProblem, pathProblem, replacementProblem } from "./routing/pattern-problems.js";
import { patternOf, type RoutePattern, routeName } from "./routing/route-pattern.js";
import { resolveUpstreams, type UpstreamsSettings } from "./upstream/upstream-settings.js";
import { type Told, tell } from "./words.js";

export interface InspectSettings {
  readonly connection: ConnectionSettings;
  readonly clientCompression: Compression | undefined;
  readonly upstreamCompression: Compression | undefined;
}

export interface RouteSettings {
  readonly name: string;
  readonly pattern: RoutePattern;
  readonly replacePath: string | undefined;
  readonly redirectToHttps: HttpsRedirect | undefined;
  readonly upstreams: UpstreamsSettings;
  readonly maxConnections: number;
  readonly mode: ProxyMode;
  readonly inspect: InspectSettings;
  readonly isMetered: boolean;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly retries: number;
  readonly preserveHost: boolean;
  readonly requestHeaders: HeaderChanges | undefined;
  readonly responseHeaders: HeaderChanges | undefined;
  readonly sendProxyProtocol: 1 | 2 | undefined;
}

export const replacementAdvice: Told = ({ setting }) =>
  `write the one that it replaces, such as ${setting("pathPrefix", "/api")}, or leave it out`;

export const inspectAdvice: Told = ({ setting }) => `write ${setting("mode", "inspect")}, or leave it out`;

/** Fills in the defaults, or answers all that is wrong. */
export function lookAtRoute(options: RouteOptions, closeTimeoutMs: number): Outcome<RouteSettings> {
  return outcomeOf(() => settingsOf(options, closeTimeoutMs));
}

function settingsOf(options: RouteOptions, closeTimeoutMs: number): RouteSettings {
  checkOptions(options, routeTable);
  const { mode, name } = options;
  const settings = all({
    name: () => nameOf(name),
    pattern: () => checkedPattern(options),
    replacePath: () => replacementOf(options),
    redirectToHttps: () => resolveHttpsRedirect(options.redirectToHttps),
    upstreams: () => resolveUpstreams(options),
    maxConnections: () => numberAt("maxConnections", options.maxConnections, Infinity, 1),
    mode: () => modeOf(mode),
    inspect: () => inspectOf(options, closeTimeoutMs),
    isMetered: () => flagAt("isMetered", options.isMetered, true),
    connectTimeoutMs: () => timeoutAt("connectTimeoutMs", options.connectTimeoutMs, 5000),
    handshakeTimeoutMs: () => timeoutAt("handshakeTimeoutMs", options.handshakeTimeoutMs, 10_000),
    idleTimeoutMs: () => idleTimeoutOf(options.idleTimeoutMs),
    retries: () => integerAt("retries", options.retries, 2, 0),
    preserveHost: () => flagAt("preserveHost", options.preserveHost, true),
    requestHeaders: () => changesOf("requestHeaders", options.requestHeaders),
    responseHeaders: () => changesOf("responseHeaders", options.responseHeaders),
    sendProxyProtocol: () => versionOf(options.sendProxyProtocol),
  });
  return { ...settings, name: settings.name ?? routeName(options), closeTimeoutMs };
}

function nameOf(name: string | undefined): string | undefined {
  at("name", (place) => checkType(place, name, "string", "a string"));
  return name;
}

function modeOf(mode: ProxyMode = "relay"): ProxyMode {
  if (mode === "relay" || mode === "inspect") return mode;
  throw wrong("mode", `is ${describeValue(mode)}; it takes "relay" or "inspect"`);
}

function idleTimeoutOf(timeoutMs: number | undefined): number {
  if (timeoutMs === Infinity) return Infinity;
  if (timeoutMs !== undefined && typeof timeoutMs !== "number") {
    const takes = "milliseconds, a number of at least 0, or Infinity for no limit";
    throw wrong("idleTimeoutMs", `is ${describeValue(timeoutMs)}; it takes ${takes}`);
  }
  return timeoutAt("idleTimeoutMs", timeoutMs, 3_600_000);
}

function versionOf(version: RouteOptions["sendProxyProtocol"]): RouteOptions["sendProxyProtocol"] {
  if (version === undefined || version === 1 || version === 2) return version;
  throw wrong("sendProxyProtocol", `is ${describeValue(version)}; it takes 1 or 2`);
}

function inspectOf({ mode = "relay", inspect }: RouteOptions, closeTimeoutMs: number): InspectSettings {
  if (inspect !== undefined && mode === "relay")
    throw wrong("inspect", (words) => `means nothing in mode "relay"; ${tell(inspectAdvice, words)}`);
  return at("inspect", () => resolveInspect(inspect, closeTimeoutMs));
}

function resolveInspect(options: InspectOptions = {}, closeTimeoutMs: number): InspectSettings {
  checkOptions(options, inspectTable);
  const { clientCompression, upstreamCompression, ...limits } = options;
  const compressionOf = (name: string, given: InspectOptions["clientCompression"]): Compression | undefined =>
    at(`inspect.${name}`, (place) => resolveCompression(place, given, zlibEngine));
  return all<InspectSettings>({
    connection: () => resolveConnectionOptions({ ...limits, closeTimeoutMs }, "inspect."),
    clientCompression: () => compressionOf("clientCompression", clientCompression),
    upstreamCompression: () => compressionOf("upstreamCompression", upstreamCompression),
  });
}

function checkedPattern(options: RouteOptions): RoutePattern {
  const { host, path, pathPrefix } = options;
  const hosts: readonly unknown[] = host === undefined ? [] : Array.isArray(host) ? host : [host];
  if (host !== undefined && hosts.length === 0)
    throw wrong("host", "is an empty list; it takes at least one name, or is left out for any host");
  all({
    hosts: () => allOf(hosts, checkHost),
    path: () => checkPath("path", path),
    pathPrefix: () => checkPath("pathPrefix", pathPrefix),
    one: () => checkOnePath(options),
  });
  return patternOf(options);
}

function checkOnePath({ path, pathPrefix }: RouteOptions): void {
  if (path !== undefined && pathPrefix !== undefined)
    throw wrong("pathPrefix", "stands beside path, and a route has one of them; leave the other out");
}

function checkHost(host: unknown): void {
  if (typeof host !== "string")
    throw wrong("host", `is ${describeValue(host)}; it takes a host name such as "example.com"`);
  const problem = hostProblem(host);
  if (problem !== undefined) throw wrongValue("host", host, problem);
}

function checkPath(name: string, path: unknown, problemOf = pathProblem): void {
  if (path === undefined) return;
  if (typeof path !== "string")
    throw wrong(name, `is ${describeValue(path)}; it takes a path such as "/chat"`);
  const problem = problemOf(path);
  if (problem !== undefined) throw wrongValue(name, path, problem);
}

function replacementOf({ path, pathPrefix, replacePath }: RouteOptions): string | undefined {
  checkPath("replacePath", replacePath, replacementProblem);
  if (replacePath === undefined || (path ?? pathPrefix) !== undefined) return replacePath;
  throw wrong("replacePath", (words) => {
    const advice = tell(replacementAdvice, words);
    return `takes the place of path or pathPrefix, and the route has neither; ${advice}`;
  });
}

function changesOf(name: string, changes: HeaderChanges | undefined): HeaderChanges | undefined {
  at(name, (place) =>
    checkType(place, changes, "object", 'an object such as { "X-Served-By": "proxy", Server: null }'),
  );
  allOf(Object.entries(changes ?? {}), ([header, value]) => checkChange(name, header, value));
  return changes;
}

function checkChange(name: string, header: string, value: unknown): void {
  const problem = headerNameProblem(header);
  if (problem !== undefined) throw wrongValue(name, header, problem);
  if (value === null || value === undefined) return;
  const place = `${name}.${header}`;
  if (typeof value !== "string") throw wrong(place, `is ${describeValue(value)}; it takes a text, or null`);
  const unfit = headerValueProblem(value);
  // The value may be a password.
  if (unfit !== undefined) throw wrong(place, unfit);
}
