// A proxy's options with their values, checked.

import { checkTransport, type TransportChoice } from "../carrier/index.js";
import { resolveConnectionOptions, timeoutOption } from "../connection/index.js";
import { defaultHeadLimits, HandshakeError, isInNetwork } from "../handshake/index.js";
import {
  checkNumber,
  checkOptions,
  checkType,
  describeValue,
  invalidArgument,
  StateError,
} from "../protocol/index.js";
import type { FrontSettings } from "../server/index.js";
import type { ProxyHooks } from "./hooks.js";
import { hooksTable, proxyTable } from "./option-names.js";
import type { ForwardedStyle, ProxyOptions } from "./proxy-options.js";
import { type RouteSettings, resolveRoute } from "./route-settings.js";

const styles: readonly ForwardedStyle[] = ["x-forwarded", "forwarded", "both", "none"];

export interface ProxySettings {
  readonly routes: readonly RouteSettings[];
  readonly trustedProxies: readonly string[];
  readonly forwarded: ForwardedStyle;
  readonly maxClients: number;
  readonly front: FrontSettings;
  readonly transport: TransportChoice;
  readonly hooks: ProxyHooks;
}

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT`, `HandshakeError` `URL_INVALID` for an upstream's URL, and
 * `TransportError` `UNSUPPORTED_TRANSPORT`. */
export function resolveProxyOptions(options: ProxyOptions): ProxySettings {
  checkOptions(options, proxyTable);
  const { routes, trustedProxies, forwarded, maxClients, requestTimeoutMs, ...rest } = options;
  const { maxHeadBytes, maxHeaders, transport = "auto", hooks, ...defaults } = rest;
  const { closeTimeoutMs: closeTimeout, ...routeDefaults } = defaults;
  checkTransport(transport);
  const closeTimeoutMs = timeoutOption("closeTimeoutMs", closeTimeout, 10_000);
  const resolved =
    routes === undefined
      ? [resolveOnly(routeDefaults, closeTimeoutMs)]
      : withOwnNames(
          routesOf(routes, routeDefaults).map((route, index) =>
            resolveNumbered(route, index, closeTimeoutMs),
          ),
        );
  return {
    routes: resolved,
    trustedProxies: networksOf(trustedProxies),
    forwarded: styleOf(forwarded),
    maxClients: checkNumber("maxClients", maxClients, 100_000, 1),
    front: {
      connection: resolveConnectionOptions({ closeTimeoutMs }),
      handshakeTimeoutMs: timeoutOption("requestTimeoutMs", requestTimeoutMs, 10_000),
      headLimits: {
        maxHeadBytes: checkNumber("maxHeadBytes", maxHeadBytes, defaultHeadLimits.maxHeadBytes, 1),
        maxHeaders: checkNumber("maxHeaders", maxHeaders, defaultHeadLimits.maxHeaders, 1),
      },
      maxBodyBytes: Infinity,
    },
    transport,
    hooks: hooksOf(hooks, resolved),
  };
}

function routesOf(
  routes: ProxyOptions["routes"],
  defaults: Omit<ProxyOptions, "routes">,
): readonly ProxyOptions[] {
  if (!Array.isArray(routes) || routes.length === 0)
    throw invalidArgument(`routes is ${describeValue(routes)}; it takes a list of at least one route`);
  return routes.map((route) => ({ ...defaults, ...route }));
}

function resolveOnly({ to, ...options }: ProxyOptions, closeTimeoutMs: number): RouteSettings {
  if (to !== undefined) return resolveRoute({ ...options, to }, closeTimeoutMs);
  throw invalidArgument('a proxy needs to, the URL of an upstream such as "ws://127.0.0.1:3000", or routes');
}

/** A mistake in the third of ten routes is hard to find without saying so. */
function resolveNumbered(options: ProxyOptions, index: number, closeTimeoutMs: number): RouteSettings {
  const { to, name } = options;
  const place = typeof name === "string" ? `route ${name}` : `routes[${index}]`;
  if (to === undefined)
    throw invalidArgument(`${place} has no upstream; it needs to, such as "ws://127.0.0.1:3000"`);
  try {
    return resolveRoute({ ...options, to }, closeTimeoutMs);
  } catch (cause) {
    if (cause instanceof HandshakeError)
      throw new HandshakeError(cause.code, `${place}: ${cause.message}`, { cause });
    if (cause instanceof StateError) throw invalidArgument(`${place}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** Two routes of one name would be two values of one series for whoever reads the metrics. */
function withOwnNames(routes: readonly RouteSettings[]): readonly RouteSettings[] {
  const places = new Map<string, number>();
  for (const [index, { name }] of routes.entries()) {
    const before = places.get(name);
    if (before !== undefined)
      throw invalidArgument(
        `routes[${index}] has the name ${describeValue(name)}, which routes[${before}] has too; logs and metrics know routes by their names: give it another`,
      );
    places.set(name, index);
  }
  return routes;
}

function networksOf(networks: readonly string[] = []): readonly string[] {
  if (!Array.isArray(networks))
    throw invalidArgument(
      `trustedProxies is ${describeValue(networks)}; it takes a list such as ["10.0.0.0/8"]`,
    );
  for (const network of networks) {
    const isNetwork = typeof network === "string" && isInNetwork(network.split("/", 1)[0], network);
    if (!isNetwork)
      throw invalidArgument(
        `trustedProxies has ${describeValue(network)}; it takes addresses and networks such as "10.0.0.0/8" or "::1"`,
      );
  }
  return networks;
}

function styleOf(style: ForwardedStyle = "both"): ForwardedStyle {
  if (styles.includes(style)) return style;
  const known = styles.map((name) => `"${name}"`).join(", ");
  throw invalidArgument(`forwarded is ${describeValue(style)}; it takes ${known}`);
}

function hooksOf(hooks: ProxyHooks = {}, routes: readonly RouteSettings[]): ProxyHooks {
  checkType("hooks", hooks, "object", "an object with functions");
  checkOptions(hooks, hooksTable);
  for (const [name, hook] of Object.entries(hooks))
    checkType(`hooks.${name}`, hook, "function", "a function");
  if (hooks.message !== undefined && routes.every(({ mode }) => mode === "relay"))
    throw invalidArgument(
      'hooks.message would never be called, for no route has mode "inspect"; write mode: "inspect" for those whose messages it is to see, or leave it out',
    );
  return hooks;
}
