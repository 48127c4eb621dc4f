// A socket that listens: looked up, bound, and ready to be accepted from.

import { lookup } from "node:dns/promises";
import type { BoundAddress, ListenAddress } from "../transport/index.js";
import { toTransportError } from "../transport/index.js";
import * as abi from "./abi.js";
import type { NativeCalls } from "./native-calls.js";
import {
  decodeInternetAddress,
  encodeInternetAddress,
  encodeUnixAddress,
  MAX_ADDRESS_BYTES,
} from "./socket-address.js";
import { systemError } from "./system-error.js";
import { setTcpOptions } from "./tcp-options.js";

/** How many connections the kernel may queue before they are accepted. */
const BACKLOG = 4096;

export interface ListeningSocket {
  readonly fd: number;
  readonly bound: BoundAddress;
}

/** Rejects with `TransportError`. */
export async function openListeningSocket(
  native: NativeCalls,
  address: ListenAddress,
): Promise<ListeningSocket> {
  if ("path" in address) {
    const encoded = encodeUnixAddress(address.path);
    if (typeof encoded === "number") throw systemError(encoded, "listen");
    return { fd: open(native, abi.AF_UNIX, encoded, false), bound: { path: address.path } };
  }
  const { host, port, isPortShared = false } = address;
  const hosts = host === undefined ? ["::", "0.0.0.0"] : [await lookUp(host)];
  for (const [i, candidate] of hosts.entries()) {
    const family = candidate.includes(":") ? abi.AF_INET6 : abi.AF_INET;
    try {
      const fd = open(native, family, encodeInternetAddress(candidate, port), isPortShared);
      return { fd, bound: boundAddress(native, fd) };
    } catch (error) {
      // Without IPv6 there are still all addresses of IPv4.
      const hasNoFamily = ["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes((error as { errno: string }).errno);
      if (!hasNoFamily || i === hosts.length - 1) throw error;
    }
  }
  throw systemError(-abi.EAFNOSUPPORT, "listen");
}

async function lookUp(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw toTransportError(error as Error);
  }
}

function open(native: NativeCalls, family: number, address: Uint8Array, isPortShared: boolean): number {
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

function check(result: number): number {
  if (result < 0) throw systemError(result, "listen");
  return result;
}

function boundAddress(native: NativeCalls, fd: number): BoundAddress {
  const bytes = new Uint8Array(MAX_ADDRESS_BYTES);
  native.socketName(fd, bytes);
  return decodeInternetAddress(bytes) as BoundAddress;
}
