// The options about upstreams with their values, checked. A mistake is told with the place where it is: "to[1].weight".

import { isDeepStrictEqual } from "node:util";
import { type Address, parseWebSocketUrl } from "../../client/index.js";
import { isToken } from "../../handshake/index.js";
import { checkOptions, checkType, describeValue, isRecord } from "../../protocol/index.js";
import { checkPem } from "../../transport/index.js";
import { all, allOf, at, wrong, wrongValue } from "../mistakes.js";
import { queueTable, upstreamTable } from "../option-names.js";
import { flagAt, integerAt, numberAt, timeoutAt } from "../option-values.js";
import { checkAuthorities, isPem, pairProblem } from "../pem-content.js";
import type { RouteOptions } from "../route-options.js";
import type { Told } from "../words.js";
import type { ActiveHealthSettings } from "./health/active-health.js";
import { resolveHealth } from "./health/health-settings.js";
import type { PassiveHealthSettings } from "./health/passive-health.js";
import type { Balance, QueueOptions, UpstreamOptions } from "./upstream-options.js";
import { isUrlShown, upstreamUrlProblem } from "./upstream-url.js";

const MAX_WEIGHT = 1000;

export interface UpstreamSettings {
  readonly url: string;
  readonly address: Address;
  readonly weight: number;
  readonly maxConnections: number;
  readonly isBackup: boolean;
  readonly tls: UpstreamOptions["tls"];
}

export interface QueueSettings {
  readonly maxWaiting: number;
  readonly timeoutMs: number;
}

export interface UpstreamsSettings {
  readonly upstreams: readonly UpstreamSettings[];
  readonly balance: Balance;
  /** Undefined: requests are not asked. */
  readonly passive: PassiveHealthSettings | undefined;
  /** Undefined: nothing is checked. */
  readonly active: ActiveHealthSettings | undefined;
  readonly queue: QueueSettings;
}

/** Throws `Mistakes`. */
export function resolveUpstreams(options: RouteOptions): UpstreamsSettings {
  const { to, balance, health, queue, sendProxyProtocol } = options;
  const { conditions, ...settings } = all({
    upstreams: () => upstreamsOf(to),
    balance: () => balanceOf(balance),
    conditions: () => resolveHealth(health, sendProxyProtocol),
    queue: () => queueOf(queue),
  });
  return { ...settings, ...conditions };
}

function upstreamsOf(to: RouteOptions["to"]): readonly UpstreamSettings[] {
  const isList = Array.isArray(to);
  const given: readonly unknown[] = isList ? to : [to];
  if (given.length === 0) throw wrong("to", "is an empty list; it takes the URL of at least one upstream");
  const { upstreams } = all({
    upstreams: () => allOf(given, (target, index) => resolveUpstream(target, isList ? `to[${index}]` : "to")),
    twins: () =>
      checkTwins(given.map((target) => (isRecord(target) && "url" in target ? target.url : target))),
  });
  return upstreams;
}

/** Whether both are the same server, approached in the same way: what is known of the one holds for the other. */
export function isSameUpstream(a: UpstreamSettings, b: UpstreamSettings): boolean {
  return a.url === b.url && isDeepStrictEqual(a.tls, b.tls);
}

