// What is wrong with a config beyond its shapes: what the proxy itself would refuse, and what never could work.

import { createSecureContext, type SecureContextOptions } from "node:tls";
import { isRecord } from "../../../protocol/index.js";
import {
  checkListenerTls,
  type ProxyOptions,
  type RouteOptions,
  resolveProxyOptions,
  routeName,
  type UpstreamOptions,
} from "../../../proxy/index.js";
import { cutsEverybody } from "../proxy-plan.js";
import type { ConfigReader } from "./config-reader.js";
import {
  type ConfigValue,
  certificateOf,
  type ListenerValue,
  listenersOf,
  optionsOf,
} from "./config-values.js";
import { type Place, quote } from "./mistakes.js";
import { routeBefore } from "./route-reach.js";

const top: Place = { line: 1, column: 1 };
/** In place of an upstream, where one is looked at by itself. */
const somewhere = "ws://127.0.0.1";

/** Notes what it finds. Only what is right by itself is looked at. */
export function checkConfig(config: ConfigValue, reader: ConfigReader, folder: string): void {
  checkListeners(config, reader, folder);
  const isCommonRight = checkCommon(config, reader);
  const routes = (config.routes ?? []).filter((route) => !reader.isBroken(route));
  for (const route of routes)
    checkRoute(route, isCommonRight ? wholePart(config, reader) : {}, config.to !== undefined, reader);
  checkReach(routes, reader);
  checkNames(routes, config.name, reader);
  for (const each of [config, ...routes]) checkUpstreams(each, reader);
}

/** The options beside the routes. */
function checkCommon(config: ConfigValue, reader: ConfigReader): boolean {
  const { routes, ...common } = wholePart(config, reader);
  const place = (path: string): Place => reader.placeOf(config, path) ?? top;
  return isAccepted(optionsOf({ to: somewhere, ...common }), place, reader);
}

function wholePart(config: ConfigValue, reader: ConfigReader): ConfigValue {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !reader.isBroken(value)));
}

function checkRoute(
  route: Partial<RouteOptions>,
  { routes, ...common }: ConfigValue,
  hasUpstream: boolean,
  reader: ConfigReader,
): void {
  const place = (path: string): Place => reader.placeOf(route, path) ?? top;
  if (route.to !== undefined || hasUpstream)
    isAccepted(optionsOf({ to: somewhere, ...common, ...route }), place, reader);
  else reader.note(place(""), 'a route needs "to"; write "to": "ws://127.0.0.1:3000"');
}

/** Messages of the proxy begin with the name of the option. */
function isAccepted(options: ProxyOptions, place: (path: string) => Place, reader: ConfigReader): boolean {
  try {
    resolveProxyOptions(options);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const [path] = /^[\w.[\]]+/.exec(message) ?? [""];
    reader.note(place(path), message);
    return false;
  }
}

function checkReach(routes: readonly Partial<RouteOptions>[], reader: ConfigReader): void {
  for (const [index, route] of routes.entries()) {
    const before = routeBefore(route, routes.slice(0, index));
    const line = before && reader.placeOf(before)?.line;
    if (line === undefined) continue;
    const text = `this route can never match, for the one in line ${line} has every request that it could; write it above that one, or take it out`;
    reader.note(reader.placeOf(route) ?? top, text);
  }
}

/** Two routes that are called by the same host and path are a matter of their reach. */
function checkNames(
  routes: readonly Partial<RouteOptions>[],
  common: string | undefined,
  reader: ConfigReader,
): void {
  const named = new Map<string, Partial<RouteOptions>>();
  for (const route of routes) {
    const given = route.name ?? common;
    const name = routeName({ ...route, name: given });
    const before = named.get(name);
    if (before === undefined) named.set(name, route);
    else if ((given ?? before.name) !== undefined) {
      const { line } = reader.placeOf(before) ?? top;
      const text = `the route in line ${line} is called ${quote(name)} too; logs and metrics know routes by their names: write another "name"`;
      reader.note(reader.placeOf(route, "name") ?? top, text);
    }
  }
}

function checkListeners(config: ConfigValue, reader: ConfigReader, folder: string): void {
  const given: readonly unknown[] = Array.isArray(config.listen) ? config.listen : [config.listen];
  const names = new Set<string>();
  const placeOf = (index: number): Place =>
    reader.placeOf(config, Array.isArray(config.listen) ? `listen[${index}]` : "listen") ?? top;
  for (const [index, each] of given.entries()) {
    const [listener] = listenersOf({ listen: each as ListenerValue }, folder);
    if (listener === undefined) continue;
    const { name, target } = listener;
    if (cutsEverybody(listener) && (config.trustedProxies ?? []).length === 0)
      reader.note(
        placeOf(index),
        'proxyProtocol needs "trustedProxies", or every connection is cut; write "trustedProxies": ["10.0.0.0/8"]',
      );
    const isFree = "port" in target && target.port === 0;
    if (names.has(name) && !isFree)
      reader.note(placeOf(index), `${name} stands here twice; leave one of them out`);
    names.add(name);
  }
  for (const listener of given.filter(isRecord) as ListenerValue[])
    for (const certificate of listener.tls?.certificates ?? []) {
      if (reader.isBroken(certificate)) continue;
      const { cert, key, passphrase } = certificateOf(certificate);
      checkKeyPair({ cert, key, passphrase }, reader.placeOf(certificate), reader);
    }
  if (reader.mistakes.length === 0)
    for (const [index, { tls, certificates }] of listenersOf(config, folder).entries())
      if (tls !== undefined) checkTls({ ...tls, certificates }, placeOf(index), reader);
}

/** What is wrong with certificates beside each other, and with the options that stand beside them. */
function checkTls(tls: Parameters<typeof checkListenerTls>[0], place: Place, reader: ConfigReader): void {
  try {
    checkListenerTls(tls);
  } catch (error) {
    reader.note(place, (error as Error).message);
  }
}

function checkUpstreams({ to = [] }: Partial<RouteOptions>, reader: ConfigReader): void {
  for (const upstream of (Array.isArray(to) ? to : [to]) as readonly (UpstreamOptions | string)[]) {
    if (typeof upstream === "string" || upstream.tls === undefined || reader.isBroken(upstream)) continue;
    const { tls } = optionsOf({ to: upstream }).to as UpstreamOptions;
    const { ca, cert, key, passphrase } = tls ?? {};
    checkKeyPair({ ca, cert, key, passphrase }, reader.placeOf(upstream, "tls"), reader);
  }
}

function checkKeyPair(pair: SecureContextOptions, place: Place | undefined, reader: ConfigReader): void {
  try {
    createSecureContext(pair);
  } catch (error) {
    const { message } = error as Error;
    const text = `these files cannot be used: ${message}; write the names of a certificate and of its key, and of a passphraseFile where the key has one`;
    reader.note(place ?? top, text);
  }
}
