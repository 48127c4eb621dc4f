// A route's options with their values, checked.

import { type ConnectionSettings, resolveConnectionOptions, timeoutOption } from "../connection/index.js";
import { type Compression, resolveCompression } from "../deflate/index.js";
import { checkHeader, isHandshakeHeader } from "../handshake/index.js";
import { zlibEngine } from "../host/index.js";
import { checkNumber, checkOptions, checkType, describeValue, invalidArgument } from "../protocol/index.js";
import { all, allOf, type Outcome, outcomeOf } from "./mistakes.js";
import { inspectTable, routeTable } from "./option-names.js";
import type { HeaderChanges, InspectOptions, ProxyMode, RouteOptions } from "./route-options.js";
import { type HttpsRedirect, resolveHttpsRedirect } from "./routing/https-redirect.js";
import { hostProblem, pathProblem, replacementProblem } from "./routing/pattern-problems.js";
import { patternOf, type RoutePattern, routeName } from "./routing/route-pattern.js";
import { resolveUpstreams, type UpstreamsSettings } from "./upstream/upstream-settings.js";

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

export const replacementAdvice =
  'write the one that it replaces, such as pathPrefix: "/api", or leave it out';

/** Fills in the defaults, or answers all that is wrong: `StateError` `INVALID_ARGUMENT`, and `HandshakeError` `URL_INVALID` for an
 * upstream's URL. */
export function lookAtRoute(options: RouteOptions, closeTimeoutMs: number): Outcome<RouteSettings> {
  return outcomeOf(() => settingsOf(options, closeTimeoutMs));
}

function settingsOf(options: RouteOptions, closeTimeoutMs: number): RouteSettings {
  checkOptions(options, routeTable);
  const { mode, name, preserveHost = true, isMetered = true } = options;
  const settings = all({
    name: () => nameOf(name),
    pattern: () => checkedPattern(options),
    replacePath: () => replacementOf(options),
    redirectToHttps: () => resolveHttpsRedirect(options.redirectToHttps),
    upstreams: () => resolveUpstreams(options),
    maxConnections: () => checkNumber("maxConnections", options.maxConnections, Infinity, 1),
    mode: () => modeOf(mode),
    inspect: () => inspectOf(options, closeTimeoutMs),
    isMetered: () => flagOf("isMetered", isMetered),
    connectTimeoutMs: () => timeoutOption("connectTimeoutMs", options.connectTimeoutMs, 5000),
    handshakeTimeoutMs: () => timeoutOption("handshakeTimeoutMs", options.handshakeTimeoutMs, 10_000),
    idleTimeoutMs: () => idleTimeoutOf(options.idleTimeoutMs),
    retries: () => retriesOf(options.retries),
    preserveHost: () => flagOf("preserveHost", preserveHost),
    requestHeaders: () => changesOf("requestHeaders", options.requestHeaders),
    responseHeaders: () => changesOf("responseHeaders", options.responseHeaders),
    sendProxyProtocol: () => versionOf(options.sendProxyProtocol),
  });
  return { ...settings, name: settings.name ?? routeName(options), closeTimeoutMs };
}

function nameOf(name: string | undefined): string | undefined {
  checkType("name", name, "string", "a string");
  return name;
}

function modeOf(mode: ProxyMode = "relay"): ProxyMode {
  if (mode === "relay" || mode === "inspect") return mode;
  throw invalidArgument(`mode is ${describeValue(mode)}; it takes "relay" or "inspect"`);
}

function flagOf(name: string, value: boolean): boolean {
  checkType(name, value, "boolean", "true or false");
  return value;
}

function idleTimeoutOf(timeoutMs: number | undefined): number {
  return timeoutMs === Infinity ? Infinity : timeoutOption("idleTimeoutMs", timeoutMs, 3_600_000);
}

function versionOf(version: RouteOptions["sendProxyProtocol"]): RouteOptions["sendProxyProtocol"] {
  if (version === undefined || version === 1 || version === 2) return version;
  throw invalidArgument(`sendProxyProtocol is ${describeValue(version)}; it takes 1 or 2`);
}

function inspectOf({ mode = "relay", inspect }: RouteOptions, closeTimeoutMs: number): InspectSettings {
  if (inspect !== undefined && mode === "relay")
    throw invalidArgument('inspect means nothing in mode "relay"; write mode: "inspect", or leave it out');
  return resolveInspect(inspect, closeTimeoutMs);
}

function resolveInspect(options: InspectOptions = {}, closeTimeoutMs: number): InspectSettings {
  checkOptions(options, inspectTable);
  const { clientCompression, upstreamCompression, ...limits } = options;
  const compressionOf = (name: string, given: InspectOptions["clientCompression"]): Compression | undefined =>
    resolveCompression(`inspect.${name}`, given, zlibEngine);
  return all<InspectSettings>({
    connection: () => resolveConnectionOptions({ ...limits, closeTimeoutMs }),
    clientCompression: () => compressionOf("clientCompression", clientCompression),
    upstreamCompression: () => compressionOf("upstreamCompression", upstreamCompression),
  });
}

function checkedPattern(options: RouteOptions): RoutePattern {
  const { host, path, pathPrefix } = options;
  const hosts: readonly unknown[] = host === undefined ? [] : Array.isArray(host) ? host : [host];
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
    throw invalidArgument("pathPrefix stands beside path, and a route has one of them; leave the other out");
}

function checkHost(host: unknown): void {
  if (typeof host !== "string")
    throw invalidArgument(`host is ${describeValue(host)}; it takes a host name such as "example.com"`);
  const problem = hostProblem(host);
  if (problem !== undefined) throw invalidArgument(`host ${describeValue(host)} ${problem}`);
}

function checkPath(name: string, path: unknown, problemOf = pathProblem): void {
  if (path === undefined) return;
  if (typeof path !== "string")
    throw invalidArgument(`${name} is ${describeValue(path)}; it takes a path such as "/chat"`);
  const problem = problemOf(path);
  if (problem !== undefined) throw invalidArgument(`${name} ${describeValue(path)} ${problem}`);
}

function replacementOf({ path, pathPrefix, replacePath }: RouteOptions): string | undefined {
  checkPath("replacePath", replacePath, replacementProblem);
  if (replacePath === undefined || (path ?? pathPrefix) !== undefined) return replacePath;
  const text = `replacePath takes the place of path or pathPrefix, and the route has neither; ${replacementAdvice}`;
  throw invalidArgument(text);
}

function retriesOf(retries = 2): number {
  if (Number.isInteger(retries) && retries >= 0) return retries;
  throw invalidArgument(`retries is ${describeValue(retries)}; it takes an integer of at least 0`);
}

function changesOf(name: string, changes: HeaderChanges | undefined): HeaderChanges | undefined {
  checkType(name, changes, "object", 'an object such as { "X-Served-By": "proxy", Server: null }');
  for (const [header, value] of Object.entries(changes ?? {})) {
    checkHeader(header, value ?? "");
    if (isHandshakeHeader(header))
      throw invalidArgument(
        `${name} has ${header}, which says where a message ends or what is agreed to: it cannot be changed`,
      );
  }
  return changes;
}
