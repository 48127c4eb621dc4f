// Places of this machine that are one and the same: nobody can listen at one twice, and what is sent to one's own comes back.

import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { resolve } from "node:path";
import { parseWebSocketUrl } from "../../client/index.js";
import type { ListenPlace } from "./listen-text.js";

/** Whether who listens at one keeps the other from it, as far as that can be told without asking for names. */
export function isSamePlace(a: ListenPlace, b: ListenPlace): boolean {
  if ("path" in a || "path" in b) return "path" in a && "path" in b && a.path === b.path;
  if (a.port !== b.port || a.port === 0) return false;
  const [one, other] = [a, b].map(({ host = "::" }) => host.toLowerCase());
  return one === other || covers(one, other) || covers(other, one);
}

/** Whether requests to this URL come to who listens there. */
export function leadsTo(url: string, place: ListenPlace): boolean {
  const { target, socketPath } = parseWebSocketUrl(url);
  if (socketPath !== undefined || "path" in place)
    return socketPath !== undefined && "path" in place && resolve(socketPath) === place.path;
  if (target.port !== place.port) return false;
  const [asked, listening] = [target.hostname, place.host ?? "::"].map((host) => host.toLowerCase());
  if (asked === listening) return true;
  if (listening === "localhost") return isLoopback(asked);
  if (asked === "localhost") return isAny(listening) || isLoopback(listening);
  return covers(listening, asked) && (isLoopback(asked) || isOwn(asked));
}

/** "::" takes IPv4 as well: Node.js and the kernel say so unless they are told otherwise. */
function covers(listening: string, host: string): boolean {
  return listening === "::" || (listening === "0.0.0.0" && isIPv4(host));
}

function isAny(host: string): boolean {
  return host === "::" || host === "0.0.0.0";
}

/** To connect to what is any address for a listener is to connect to this machine. */
function isLoopback(host: string): boolean {
  return isAny(host) || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function isOwn(host: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host));
}
