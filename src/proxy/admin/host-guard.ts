// Against DNS rebinding: a page of another site cannot make a browser read the admin port by giving its own name this address,
// because requests are only answered under names that no other site can have.

import { isIP } from "node:net";
import { parseAuthority } from "../../handshake/index.js";

/** Whether the Host header is an IP address, localhost, or `ownHost`. */
export function isOwnHost(host: string | undefined, ownHost: string): boolean {
  const hostname = parseAuthority(host ?? "", -1)?.hostname;
  if (hostname === undefined) return false;
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return isIP(bare) !== 0 || hostname === "localhost" || hostname === ownHost.toLowerCase();
}
