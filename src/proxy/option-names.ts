// The options that a proxy knows by name, and words for names that people bring from elsewhere.

import type { NamesOf, OptionTable } from "../protocol/index.js";
import type { ProxyHooks } from "./hooks.js";
import type { ProxyOptions } from "./proxy-options.js";
import type { HttpsRedirectOptions, InspectOptions, RouteOptions } from "./route-options.js";
import type {
  ActiveHealthOptions,
  HealthOptions,
  PassiveHealthOptions,
  QueueOptions,
  UpstreamOptions,
} from "./upstream/upstream-options.js";
import { codeWords, type Told, tell } from "./words.js";

const routeNames = {
  name: true,
  host: true,
  path: true,
  pathPrefix: true,
  replacePath: true,
  redirectToHttps: true,
  to: true,
  balance: true,
  health: true,
  queue: true,
  maxConnections: true,
  mode: true,
  inspect: true,
  isMetered: true,
  connectTimeoutMs: true,
  handshakeTimeoutMs: true,
  idleTimeoutMs: true,
  retries: true,
  preserveHost: true,
  requestHeaders: true,
  responseHeaders: true,
  sendProxyProtocol: true,
} satisfies NamesOf<RouteOptions>;

/** What to do in place of a name that others know. */
export type Hints = Readonly<Record<string, Told>>;

/** The hint to use one option, or one of several. */
export function use(...names: readonly string[]): Told {
  return ({ option }) => {
    const words = names.map(option);
    return `use ${[...words.slice(0, -2), words.slice(-2).join(" or ")].join(", ")}`;
  };
}

/** The hint to use an option with this value. */
export function useAs(name: string, value: unknown): Told {
  return ({ setting }) => `use ${setting(name, value)}`;
}

const compression = { clientCompression: true, upstreamCompression: true };

/** As other proxies call what a route has. */
export const routeHints: Hints = {
  target: use("to"),
  upstream: ({ option }) => `use ${option("to")}, with a list for several`,
  upstreams: use("to"),
  server: use("to"),
  backend: use("to"),
  prefix: use("pathPrefix"),
  hostname: use("host"),
  timeout: use("connectTimeoutMs", "handshakeTimeoutMs", "idleTimeoutMs"),
  changeOrigin: useAs("preserveHost", false),
  pathRewrite: use("replacePath"),
  redirect: use("redirectToHttps"),
  headers: use("requestHeaders", "responseHeaders"),
  healthCheck: useAs("health", { active: { path: "/health" } }),
  strategy: useAs("balance", "least-connections"),
  maxMessageBytes: useAs("inspect", { maxMessageBytes: 1_048_576 }),
  heartbeat: useAs("inspect", { heartbeat: { intervalMs: 30_000 } }),
  compression: useAs("inspect", compression),
  // As nginx calls them.
  location: ({ option }) => `use ${option("pathPrefix")}, or ${option("path")} for one alone`,
  server_name: use("host"),
  proxy_pass: use("to"),
  rewrite: use("replacePath"),
  return: use("redirectToHttps"),
  ip_hash: useAs("balance", { hash: "address" }),
  least_conn: useAs("balance", "least-connections"),
  proxy_set_header: useAs("requestHeaders", { "X-Served-By": "proxy" }),
  add_header: useAs("responseHeaders", { "X-Served-By": "proxy" }),
  proxy_hide_header: useAs("responseHeaders", { Server: null }),
  proxy_connect_timeout: use("connectTimeoutMs"),
  proxy_read_timeout: use("handshakeTimeoutMs", "idleTimeoutMs"),
  proxy_next_upstream_tries: use("retries"),
  proxy_protocol: use("sendProxyProtocol"),
};

/** The same of what stands beside routes. */
export const proxyHints: Hints = {
  ...routeHints,
  xfwd: use("forwarded"),
  trustProxy: use("trustedProxies"),
  set_real_ip_from: use("trustedProxies"),
  real_ip_header: use("trustedProxies"),
  realIp: use("sendRealIp"),
  xRealIp: use("sendRealIp"),
  worker_connections: use("maxClients"),
  client_header_timeout: use("requestTimeoutMs"),
};

