// A route's options with their values, checked.

import { type ConnectionSettings, resolveConnectionOptions, timeoutOption } from "../connection/index.js";
import { type Compression, resolveCompression } from "../deflate/index.js";
import { checkHeader, isHandshakeHeader, parseAuthority } from "../handshake/index.js";
import { zlibEngine } from "../host/index.js";
import { checkNumber, checkOptions, checkType, describeValue, invalidArgument } from "../protocol/index.js";
import { inspectTable, routeTable } from "./option-names.js";
import type { HeaderChanges, InspectOptions, ProxyMode, RouteOptions } from "./route-options.js";
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

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT`, and `HandshakeError` `URL_INVALID` for an upstream's URL. */
export function resolveRoute(options: RouteOptions, closeTimeoutMs: number): RouteSettings {
  checkOptions(options, routeTable);
  const pattern = checkedPattern(options);
  const { mode = "relay", sendProxyProtocol, preserveHost = true, isMetered = true, name } = options;
  if (mode !== "relay" && mode !== "inspect")
    throw invalidArgument(`mode is ${describeValue(mode)}; it takes "relay" or "inspect"`);
  if (sendProxyProtocol !== undefined && sendProxyProtocol !== 1 && sendProxyProtocol !== 2)
    throw invalidArgument(`sendProxyProtocol is ${describeValue(sendProxyProtocol)}; it takes 1 or 2`);
  checkType("name", name, "string", "a string");
  checkType("preserveHost", preserveHost, "boolean", "true or false");
  checkType("isMetered", isMetered, "boolean", "true or false");
  return {
    name: routeName(options),
    pattern,
    replacePath: replacementOf(options.replacePath),
    upstreams: resolveUpstreams(options),
    maxConnections: checkNumber("maxConnections", options.maxConnections, Infinity, 1),
    mode,
    inspect: resolveInspect(options.inspect, closeTimeoutMs),
    isMetered,
    connectTimeoutMs: timeoutOption("connectTimeoutMs", options.connectTimeoutMs, 5000),
    handshakeTimeoutMs: timeoutOption("handshakeTimeoutMs", options.handshakeTimeoutMs, 10_000),
    idleTimeoutMs:
      options.idleTimeoutMs === Infinity
        ? Infinity
        : timeoutOption("idleTimeoutMs", options.idleTimeoutMs, 3_600_000),
    closeTimeoutMs,
    retries: retriesOf(options.retries),
    preserveHost,
    requestHeaders: changesOf("requestHeaders", options.requestHeaders),
    responseHeaders: changesOf("responseHeaders", options.responseHeaders),
    sendProxyProtocol,
  };
}

function resolveInspect(options: InspectOptions = {}, closeTimeoutMs: number): InspectSettings {
  checkOptions(options, inspectTable);
  const { clientCompression, upstreamCompression, ...limits } = options;
  return {
    connection: resolveConnectionOptions({ ...limits, closeTimeoutMs }),
    clientCompression: resolveCompression("inspect.clientCompression", clientCompression, zlibEngine),
    upstreamCompression: resolveCompression("inspect.upstreamCompression", upstreamCompression, zlibEngine),
  };
}

function checkedPattern(options: RouteOptions): RoutePattern {
  const { host, path, pathPrefix } = options;
  if (path !== undefined && pathPrefix !== undefined)
    throw invalidArgument("a route has path or pathPrefix, not both: leave one of them out");
  const hosts: readonly unknown[] = host === undefined ? [] : Array.isArray(host) ? host : [host];
  for (const each of hosts) checkHost(each);
  checkPath("path", path);
  checkPath("pathPrefix", pathPrefix);
  return patternOf(options);
}

function checkHost(host: unknown): void {
  const name = typeof host === "string" ? host.replace(/^\*\./, "") : "";
  const authority = parseAuthority(name, -1);
  const isHost = authority !== undefined && authority.port === -1 && !name.includes("*");
  if (typeof host === "string" && isHost) return;
  const text = `host ${describeValue(host)} is no host name, such as "example.com" or "*.example.com"; ports are not compared`;
  throw invalidArgument(text);
}

function checkPath(name: string, path: unknown): void {
  if (path === undefined) return;
  if (typeof path !== "string" || !path.startsWith("/"))
    throw invalidArgument(`${name} is ${describeValue(path)}; it begins with a slash`);
  if (/[?#]/.test(path))
    throw invalidArgument(
      `${name} ${describeValue(path)} has a query or fragment; routes are told apart without`,
    );
}

function replacementOf(path: string | undefined): string | undefined {
  if (path !== "") checkPath("replacePath", path);
  return path;
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
