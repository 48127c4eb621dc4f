// The options that a client knows by name, and words for names that people bring from elsewhere.

import { connectionOptionHints, connectionOptionNames } from "../connection/index.js";
import type { NamesOf, OptionTable } from "../protocol/index.js";
import type { ConnectOptions } from "./connect-options.js";
import type { HttpRequestInit } from "./http-client.js";
import type { HttpClientOptions } from "./http-options.js";
import type { ReconnectOptions } from "./reconnect-policy.js";

const connectNames = {
  ...connectionOptionNames,
  tls: true,
  transport: true,
  proxy: true,
  socketPath: true,
  lookup: true,
  createConnection: true,
  protocols: true,
  headers: true,
  signal: true,
  origin: true,
  compression: true,
  handshakeTimeoutMs: true,
  followRedirects: true,
  reconnect: true,
  context: true,
} satisfies NamesOf<ConnectOptions & { context: unknown }>;

const inTls = "use tls: { ca, cert, key, servername, rejectUnauthorized, … }";
const inUrl = "it is part of the URL";
const inReconnect = "use reconnect: { retries, minDelayMs, maxDelayMs }";

const connectHints: Readonly<Record<string, string>> = {
  ...connectionOptionHints,
  ca: inTls,
  cert: inTls,
  key: inTls,
  pfx: inTls,
  passphrase: inTls,
  servername: inTls,
  rejectUnauthorized: inTls,
  checkServerIdentity: inTls,
  minVersion: inTls,
  maxVersion: inTls,
  host: inUrl,
  hostname: inUrl,
  port: inUrl,
  path: inUrl,
  query: inUrl,
  agent: 'use proxy: "http://…" or "env", or createConnection',
  dispatcher: 'use proxy: "http://…" or "env", or createConnection',
  socket: "use createConnection: () => socket",
  unix: "use socketPath",
  maxRedirects: "use followRedirects: the number of them",
  redirect: "use followRedirects: the number of them",
  retry: inReconnect,
  retries: inReconnect,
  maxRetries: inReconnect,
  reconnectInterval: inReconnect,
  maxReconnectAttempts: inReconnect,
  abort: "use signal",
  abortSignal: "use signal",
  origins: "use origin, the one that is sent",
  auth: "use the URL's user name and password, or headers: { Authorization }",
  authorization: "use headers: { Authorization }",
  cookie: "use headers: { Cookie }",
  protocolVersion: "it is always 13",
  generateMask: "masking keys are always random",
};

export const connectTable: OptionTable = { owner: "connect", names: connectNames, hints: connectHints };

/** The table of who hands options on to `connect` but takes none of these, each with what to do instead. */
export function connectTableWithout(owner: string, advice: Readonly<Record<string, string>>): OptionTable {
  const names = Object.entries(connectNames).filter(([name]) => !Object.hasOwn(advice, name));
  return { owner, names: Object.fromEntries(names), hints: { ...connectHints, ...advice } };
}

export const httpClientTable: OptionTable = {
  owner: "HttpClient",
  names: {
    ...connectNames,
    maxBodyBytes: true,
    bodyIdleTimeoutMs: true,
  } satisfies NamesOf<HttpClientOptions>,
  hints: { ...connectHints, baseURL: "give every request its whole URL" },
};

const requestHints: Readonly<Record<string, string>> = {
  timeout: "use signal: AbortSignal.timeout(…)",
  redirect: "redirects are not followed",
  query: inUrl,
  tls: "it belongs to the options of HttpClient",
  proxy: "it belongs to the options of HttpClient",
  maxBodyBytes: "it belongs to the options of HttpClient",
  handshakeTimeoutMs: "it belongs to the options of HttpClient",
};

export const requestTable: OptionTable = {
  owner: "a request",
  names: { method: true, headers: true, body: true, signal: true } satisfies NamesOf<HttpRequestInit>,
  hints: { ...requestHints, json: "use body: JSON.stringify(…)", data: "use body" },
};

export const getTable: OptionTable = {
  owner: "get",
  names: { headers: true, signal: true } satisfies NamesOf<Omit<HttpRequestInit, "method" | "body">>,
  hints: {
    ...requestHints,
    method: 'use request(url, { method: "…" })',
    body: 'use request(url, { method: "POST", body })',
  },
};

export const reconnectTable: OptionTable = {
  owner: "reconnect",
  names: {
    retries: true,
    minDelayMs: true,
    maxDelayMs: true,
    jitter: true,
    minUptimeMs: true,
    shouldRetry: true,
    onRetry: true,
    onReconnect: true,
  } satisfies NamesOf<ReconnectOptions>,
  hints: {
    maxRetries: "use retries",
    maxAttempts: "use retries",
    attempts: "use retries",
    minTimeout: "use minDelayMs",
    maxTimeout: "use maxDelayMs",
    delay: "use minDelayMs and maxDelayMs",
    delayMs: "use minDelayMs and maxDelayMs",
    interval: "use minDelayMs and maxDelayMs",
    minDelay: "use minDelayMs",
    maxDelay: "use maxDelayMs",
    minUptime: "use minUptimeMs",
  },
};
