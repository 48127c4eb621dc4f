// The header that tells an upstream whose connection it gets.

import type { Endpoint } from "../../transport/index.js";
import { bytesToIp, ipToBytes, toIPv6Bytes } from "./ip-bytes.js";
import { Command, Family, FIXED_BYTES, PATH_BYTES, SIGNATURE } from "./proxy-header.js";

/** Both ends in one family. */
interface Ends {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly ports: readonly [number, number];
}

/**
 * One that says who has connected where. Without a source, or with one that the version has no words for, it says that there is
 * nothing to say: UNKNOWN in version 1, LOCAL in version 2. A destination that is not known is all zeroes.
 */
export function encodeProxyHeader(
  version: 1 | 2,
  source: Endpoint | undefined,
  destination: Endpoint | undefined,
): Uint8Array {
  return version === 1 ? encodeText(source, destination) : encodeBinary(source, destination);
}

function encodeText(source: Endpoint | undefined, destination: Endpoint | undefined): Uint8Array {
  const ends = internetEnds(source, destination);
  if (ends === undefined) return new TextEncoder().encode("PROXY UNKNOWN\r\n");
  const { ports } = ends;
  const isIPv6 = ends.source.length === 16;
  const [from, to] = [ends.source, ends.destination].map((bytes) => textOf(bytes));
  return new TextEncoder().encode(`PROXY TCP${isIPv6 ? 6 : 4} ${from} ${to} ${ports.join(" ")}\r\n`);
}

/** What is mapped into IPv6 is written so: the family is that of both. */
function textOf(bytes: Uint8Array): string {
  const text = bytesToIp(bytes);
  return bytes.length === 16 && !text.includes(":") ? `::ffff:${text}` : text;
}

function encodeBinary(source: Endpoint | undefined, destination: Endpoint | undefined): Uint8Array {
  if (source !== undefined && "path" in source) {
    const paths = pathsOf(source.path, destination);
    return paths === undefined ? assemble(Command.LOCAL, 0, []) : assemble(Command.PROXY, Family.UNIX, paths);
  }
  const ends = internetEnds(source, destination);
  if (ends === undefined) return assemble(Command.LOCAL, 0, []);
  const family = ends.source.length === 16 ? Family.INET6 : Family.INET;
  const ports = ends.ports.map((port) => Uint8Array.of(port >>> 8, port));
  return assemble(Command.PROXY, family, [ends.source, ends.destination, ...ports]);
}

function assemble(command: number, family: number, parts: readonly Uint8Array[]): Uint8Array {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(FIXED_BYTES + byteLength);
  bytes.set(SIGNATURE);
  bytes[12] = command;
  // The lower half says that it is a stream.
  bytes[13] = family === Family.UNSPEC ? 0 : (family << 4) | 1;
  bytes[14] = byteLength >>> 8;
  bytes[15] = byteLength;
  let at = FIXED_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function internetEnds(source: Endpoint | undefined, destination: Endpoint | undefined): Ends | undefined {
  if (source === undefined || "path" in source) return undefined;
  const from = ipToBytes(withoutScope(source.address));
  if (from === undefined) return undefined;
  const isKnown = destination !== undefined && "address" in destination;
  const to = isKnown ? ipToBytes(withoutScope(destination.address)) : undefined;
  const ports = [source.port, isKnown ? destination.port : 0] as const;
  if (to === undefined) return { source: from, destination: new Uint8Array(from.length), ports };
  if (from.length === to.length) return { source: from, destination: to, ports };
  return { source: toIPv6Bytes(from), destination: toIPv6Bytes(to), ports };
}

/** Which interface an address is reached by is of no use to others. */
function withoutScope(address: string): string {
  return address.split("%", 1)[0];
}

function pathsOf(from: string, destination: Endpoint | undefined): Uint8Array[] | undefined {
  const to = destination !== undefined && "path" in destination ? destination.path : "";
  const paths = [from, to].map((path) => {
    const bytes = new Uint8Array(PATH_BYTES);
    const { read } = new TextEncoder().encodeInto(path, bytes);
    return read === path.length ? bytes : undefined;
  });
  return paths.every((path) => path !== undefined) ? paths : undefined;
}
