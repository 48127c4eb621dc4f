// The flags of the command line as a plan.

import { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { isToken } from "../../handshake/index.js";
import {
  type Balance,
  type CertificateOptions,
  type HealthOptions,
  type ProxyOptions,
  pairProblem,
  proxyMistake,
  proxyProtocolProblem,
  socketPathProblem,
  tell,
} from "../../proxy/index.js";
import { UsageError } from "../command.js";
import type { FlagReader } from "../flag-value.js";
import { readKeyPair, readPassphrase } from "../key-pair.js";
import { readTransport } from "../transport-flag.js";
import { visibleLine } from "../visible-text.js";
import { hostDoubt, validityDoubt } from "./certificate-doubts.js";
import { flagWords } from "./flag-words.js";
import { type ListenPlace, nameOfPlace, parseListenText, portOfAll } from "./listen-text.js";
import { logFileProblem } from "./log-file.js";
import { isSamePlace, leadsTo, ownHosts } from "./own-places.js";
import { type DrainPlan, defaultDrain, type ListenerPlan, type ProxyPlan } from "./proxy-plan.js";

/** Throws `UsageError`. */
export function readFlagPlan(flags: FlagReader): ProxyPlan {
  const plan: ProxyPlan = {
    listeners: readListeners(flags),
    options: readOptions(flags),
    accessLog: readAccessLog(flags),
    admin: readAdmin(flags),
    drain: readDrain(flags),
    warnings: [],
  };
  const mistake = proxyMistake(plan.options);
  if (mistake !== undefined) throw new UsageError(visibleLine(tell(mistake.told, flagWords)));
  checkPlaces(plan);
  return { ...plan, warnings: warningsOf(flags) };
}

/** Of flags without mistakes. */
function warningsOf(flags: FlagReader): string[] {
  const { cert } = readKeyPair(flags);
  if (cert === undefined) return [];
  const certificate = new X509Certificate(cert);
  const doubts = [
    ["--cert", validityDoubt(certificate, Date.now())],
    ...flags
      .texts("host-pattern")
      .map((host) => [`--host-pattern ${JSON.stringify(host)}`, hostDoubt(host, [certificate])]),
  ];
  return doubts
    .filter(([, doubt]) => doubt !== undefined)
    .map(([flag, doubt]) => `sluice: warning: ${flag} ${doubt}`);
}

function readListeners(flags: FlagReader): ListenerPlan[] {
  const given = flags.texts("listen");
  if (given.length === 0)
    throw new UsageError("sluice proxy needs --listen, such as --listen 8080, or --config");
  const { cert, key } = readKeyPair(flags);
  if (cert !== undefined && key === undefined)
    throw new UsageError("--cert needs --key, the key of the certificate");
  const passphrase = readPassphrase(flags);
  const isSecure = cert !== undefined && key !== undefined;
  if (isSecure) checkPair({ cert, key, passphrase });
  const listeners = given.map((text): ListenerPlan => {
    const target = listenPlace(text);
    return {
      name: nameOfPlace(target),
      target,
      tls: isSecure ? {} : undefined,
      certificates: isSecure ? [{ cert, key, ...(passphrase !== undefined && { passphrase }) }] : [],
      proxyProtocol: flags.isSet("proxy-protocol"),
    };
  });
  for (const { target, proxyProtocol } of listeners) {
    const problem = proxyProtocolProblem("path" in target, flags.texts("trusted-proxy"));
    if (proxyProtocol && problem !== undefined)
      throw new UsageError(`--proxy-protocol ${tell(problem, flagWords)}`);
  }
  for (const [index, { name, target }] of listeners.entries()) {
    const twin = listeners.slice(0, index).find((before) => isSamePlace(target, before.target));
    if (twin === undefined) continue;
    const how = twin.name === name ? "is given twice" : `is taken by --listen ${twin.name}`;
    throw new UsageError(`--listen ${name} ${how}; leave one of them out`);
  }
  return listeners;
}

function checkPair(pair: CertificateOptions): void {
  const found = pairProblem(pair);
  if (found === undefined) return;
  const flag = found.name === "passphrase" ? flagWords.option(found.name) : `--${found.name}`;
  throw new UsageError(`${flag} ${tell(found.problem, flagWords)}`);
}

/** What listens at a place already cannot be there for others. */
function checkPlaces({ listeners, options, admin }: ProxyPlan): void {
  const taken = admin && listeners.find(({ target }) => isSamePlace(target, admin));
  if (taken !== undefined)
    throw new UsageError(
      `--admin is where the proxy itself listens, with --listen ${taken.name}; give it another port`,
    );
  const places = listeners.map(({ name, target }) => ({
    target,
    problem: `where the proxy itself listens, with --listen ${name}, and requests would come back for ever`,
  }));
  const ofAdmin = admin && { target: admin, problem: "the admin port of the proxy itself, with --admin" };
  const own = ownHosts();
  for (const url of (options.to ?? []) as readonly string[]) {
    const found = [...places, ...(ofAdmin ? [ofAdmin] : [])].find(({ target }) => leadsTo(url, target, own));
    if (found !== undefined)
      throw new UsageError(`--to ${JSON.stringify(url)} is ${found.problem}; give the URL of another server`);
  }
}

function listenPlace(text: string): ListenPlace {
  const shown = JSON.stringify(text);
  const port = portOfAll(text);
  if (port !== undefined)
    throw new UsageError(`--listen ${shown} has "*" for an address; give ${port}, a port of all addresses`);
  const place = parseListenText(text, process.cwd());
  if (place === undefined)
    throw new UsageError(`--listen is ${shown}; it takes PORT, HOST:PORT, [IPV6]:PORT or unix:FILE`);
  const problem = "path" in place ? socketPathProblem(place.path) : undefined;
  if (problem !== undefined) throw new UsageError(`--listen ${shown} ${problem}`);
  return place;
}

function readAccessLog(flags: FlagReader): string | undefined {
  const file = flags.text("access-log");
  const problem = file === undefined || file === "-" ? undefined : logFileProblem(resolve(file));
  if (problem !== undefined) throw new UsageError(`--access-log ${JSON.stringify(file)} ${problem}`);
  return file;
}

function readAdmin(flags: FlagReader): ProxyPlan["admin"] {
  const text = flags.text("admin");
  if (text === undefined) return undefined;
  const port = portOfAll(text);
  if (port !== undefined)
    throw new UsageError(
      `--admin ${JSON.stringify(text)} has "*" for an address; give [::]:${port}, a port of all addresses, or ${port}, of this machine alone`,
    );
  const place = parseListenText(text, "/");
  if (place === undefined || "path" in place)
    throw new UsageError(`--admin is ${JSON.stringify(text)}; it takes PORT, HOST:PORT or [IPV6]:PORT`);
  return { port: place.port, host: place.host ?? "127.0.0.1" };
}

function readOptions(flags: FlagReader): ProxyOptions {
  const to = flags.texts("to");
  if (to.length === 0)
    throw new UsageError("sluice proxy needs --to, such as --to ws://127.0.0.1:3000, or --config");
  const hosts = flags.texts("host-pattern");
  const version = flags.choice("send-proxy-protocol", ["1", "2"]);
  return withoutAbsent({
    to,
    balance: readBalance(flags),
    health: readHealth(flags),
    host: hosts.length === 0 ? undefined : hosts,
    pathPrefix: flags.text("path-prefix"),
    sendProxyProtocol: version === undefined ? undefined : version === "1" ? 1 : 2,
    mode: flags.choice("mode", ["relay", "inspect"]),
    trustedProxies: flags.texts("trusted-proxy"),
    maxClients: readMaxClients(flags),
    idleTimeoutMs: flags.text("idle-timeout") === "none" ? Infinity : flags.milliseconds("idle-timeout"),
    connectTimeoutMs: flags.milliseconds("connect-timeout"),
    handshakeTimeoutMs: flags.milliseconds("handshake-timeout"),
    transport: readTransport(flags),
  });
}

function readMaxClients(flags: FlagReader): number | undefined {
  const names = ["max-clients", "max-connections"];
  flags.excludes(...names);
  return names.map((name) => flags.integer(name, 1, 100_000_000)).find((count) => count !== undefined);
}

/** A server that speaks WebSocket only answers no GET with what could count as good. */
function readHealth(flags: FlagReader): HealthOptions | undefined {
  const text = flags.text("health");
  if (text === undefined) return undefined;
  if (text === "connect") return { active: true };
  if (text.startsWith("/")) return { active: { path: text } };
  throw new UsageError(`--health is ${JSON.stringify(text)}; it takes connect, or a path such as /health`);
}

function readBalance(flags: FlagReader): Balance | undefined {
  const text = flags.text("balance");
  if (text === undefined || text === "round-robin" || text === "least-connections") return text;
  if (text === "hash-address") return { hash: "address" };
  const [, kind, name] = /^hash-(header|cookie):(.+)$/.exec(text) ?? [];
  if (name !== undefined && isToken(name))
    return { hash: kind === "header" ? { header: name } : { cookie: name } };
  throw new UsageError(
    `--balance is ${JSON.stringify(text)}; it takes round-robin, least-connections, hash-address, hash-header:NAME, hash-cookie:NAME`,
  );
}

function readDrain(flags: FlagReader): DrainPlan {
  const code = flags.choice("drain-code", ["1001", "1012"]);
  return {
    code: code === undefined ? defaultDrain.code : Number(code),
    timeoutMs: flags.milliseconds("drain-timeout") ?? defaultDrain.timeoutMs,
    lingerMs: flags.milliseconds("linger") ?? defaultDrain.lingerMs,
  };
}

/** What is not given is no option, so that a comparison of two plans finds what has changed. */
function withoutAbsent(options: ProxyOptions): ProxyOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
