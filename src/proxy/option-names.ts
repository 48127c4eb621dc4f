// The options that a proxy knows by name, and words for names that people bring from elsewhere.

import type { NamesOf, OptionTable } from "../protocol/index.js";
import { besideRoutes, type Hints, use, useAs } from "./hints.js";
import type { ProxyHooks } from "./hooks.js";
import { nginxHints, passiveHealth } from "./nginx-names.js";
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

const wholeNames = {
  trustedProxies: true,
  forwarded: true,
  sendRealIp: true,
  maxClients: true,
  requestTimeoutMs: true,
  closeTimeoutMs: true,
  maxHeadBytes: true,
  maxHeaders: true,
  transport: true,
} satisfies NamesOf<Omit<ProxyOptions, keyof RouteOptions | "routes" | "hooks">>;

const compression = { clientCompression: true, upstreamCompression: true };

/** As other proxies call what a route has. */
export const routeHints: Hints = {
  ...besideRoutes(Object.keys(wholeNames)),
  ...nginxHints,
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
  large_client_header_buffers: use("maxHeadBytes", "maxHeaders"),
};

export const inspectHints: Hints = { compression: use("clientCompression", "upstreamCompression") };

export const httpsRedirectHints: Hints = { code: use("status"), statusCode: use("status") };

const activeCheck = useAs("active", { path: "/health" });
const activeInterval = useAs("active", { intervalMs: 5000 });
const activeTimeout = useAs("active", { timeoutMs: 2000 });
const passiveFailures = useAs("passive", { maxFailures: 3 });
const passiveEject = useAs("passive", { ejectMs: 10_000 });

/** All that there is stands in one of its two parts. */
export const healthHints: Hints = {
  path: activeCheck,
  uri: activeCheck,
  statuses: useAs("active", { path: "/health", statuses: [200] }),
  intervalMs: activeInterval,
  interval: activeInterval,
  timeoutMs: activeTimeout,
  timeout: activeTimeout,
  rise: useAs("active", { rise: 2 }),
  fall: useAs("active", { fall: 3 }),
  maxFailures: passiveFailures,
  max_fails: passiveFailures,
  ejectMs: passiveEject,
  fail_timeout: passiveEject,
};

export const activeHints: Hints = {
  interval: use("intervalMs"),
  timeout: use("timeoutMs"),
  uri: use("path"),
};

const ofRoute: Told = (words) => `${tell(passiveHealth, words)} of the route`;

export const upstreamHints: Hints = {
  backup: use("isBackup"),
  target: use("url"),
  server: use("url"),
  max_conns: use("maxConnections"),
  max_fails: ofRoute,
  fail_timeout: ofRoute,
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
    ...wholeNames,
    routes: true,
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
  hints: inCode(httpsRedirectHints),
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
  hints: inCode(healthHints),
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
  hints: inCode(activeHints),
};

export const queueTable: OptionTable = {
  owner: "queue",
  names: { maxWaiting: true, timeoutMs: true } satisfies NamesOf<QueueOptions>,
};
