// The kernel's socket addresses (struct sockaddr and its kinds) as bytes, and what they say.

import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { AF_INET, AF_INET6, AF_UNIX, EINVAL, ENAMETOOLONG } from "./abi.js";
import type { NativeCalls } from "./native-calls.js";

/** The largest of them, a unix socket's. */
export const MAX_ADDRESS_BYTES = 110;
const MAX_PATH_BYTES = 107;

export interface InternetAddress {
  readonly address: string;
  readonly port: number;
  readonly isIPv6: boolean;
}

/** An IP address, with `%scope` behind one of IPv6 where it has one, and a port. */
export function encodeInternetAddress(address: string, port: number): Uint8Array {
  if (!isIPv6(address)) {
    const bytes = new Uint8Array(16);
    writeFamily(bytes, AF_INET);
    bytes[2] = port >>> 8;
    bytes[3] = port;
    for (const [i, part] of address.split(".").entries()) bytes[4 + i] = Number(part);
    return bytes;
  }
  const bytes = new Uint8Array(28);
  writeFamily(bytes, AF_INET6);
  bytes[2] = port >>> 8;
  bytes[3] = port;
  const [text, scope] = address.split("%");
  bytes.set(parseIPv6(text), 8);
  if (scope !== undefined) new Uint32Array(bytes.buffer)[6] = interfaceNumber(scope);
  return bytes;
}

/** The path of a unix socket; one that begins with a zero byte is Linux's abstract kind. -errno when it is none. */
export function encodeUnixAddress(path: string): Uint8Array | number {
  const text = Buffer.from(path);
  const isAbstract = path.startsWith("\0");
  // The kernel would take what is in front of a zero byte for the path, and nothing for an abstract name.
  if (path === "" || (!isAbstract && path.includes("\0"))) return -EINVAL;
  if (text.length > MAX_PATH_BYTES) return -ENAMETOOLONG;
  const bytes = new Uint8Array(2 + text.length + (isAbstract ? 0 : 1));
  writeFamily(bytes, AF_UNIX);
  bytes.set(text, 2);
  return bytes;
}

/** An IP address and a port; undefined for any other kind of address. */
export function decodeInternetAddress(bytes: Uint8Array): InternetAddress | undefined {
  const [family] = new Uint16Array(bytes.slice(0, 2).buffer);
  const port = (bytes[2] << 8) | bytes[3];
  if (family === AF_INET) return { address: bytes.subarray(4, 8).join("."), port, isIPv6: false };
  if (family === AF_INET6) return { address: formatIPv6(bytes.subarray(8, 24)), port, isIPv6: true };
  return undefined;
}

/** The path of a unix socket, with a zero byte before one that is abstract; "" for one that has none. */
export function decodeUnixAddress(bytes: Uint8Array, byteLength: number): string | undefined {
  const [family] = new Uint16Array(bytes.slice(0, 2).buffer);
  if (family !== AF_UNIX) return undefined;
  const name = Buffer.from(bytes.subarray(2, byteLength));
  // The kernel counts the zero byte behind a path, and an abstract name has zero bytes where it likes.
  return (name[0] === 0 || !name.includes(0) ? name : name.subarray(0, name.indexOf(0))).toString();
}

/** Who is at the other end; undefined where there is no IP address, or nobody any more. */
export function peerAddressOf(native: NativeCalls, fd: number): InternetAddress | undefined {
  const bytes = new Uint8Array(MAX_ADDRESS_BYTES);
  return native.socketPeerName(fd, bytes) < 0 ? undefined : decodeInternetAddress(bytes);
}

/** What the socket itself is bound to; undefined where that is no IP address. */
export function ownAddressOf(native: NativeCalls, fd: number): InternetAddress | undefined {
  const bytes = new Uint8Array(MAX_ADDRESS_BYTES);
  return native.socketName(fd, bytes) < 0 ? undefined : decodeInternetAddress(bytes);
}

/** A scope is the number of a network interface or its name. 0, which the kernel refuses, where there is none. */
function interfaceNumber(scope: string): number {
  if (/^\d+$/.test(scope)) return Number(scope);
  try {
    return Number(readFileSync(`/sys/class/net/${scope}/ifindex`, "latin1"));
  } catch {
    return 0;
  }
}

/** In the byte order of the machine. */
function writeFamily(bytes: Uint8Array, family: number): void {
  bytes.set(new Uint8Array(Uint16Array.of(family).buffer));
}

function parseIPv6(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  // The last 32 bits may be written as an IPv4 address.
  const mixed = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string, low: string): string => ((Number(high) << 8) | Number(low)).toString(16);
  const plain = mixed === null ? text : `${mixed[1]}${hex(mixed[2], mixed[3])}:${hex(mixed[4], mixed[5])}`;
  const [before, after] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const write = (groups: string[], from: number): void => {
    for (const [i, group] of groups.entries()) {
      const value = Number.parseInt(group, 16);
      bytes[from + 2 * i] = value >>> 8;
      bytes[from + 2 * i + 1] = value;
    }
  };
  write(before, 0);
  if (after !== undefined) write(after, 16 - 2 * after.length);
  return bytes;
}

/** RFC 5952: lower case, no leading zeroes, the longest run of zero groups as "::". */
function formatIPv6(bytes: Uint8Array): string {
  const isMapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (isMapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  let [start, length] = [0, 1];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (groups[end] === "0") end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (length === 1) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}