function resolveUpstream(target: unknown, place: string): UpstreamSettings {
  if (typeof target !== "string" && !isRecord(target)) {
    const text = `is ${describeValue(target)}; it takes a URL such as "ws://127.0.0.1:3000", or { url }`;
    throw wrong(place, text);
  }
  // Of this realm or another.
  if (isRecord(target) && "href" in target)
    throw wrong(place, "is a URL object; it takes the text of one, which is its href");
  const options: Partial<UpstreamOptions> = typeof target === "string" ? { url: target } : target;
  at(place, () => checkOptions(options, { ...upstreamTable, owner: place }));
  const { url, weight, maxConnections, isBackup, tls } = options;
  const urlPlace = typeof target === "string" ? place : `${place}.url`;
  if (typeof url !== "string")
    throw wrong(urlPlace, `is ${describeValue(url)}; it takes a URL such as "ws://127.0.0.1:3000"`);
  const address = addressOf(url, urlPlace);
  const settings = all({
    isBackup: () => flagAt(`${place}.isBackup`, isBackup, false),
    weight: () => integerAt(`${place}.weight`, weight, 1, 1, MAX_WEIGHT),
    maxConnections: () => numberAt(`${place}.maxConnections`, maxConnections, Infinity, 1),
    tls: () => tlsOf(tls, address, `${place}.tls`),
  });
  return { url, address, ...settings };
}

/** What would go unheard is refused. */
function addressOf(url: string, place: string): Address {
  const problem = upstreamUrlProblem(url);
  if (problem === undefined) return parseWebSocketUrl(url);
  throw wrongUrl(place, url, problem);
}

function wrongUrl(place: string, url: string, problem: Told): Error {
  return isUrlShown(url) ? wrongValue(place, url, problem) : wrong(place, problem);
}

function tlsOf(tls: UpstreamOptions["tls"], { target }: Address, place: string): UpstreamOptions["tls"] {
  at(place, () => checkType(place, tls, "object", "an object such as { ca }"));
  if (tls === undefined) return tls;
  if (!target.isSecure)
    throw wrong(place, "means nothing for a URL without TLS; use wss: or https:, or leave it out");
  at(place, () => checkPem(tls, place));
  all({
    ca: () => checkAuthorities(tls.ca, `${place}.ca`),
    pair: () => checkPair(tls, place),
  });
  return tls;
}

function checkPair({ cert, key, passphrase }: NonNullable<UpstreamOptions["tls"]>, place: string): void {
  const found = isPem(cert) && isPem(key) ? pairProblem({ cert, key, passphrase }) : undefined;
  if (found !== undefined) throw wrong(`${place}.${found.name}`, found.problem);
}

/** Logs and metrics could not tell them apart. */
function checkTwins(urls: readonly unknown[]): void {
  allOf(urls, (url, index) => {
    const before = urls.indexOf(url);
    if (before === index || typeof url !== "string") return;
    throw wrongUrl(`to[${index}]`, url, ({ place, setting }) => {
      const advice = `give one of them a weight, such as ${setting("weight", 2)}`;
      return `is given as ${place(`to[${before}]`)} already; for a larger share ${advice}`;
    });
  });
}

function balanceOf(balance: unknown = "round-robin"): Balance {
  if (balance === "round-robin" || balance === "least-connections") return balance;
  const hash = isRecord(balance) && "hash" in balance ? balance.hash : undefined;
  const isAlone = isRecord(balance) && Object.keys(balance).length === 1;
  if (isAlone && hash === "address") return { hash };
  if (isAlone && isRecord(hash) && Object.keys(hash).length === 1) {
    const { header, cookie } = hash as { header?: unknown; cookie?: unknown };
    if (isName(header)) return { hash: { header } };
    // RFC 6265 §4.1.1: the name of a cookie is a token, like that of a header.
    if (isName(cookie)) return { hash: { cookie } };
  }
  const shown = isRecord(balance) ? JSON.stringify(balance) : describeValue(balance);
  const text = `is ${shown}; it takes "round-robin", "least-connections", { hash: "address" }, { hash: { header: NAME } } or { hash: { cookie: NAME } }`;
  throw wrong("balance", text);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && isToken(value);
}

function queueOf(queue: QueueOptions = {}): QueueSettings {
  at("queue", () => checkOptions(queue, queueTable));
  return all<QueueSettings>({
    maxWaiting: () => integerAt("queue.maxWaiting", queue.maxWaiting, 1024, 0),
    timeoutMs: () => timeoutAt("queue.timeoutMs", queue.timeoutMs, 5000),
  });
}
