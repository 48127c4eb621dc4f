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
  let believed: Hop = { address: remoteAddress, proto: hops.at(-1)?.proto ?? lastProto(headers) };
  for (const hop of hops.reverse()) {
    if (hop.address === undefined) break;
    believed = hop;
    if (!isTrusted(hop.address, trustedProxies)) break;
  }
  return {
    peerAddress: remoteAddress,
    isPeerTrusted,
    clientAddress: believed.address,
    isSecure: isSecure || /^(?:https|wss)$/i.test(believed.proto ?? ""),
  };
}

/** What one proxy says of whom it was asked by, and how that was connected. */
interface Hop {
  /** Undefined for one that is hidden, or no address. */
  readonly address: string | undefined;
  readonly proto: string | undefined;
}

/** First the client's. */
function hopsOf(headers: HeaderMap): Hop[] {
  const list = headers.get("x-forwarded-for");
  if (list !== undefined) {
    const protos = splitList(headers.get("x-forwarded-proto") ?? "");
    const nodes = splitList(list);
    // Some proxies add to the list, others put their own word in its place.
    const protoOf = (index: number): string | undefined =>
      protos.length === nodes.length ? protos[index] : protos.at(-1);
    return nodes.map((node, index) => ({ address: addressOf(node), proto: protoOf(index) }));
  }
  const elements = parseForwarded(headers.get("forwarded") ?? "") ?? [];
  return elements.map((element) => ({
    address: addressOf(element.get("for") ?? ""),
    proto: element.get("proto"),
  }));
}

function lastProto(headers: HeaderMap): string | undefined {
  return splitList(headers.get("x-forwarded-proto") ?? "").at(-1);
}

/** Of "192.0.2.1:80", "[2001:db8::1]:80" and the like. */
function addressOf(node: string): string | undefined {
  const bracketed = /^\[([\da-f:.]+)\](?::\d+)?$/i.exec(node)?.[1];
  const plain = /^[\d.]+(?::\d+)?$/.test(node) ? node.split(":", 1)[0] : node;
  const address = bracketed ?? plain;
  return isInNetwork(address, address) ? address : undefined;
}
