// Where in the network a peer is (Local Network Access, "IP address space"): a script that says where it expects the server to
// be is not connected to one elsewhere.

import { isInNetwork } from "../handshake/index.js";

export type AddressSpace = "public" | "local" | "loopback";

const loopback = ["127.0.0.0/8", "::1"];
const local = [
  ...["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"],
  ...["fc00::/7", "fe80::/10"],
];

/** Throws `TypeError` for what is none. */
export function toAddressSpace(value: string): AddressSpace {
  if (value === "public" || value === "local" || value === "loopback") return value;
  throw new TypeError(`targetAddressSpace is ${value}; it takes "public", "local" or "loopback"`);
}

/** The space that the address belongs to. A unix socket, which has none, does not leave this machine. */
export function addressSpaceOf(address: string | undefined): AddressSpace {
  if (address === undefined || loopback.some((network) => isInNetwork(address, network))) return "loopback";
  return local.some((network) => isInNetwork(address, network)) ? "local" : "public";
}
