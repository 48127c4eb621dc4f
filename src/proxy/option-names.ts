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

const listening = "give it to listen, as in proxy.listen({ port, tls })";

const routeHints: Readonly<Record<string, string>> = {
  target: "use to",
  upstream: "use to, with a list for several",
  upstreams: "use to",
  server: "use to",
  backend: "use to",
  prefix: "use pathPrefix",
  hostname: "use host",
  timeout: "use connectTimeoutMs, handshakeTimeoutMs or idleTimeoutMs",
  changeOrigin: "use preserveHost: false",
  pathRewrite: "use replacePath",
  redirect: "use redirectToHttps",
  headers: "use requestHeaders or responseHeaders",
  healthCheck: "use health",
  strategy: "use balance",
  maxMessageBytes: "use inspect: { maxMessageBytes }",
  heartbeat: "use inspect: { heartbeat }",
  compression: "use inspect: { clientCompression, upstreamCompression }",
  // As nginx calls them.
  location: "use pathPrefix, or path for one alone",
  server_name: "use host",
  proxy_pass: "use to",
  rewrite: "use replacePath",
  return: "use redirectToHttps",
  ip_hash: 'use balance: { hash: "address" }',
  least_conn: 'use balance: "least-connections"',
  proxy_set_header: "use requestHeaders",
  add_header: "use responseHeaders",
  proxy_hide_header: "use responseHeaders",
  proxy_connect_timeout: "use connectTimeoutMs",
  proxy_read_timeout: "use handshakeTimeoutMs or idleTimeoutMs",
  proxy_next_upstream_tries: "use retries",
  proxy_protocol: "use sendProxyProtocol",
  ssl_certificate: listening,
  ssl_certificate_key: listening,
};

export const routeTable: OptionTable = { owner: "a route", names: routeNames, hints: routeHints };

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
  hints: {
    ...routeHints,
    port: listening,
    tls: listening,
    listen: listening,
    xfwd: "use forwarded",
    trustProxy: "use trustedProxies",
    set_real_ip_from: "use trustedProxies",
    real_ip_header: "use trustedProxies",
    realIp: "use sendRealIp",
    xRealIp: "use sendRealIp",
    worker_connections: "use maxClients",
    client_header_timeout: "use requestTimeoutMs",
  },
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
  hints: { compression: "use clientCompression or upstreamCompression" },
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
  hints: { backup: "use isBackup", target: "use url", server: "use url", max_conns: "use maxConnections" },
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