export const inspectHints: Hints = { compression: use("clientCompression", "upstreamCompression") };

export const upstreamHints: Hints = {
  backup: use("isBackup"),
  target: use("url"),
  server: use("url"),
  max_conns: use("maxConnections"),
};

function inCode(hints: Hints): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(hints).map(([name, hint]) => [name, tell(hint, codeWords)]));
}

const listening = "give it to listen, as in proxy.listen({ port, tls })";

/** What stands beside these options in a config file. */
const hintsOfFile: Hints = {
  port: listening,
  tls: listening,
  listen: listening,
  certificates: listening,
  accessLog: "use hooks: { log }, which gets an entry for each request that is over",
  admin: "use startAdmin(proxy, { port })",
  drain: "give it to close, as in proxy.close({ code, timeoutMs })",
};

const certificateHints: Hints = { ssl_certificate: listening, ssl_certificate_key: listening };

export const routeTable: OptionTable = {
  owner: "a route",
  names: routeNames,
  hints: inCode({ ...routeHints, ...certificateHints }),
};

export const proxyTable: OptionTable = {
  owner: "createProxy",
  names: {
    ...routeNames,
    routes: true,
    trustedProxies: true,
    forwarded: true,
    sendRealIp: true,
    maxClients: true,
    requestTimeoutMs: true,
    closeTimeoutMs: true,
    maxHeadBytes: true,
    maxHeaders: true,
    transport: true,
    hooks: true,
  } satisfies NamesOf<ProxyOptions>,
  hints: inCode({ ...proxyHints, ...certificateHints, ...hintsOfFile }),
};

export const hooksTable: OptionTable = {
  owner: "hooks",
  names: {
    request: true,
    upstreamSelected: true,
    upstreamRequest: true,
    upstreamResponse: true,
    message: true,
    close: true,
    log: true,
    upstreamHealth: true,
    tlsFailed: true,
    error: true,
  } satisfies NamesOf<ProxyHooks>,
  hints: {
    upgrade: "use request",
    open: "use request",
    connection: "use request",
    proxyReq: "use upstreamRequest",
    proxyReqWs: "use upstreamRequest",
    response: "use upstreamResponse",
    proxyRes: "use upstreamResponse",
    accessLog: "use log",
    tlsClientError: "use tlsFailed",
  },
};

export const inspectTable: OptionTable = {
  owner: "inspect",
  names: {
    maxMessageBytes: true,
    maxFragments: true,
    heartbeat: true,
    clientCompression: true,
    upstreamCompression: true,
  } satisfies NamesOf<InspectOptions>,
  hints: inCode(inspectHints),
};

export const httpsRedirectTable: OptionTable = {
  owner: "redirectToHttps",
  names: { port: true, status: true } satisfies NamesOf<HttpsRedirectOptions>,
  hints: { code: "use status", statusCode: "use status" },
};

export const upstreamTable: OptionTable = {
  owner: "an upstream",
  names: {
    url: true,
    weight: true,
    maxConnections: true,
    isBackup: true,
    tls: true,
  } satisfies NamesOf<UpstreamOptions>,
  hints: inCode(upstreamHints),
};

export const healthTable: OptionTable = {
  owner: "health",
  names: { passive: true, active: true } satisfies NamesOf<HealthOptions>,
};

export const passiveTable: OptionTable = {
  owner: "health.passive",
  names: { maxFailures: true, ejectMs: true } satisfies NamesOf<PassiveHealthOptions>,
};

export const activeTable: OptionTable = {
  owner: "health.active",
  names: {
    path: true,
    statuses: true,
    intervalMs: true,
    timeoutMs: true,
    rise: true,
    fall: true,
  } satisfies NamesOf<ActiveHealthOptions>,
};

export const queueTable: OptionTable = {
  owner: "queue",
  names: { maxWaiting: true, timeoutMs: true } satisfies NamesOf<QueueOptions>,
};
