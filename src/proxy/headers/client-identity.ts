// For whom a request is asked, as far as it can be believed. Each proxy on the way adds whom it was asked by; from the end of
// that list, addresses are believed as long as they are those of proxies that are trusted.

import { type HeaderMap, isInNetwork, parseForwarded, splitList } from "../../handshake/index.js";
import type { Endpoints } from "../../transport/index.js";

export interface ClientIdentity {
  /** Who is connected. */
  readonly peerAddress: string | undefined;
  /** Whoever is connected is trusted, so that what it says of others stands. */
  readonly isPeerTrusted: boolean;
  readonly clientAddress: string | undefined;
  readonly isSecure: boolean;
}

export interface Peer {
  readonly remoteAddress: string | undefined;
  readonly isSecure: boolean;
  /** Both ends of the connection, where they are known. */
  endpoints?(): Endpoints;
}

/** Where one socket takes IPv4 and IPv6, an address of the former is written as one of the latter. */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=[\d.]+$)/i, "");
}

export function isTrusted(address: string | undefined, networks: readonly string[]): boolean {
  return address !== undefined && networks.some((network) => isInNetwork(address, network));
}

export function identifyClient(
  { remoteAddress: connected, isSecure }: Peer,
  headers: HeaderMap,
  trustedProxies: readonly string[],
): ClientIdentity {
  const remoteAddress = plainAddress(connected);
  const isPeerTrusted = isTrusted(remoteAddress, trustedProxies);
  if (!isPeerTrusted)
    return { peerAddress: remoteAddress, isPeerTrusted, clientAddress: remoteAddress, isSecure };
  const hops = hopsOf(headers);
  let clientAddress = remoteAddress;
  for (const hop of hops.reverse()) {
    if (hop === undefined) break;
    clientAddress = hop;
    if (!isTrusted(hop, trustedProxies)) break;
  }
  return {
    peerAddress: remoteAddress,
    isPeerTrusted,
    clientAddress,
    isSecure: isSecure || saysSecure(headers),
  };
}

/** Addresses, first the client's; undefined for those that are hidden or no addresses. */
function hopsOf(headers: HeaderMap): (string | undefined)[] {
  const list = headers.get("x-forwarded-for");
  if (list !== undefined) return splitList(list).map(addressOf);
  const elements = parseForwarded(headers.get("forwarded") ?? "") ?? [];
  return elements.map((element) => addressOf(element.get("for") ?? ""));
}

/** Of "192.0.2.1:80", "[2001:db8::1]:80" and the like. */
function addressOf(node: string): string | undefined {
  const bracketed = /^\[([\da-f:.]+)\](?::\d+)?$/i.exec(node)?.[1];
  const plain = /^[\d.]+(?::\d+)?$/.test(node) ? node.split(":", 1)[0] : node;
  const address = bracketed ?? plain;
  return isInNetwork(address, address) ? address : undefined;
}

function saysSecure(headers: HeaderMap): boolean {
  const proto = splitList(headers.get("x-forwarded-proto") ?? "")[0] ?? protoOf(headers);
  return proto !== undefined && /^(?:https|wss)$/i.test(proto);
}

function protoOf(headers: HeaderMap): string | undefined {
  return parseForwarded(headers.get("forwarded") ?? "")?.[0]?.get("proto");
}
