// What an upstream is told of the client. What a client itself says in these headers is nobody's word, and goes; what a trusted
// proxy says is added to.

import { formatForwarded, type HeaderList, type HeaderMap } from "../../handshake/index.js";
import type { ProxySettings } from "../proxy-settings.js";
import type { ClientIdentity } from "./client-identity.js";

/** Which headers say it. */
export type Telling = Pick<ProxySettings, "forwarded" | "sendRealIp">;

/** Whatever servers ask who the client is. Removed unless the peer is trusted. */
const claims = new Set([
  "cf-connecting-ip",
  "client-ip",
  "fastly-client-ip",
  "front-end-https",
  "forwarded",
  "true-client-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-forwarded",
  "x-forwarded-by",
  "x-forwarded-client-cert",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-forwarded-protocol",
  "x-forwarded-scheme",
  "x-forwarded-server",
  "x-forwarded-ssl",
  "x-original-host",
  "x-original-url",
  "x-real-ip",
  "x-rewrite-url",
]);

/** Those that are said here anew, by what was said before. */
const ours = new Set(["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]);

/** Servers that make variables of headers take an underscore for a hyphen. */
function isClaim(name: string): boolean {
  return claims.has(name.toLowerCase().replaceAll("_", "-"));
}

/** A claim that no proxy makes: it gets through those that replace the header of the right name. */
function isDisguised(name: string): boolean {
  return name.includes("_") && isClaim(name);
}

/** `passed` without claims that nobody stands for, and with ours. `received` is what came, `host` the client's Host. */
export function withForwarded(
  passed: HeaderList,
  received: HeaderMap,
  host: string,
  identity: ClientIdentity,
  { forwarded: style, sendRealIp }: Telling,
): HeaderList {
  const { isPeerTrusted, peerAddress, isSecure } = identity;
  const realIp = sendRealIp ? realIpOf(identity, received) : undefined;
  const isOurs = (name: string): boolean => ours.has(name) || (realIp !== undefined && name === "x-real-ip");
  const isGone = (name: string): boolean =>
    isPeerTrusted ? isOurs(name.toLowerCase()) || isDisguised(name) : isClaim(name);
  const kept = passed.filter(([name]) => !isGone(name));
  const earlier = (name: string): string | undefined => (isPeerTrusted ? received.get(name) : undefined);
  const proto = isSecure ? "https" : "http";
  const added: [string, string][] = [];
  const append = (name: string, value: string): void => {
    const before = earlier(name);
    added.push([name, before === undefined ? value : `${before}, ${value}`]);
  };
  if (style === "x-forwarded" || style === "both") {
    append("X-Forwarded-For", peerAddress ?? "unknown");
    added.push(["X-Forwarded-Proto", proto]);
    added.push(["X-Forwarded-Host", earlier("x-forwarded-host") ?? host]);
  }
  if (style === "forwarded" || style === "both") {
    append("Forwarded", formatForwarded({ for: nodeOf(peerAddress), host, proto }));
  }
  if (realIp !== undefined) added.push(["X-Real-IP", realIp]);
  return [...kept, ...added];
}

/** The client's address; undefined where it is not known, or a trusted peer says it there and nowhere else. */
function realIpOf({ isPeerTrusted, clientAddress }: ClientIdentity, received: HeaderMap): string | undefined {
  // A client can make lists that cannot be read of those that its proxy adds to.
  const isAlone = !received.has("x-forwarded-for") && !received.has("forwarded");
  return isPeerTrusted && isAlone && received.has("x-real-ip") ? undefined : clientAddress;
}

/** RFC 7239 §6: an IPv6 address stands in brackets, and who is behind a unix socket is not known. */
function nodeOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return address.includes(":") ? `[${address}]` : address;
}
