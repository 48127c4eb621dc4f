// Places of this machine that are one and the same: nobody can listen at one twice, and what is sent to one's own comes back.
// Hosts are compared by what they stand for, as far as that can be told without asking for names.

import { realpathSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { isLocalhostName, parseWebSocketUrl } from "../../client/index.js";
import { parseIpAddress } from "../../handshake/index.js";
import type { ListenPlace } from "./listen-text.js";

/** Whether who listens at one keeps the other from it. */
export function isSamePlace(a: ListenPlace, b: ListenPlace): boolean {
  if ("path" in a || "path" in b) return "path" in a && "path" in b && realPath(a.path) === realPath(b.path);
  if (a.port !== b.port || a.port === 0) return false;
  const [one, other] = [keyOf(a.host), keyOf(b.host)];
  return one === other || covers(one, other) || covers(other, one);
}

/** What a name of this machine, or an address, can be told by. */
export interface OwnHosts {
  readonly name: string;
  readonly addresses: ReadonlySet<string>;
}

/** Of now. Whoever looks at many places asks once. */
export function ownHosts(): OwnHosts {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return { name: keyOf(hostname()), addresses: new Set(addresses.map(({ address }) => keyOf(address))) };
}

/** Whether requests to this URL come to who listens there. */
export function leadsTo(url: string, place: ListenPlace, own = ownHosts()): boolean {
  const { target, socketPath } = parseWebSocketUrl(url);
  if (socketPath !== undefined || "path" in place)
    return socketPath !== undefined && "path" in place && realPath(socketPath) === realPath(place.path);
  if (target.port !== place.port) return false;
  const [asked, listening] = [keyOf(target.hostname), keyOf(place.host)];
  // Which of the machine's addresses its name has is for the system to say.
  if (asked === listening || (asked === own.name && isAny(listening))) return true;
  return destinationsOf(asked).some(
    (host) => takes(listening, host) && (isLoopback(host) || own.addresses.has(host)),
  );
}

const anyHost = keyOf("::");
const anyIPv4 = keyOf("0.0.0.0");
const ipv6Loopback = keyOf("::1");
const loopbacks = [keyOf("127.0.0.1"), ipv6Loopback];

/** The same text for what is the same host however it is written: a name, with the dot at its end or without it, or an address,
 * which IPv6 may have of IPv4. */
function keyOf(host = "::"): string {
  const name = host.toLowerCase().replace(/\.$/, "");
  const [text, scope] = name.split("%");
  const address = parseIpAddress(text);
  if (address === undefined) return name;
  const { bits, value } = address;
  return `${bits}/${value.toString(16).padStart(bits / 4, "0")}${scope === undefined ? "" : `%${scope}`}`;
}

function isIPv4(key: string): boolean {
  return key.startsWith("32/");
}

function isAny(key: string): boolean {
  return key === anyHost || key === anyIPv4;
}

/** All of 127.0.0.0/8 is. */
function isLoopback(key: string): boolean {
  return key === ipv6Loopback || key.startsWith("32/7f");
}

/** Whether who listens at the one has the other, too. "::" takes IPv4 as well: Node.js and the kernel say so unless they are told
 * otherwise. */
function covers(listening: string, host: string): boolean {
  if (listening === anyHost) return true;
  // "localhost" itself may be one of the two alone: that is for the system to say.
  if (isLocalhostName(host) && host !== "localhost") return loopbacks.some((one) => takes(listening, one));
  return listening === anyIPv4 && isIPv4(host);
}

/** Whether what is sent to the address comes to who listens there. */
function takes(listening: string, address: string): boolean {
  if (isLocalhostName(listening)) return loopbacks.includes(address);
  return listening === address || listening === anyHost || (listening === anyIPv4 && isIPv4(address));
}

/** Where connections go. To connect to what is any address for a listener is to connect to this machine. */
function destinationsOf(asked: string): readonly string[] {
  if (isLocalhostName(asked)) return loopbacks;
  if (isAny(asked)) return [loopbacks[asked === anyIPv4 ? 0 : 1]];
  return [asked];
}

/** The same for all paths that lead to one file. It need not be there: its folder may be reached in several ways. */
export function realPath(path: string): string {
  const whole = resolve(path);
  const found = resolved(whole);
  if (found !== undefined) return found;
  const folder = resolved(dirname(whole));
  return folder === undefined ? whole : join(folder, basename(whole));
}

/** Undefined for what is not there, or cannot be looked at. */
function resolved(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
