// A socket that listens: looked up, bound, and ready to be accepted from.

import { lookup } from "node:dns/promises";
import type { BoundAddress, ListenAddress } from "../transport/index.js";
import { toTransportError } from "../transport/index.js";
import * as abi from "./abi.js";
import type { NativeCalls } from "./native-calls.js";
import {
  decodeInternetAddress,
  decodeUnixAddress,
  encodeInternetAddress,
  encodeUnixAddress,
  MAX_ADDRESS_BYTES,
} from "./socket-address.js";
import { type Place, systemError } from "./system-error.js";
import { setTcpOptions } from "./tcp-options.js";

/** How many connections the kernel may queue before they are accepted. */
const BACKLOG = 4096;

export interface ListeningSocket {
  readonly fd: number;
  readonly bound: BoundAddress;
  /** It was made elsewhere, and others may have it too. */
  readonly isInherited: boolean;
}

/** Rejects with `TransportError`. */
export async function openListeningSocket(
  native: NativeCalls,
  address: ListenAddress,
): Promise<ListeningSocket> {
  if ("fd" in address) return inheritSocket(native, address.fd);
  if ("path" in address) {
    const place = { address: address.path };
    const encoded = encodeUnixAddress(address.path);
    if (typeof encoded === "number") throw systemError(encoded, "listen", place);
    const fd = open(native, { family: abi.AF_UNIX, address: encoded, place }, false);
    return { fd, bound: { path: address.path }, isInherited: false };
  }
  const { host, port, isPortShared = false } = address;
  const hosts = host === undefined ? ["::", "0.0.0.0"] : [await lookUp(host)];
  for (const [i, found] of hosts.entries()) {
    const family = found.includes(":") ? abi.AF_INET6 : abi.AF_INET;
    const encoded = encodeInternetAddress(found, port);
    const candidate = { family, address: encoded, place: { address: found, port } };
    try {
      const fd = open(native, candidate, isPortShared);
      return { fd, bound: boundAddress(native, fd), isInherited: false };
    } catch (error) {
      // Without IPv6 there are still all addresses of IPv4.
      const hasNoFamily = ["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes((error as { errno: string }).errno);
      if (!hasNoFamily || i === hosts.length - 1) throw error;
    }
  }
  throw systemError(-abi.EAFNOSUPPORT, "listen");
}

/** A socket that listens already. That it goes on listening with our queue is how the kernel says that it is one. */
function inheritSocket(native: NativeCalls, given: number): ListeningSocket {
  const answer = native.socketListen(given, BACKLOG);
  if (answer < 0) throw systemError(answer, "listen");
  const bound = boundAddress(native, given);
  if ("port" in bound) setTcpOptions(native, given);
  return { fd: native.descriptorAdopt(given), bound, isInherited: true };
}

async function lookUp(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw toTransportError(error as Error);
  }
}

interface Candidate {
  readonly family: number;
  readonly address: Uint8Array;
  readonly place: Place;
}

function open(native: NativeCalls, { family, address, place }: Candidate, isPortShared: boolean): number {
  const check = (result: number): number => {
    if (result < 0) throw systemError(result, "listen", place);
    return result;
  };
  const fd = check(native.socketOpen(family, abi.SOCK_STREAM, 0));
  try {
    if (family !== abi.AF_UNIX) {
      check(native.socketSetOption(fd, abi.SOL_SOCKET, abi.SO_REUSEADDR, 1));
      check(setTcpOptions(native, fd));
      if (isPortShared) check(native.socketSetOption(fd, abi.SOL_SOCKET, abi.SO_REUSEPORT, 1));
    }
    if (family === abi.AF_INET6) {
      // "::" alone takes IPv4 as well; an address of IPv6 takes what it says.
      const isAny = address.subarray(8, 24).every((byte) => byte === 0);
      check(native.socketSetOption(fd, abi.IPPROTO_IPV6, abi.IPV6_V6ONLY, isAny ? 0 : 1));
    }
    check(native.socketBind(fd, address));
    check(native.socketListen(fd, BACKLOG));
    return fd;
  } catch (error) {
    native.descriptorClose(fd);
    throw error;
  }
}

function boundAddress(native: NativeCalls, fd: number): BoundAddress {
  const bytes = new Uint8Array(MAX_ADDRESS_BYTES);
  const byteLength = native.socketName(fd, bytes);
  return decodeInternetAddress(bytes) ?? { path: decodeUnixAddress(bytes, byteLength) ?? "" };
}
