// A proxy's options with their values, checked.

import { checkTransport, type TransportChoice } from "../carrier/index.js";
import { resolveConnectionOptions, timeoutOption } from "../connection/index.js";
import { defaultHeadLimits } from "../handshake/index.js";
import { checkNumber, checkOptions, checkType, describeValue } from "../protocol/index.js";
import type { FrontSettings } from "../server/index.js";
import type { ProxyHooks } from "./hooks.js";
import { type Mistake, mistakesOf, orFirst, wrong, wrongValue } from "./mistakes.js";
import { hooksTable, proxyTable } from "./option-names.js";
import { networkProblem } from "./option-problems.js";
import { flagAt, numberAt } from "./option-values.js";
import type { ForwardedStyle, ProxyOptions } from "./proxy-options.js";
import { resolveRoutes } from "./route-list.js";
import type { RouteSettings } from "./route-settings.js";

const styles: readonly ForwardedStyle[] = ["x-forwarded", "forwarded", "both", "none"];

export interface ProxySettings extends ListeningSettings {
  readonly routes: readonly RouteSettings[];
  readonly trustedProxies: readonly string[];
  readonly forwarded: ForwardedStyle;
  readonly sendRealIp: boolean;
  readonly maxClients: number;
  readonly hooks: ProxyHooks;
}

/** What listeners, and the parsers of plain requests, are made with once. */
export interface ListeningSettings {
  readonly transport: TransportChoice;
  readonly front: FrontSettings;
}

/** Fills in the defaults. Throws `StateError` `INVALID_ARGUMENT`, and `TransportError` `UNSUPPORTED_TRANSPORT`. */
export function resolveProxyOptions(options: ProxyOptions): ProxySettings {
  return orFirst(() => settingsOf(options));
}

/** Why it would throw; undefined where it would not. */
export function proxyMistake(options: ProxyOptions): Mistake | undefined {
  return mistakesOf(() => settingsOf(options))[0];
}

function settingsOf(options: ProxyOptions): ProxySettings {
  checkOptions(options, proxyTable);
  const { trustedProxies, forwarded, sendRealIp, maxClients, hooks } = options;
  const listening = resolveListeningOptions(options);
  const routes = resolveRoutes(options, listening.front.connection.closeTimeoutMs);
  return {
    ...listening,
    routes,
    trustedProxies: networksOf(trustedProxies),
    forwarded: styleOf(forwarded),
    sendRealIp: flagAt("sendRealIp", sendRealIp, false),
    maxClients: numberAt("maxClients", maxClients, 100_000, 1),
    hooks: hooksOf(hooks, routes),
  };
}

/** Throws as `resolveProxyOptions` does. */
export function resolveListeningOptions(options: ProxyOptions): ListeningSettings {
  const { requestTimeoutMs, maxHeadBytes, maxHeaders, transport = "auto" } = options;
  checkTransport(transport);
  const closeTimeoutMs = timeoutOption("closeTimeoutMs", options.closeTimeoutMs, 10_000);
  return {
    transport,
    front: {
      connection: resolveConnectionOptions({ closeTimeoutMs }),
      handshakeTimeoutMs: timeoutOption("requestTimeoutMs", requestTimeoutMs, 10_000),
      headLimits: {
        maxHeadBytes: checkNumber("maxHeadBytes", maxHeadBytes, defaultHeadLimits.maxHeadBytes, 1),
        maxHeaders: checkNumber("maxHeaders", maxHeaders, defaultHeadLimits.maxHeaders, 1),
      },
      maxBodyBytes: Infinity,
    },
  };
}

function networksOf(networks: readonly string[] = []): readonly string[] {
  if (!Array.isArray(networks))
    throw wrong("trustedProxies", `is ${describeValue(networks)}; it takes a list such as ["10.0.0.0/8"]`);
  for (const network of networks as readonly unknown[]) {
    if (typeof network !== "string")
      throw wrong("trustedProxies", `has ${describeValue(network)}; it takes texts such as "10.0.0.0/8"`);
    const problem = networkProblem(network);
    if (problem !== undefined) throw wrongValue("trustedProxies", network, problem);
  }
  return networks;
}

function styleOf(style: ForwardedStyle = "both"): ForwardedStyle {
  if (styles.includes(style)) return style;
  const known = styles.map((name) => `"${name}"`).join(", ");
  throw wrong("forwarded", `is ${describeValue(style)}; it takes ${known}`);
}

function hooksOf(hooks: ProxyHooks = {}, routes: readonly RouteSettings[]): ProxyHooks {
  checkType("hooks", hooks, "object", "an object with functions");
  checkOptions(hooks, hooksTable);
  for (const [name, hook] of Object.entries(hooks))
    checkType(`hooks.${name}`, hook, "function", "a function");
  if (hooks.message !== undefined && routes.every(({ mode }) => mode === "relay"))
    throw wrong("hooks.message", ({ setting }) => {
      const advice = `write ${setting("mode", "inspect")} for those whose messages it is to see`;
      return `would never be called, for no route has mode "inspect"; ${advice}, or leave it out`;
    });
  return hooks;
}
