// A config file as it was read, and as what the command works with.

import type {
  CertificateOptions,
  ProxyOptions,
  ProxyTlsOptions,
  RouteOptions,
  UpstreamTarget,
} from "../../../proxy/index.js";
import { passphraseIn } from "../../key-pair.js";
import { type ListenPlace, nameOfPlace, parseListenText } from "../listen-text.js";
import { type DrainPlan, defaultDrain, type ListenerPlan, type ProxyPlan } from "../proxy-plan.js";

export interface CertificateValue {
  readonly cert?: string;
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly names?: readonly string[];
}

export interface ListenerValue {
  readonly port?: number;
  readonly host?: string;
  readonly path?: string;
  readonly reusePort?: boolean;
  readonly proxyProtocol?: boolean;
  readonly tls?: Omit<ProxyTlsOptions, "certificates"> & {
    readonly certificates?: readonly CertificateValue[];
  };
}

export type RouteValue = Partial<RouteOptions>;

/** What the table of shapes promises of a file without mistakes. */
export interface ConfigValue extends Omit<ProxyOptions, "routes" | "hooks"> {
  readonly $schema?: string;
  readonly listen?: ListenValue | readonly ListenValue[];
  readonly routes?: readonly RouteValue[];
  readonly accessLog?: string;
  readonly admin?: number | string;
  readonly drain?: Partial<DrainPlan>;
}

export type ListenValue = number | string | ListenerValue;

/** Of a file without mistakes. `folder` is where it lies. */
export function planOf(config: ConfigValue, folder: string, warnings: readonly string[]): ProxyPlan {
  const { accessLog, admin, drain } = config;
  return {
    listeners: listenersOf(config, folder),
    options: optionsOf(config),
    accessLog,
    admin: admin === undefined ? undefined : adminOf(admin),
    drain: { ...defaultDrain, ...drain },
    warnings,
  };
}

/** What `createProxy` takes. */
export function optionsOf({
  $schema: _,
  listen: _listen,
  accessLog: _log,
  admin: _admin,
  drain: _drain,
  ...options
}: ConfigValue): ProxyOptions {
  const { routes, ...rest } = options;
  const common = routeOf(rest);
  return routes === undefined
    ? common
    : { ...common, routes: routes.map((route) => routeOf(route) as RouteOptions) };
}

export function listenersOf({ listen = [] }: ConfigValue, folder: string): ListenerPlan[] {
  const given: readonly ListenValue[] = Array.isArray(listen) ? listen : [listen];
  return given.flatMap((value) => listenerOf(value, folder) ?? []);
}

/** "127.0.0.1" unless it says otherwise: who can connect there sees what passes. */
export function adminOf(value: number | string): { port: number; host: string } | undefined {
  const place = typeof value === "number" ? { port: value } : parseListenText(value, "/");
  if (place === undefined || "path" in place) return undefined;
  return { port: place.port, host: place.host ?? "127.0.0.1" };
}

export function certificateOf({
  cert = "",
  key = "",
  passphraseFile,
  names,
}: CertificateValue): CertificateOptions {
  return {
    cert,
    key,
    ...(passphraseFile !== undefined && { passphrase: passphraseIn(passphraseFile) }),
    ...(names !== undefined && { names }),
  };
}

function listenerOf(value: ListenValue, folder: string): ListenerPlan | undefined {
  if (typeof value === "object") {
    const { tls, proxyProtocol = false, port, path, host, reusePort } = value;
    const place: ListenPlace | undefined =
      path !== undefined
        ? { path }
        : port === undefined
          ? undefined
          : { port, ...(host !== undefined && { host }) };
    if (place === undefined) return undefined;
    const { certificates = [], ...others } = tls ?? {};
    return {
      name: nameOfPlace(place),
      target: reusePort === undefined ? place : { ...place, reusePort },
      tls: tls && others,
      certificates: certificates.map(certificateOf),
      proxyProtocol,
    };
  }
  const place = typeof value === "number" ? { port: value } : parseListenText(value, folder);
  return (
    place && {
      name: nameOfPlace(place),
      target: place,
      tls: undefined,
      certificates: [],
      proxyProtocol: false,
    }
  );
}

function routeOf<Options extends RouteValue>(route: Options): Options {
  const { to } = route;
  if (to === undefined) return route;
  return { ...route, to: Array.isArray(to) ? to.map(upstreamOf) : upstreamOf(to as UpstreamTarget) };
}

function upstreamOf(upstream: UpstreamTarget): UpstreamTarget {
  if (typeof upstream === "string" || upstream.tls === undefined) return upstream;
  const { passphraseFile, ...tls } = upstream.tls as typeof upstream.tls & { passphraseFile?: string };
  return {
    ...upstream,
    tls: passphraseFile === undefined ? tls : { ...tls, passphrase: passphraseIn(passphraseFile) },
  };
}
