// IP addresses as the bytes that stand in a binary header: 4 of them, or 16.

import { parseIpAddress } from "../../handshake/index.js";

const MAPPED_PREFIX = 0xffffn << 32n;

/** 4 bytes for IPv4, also for an address of it that is mapped into IPv6; undefined for what is no address. */
export function ipToBytes(text: string): Uint8Array | undefined {
  const parsed = parseIpAddress(text);
  return parsed && bigEndian(parsed.value, parsed.bits / 8);
}

/** 16 bytes; an address of IPv4 is mapped into IPv6 (RFC 4291 §2.5.5.2). */
export function toIPv6Bytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 16) return bytes;
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), MAPPED_PREFIX >> 32n);
  return bigEndian(value, 16);
}

/** As it is written: RFC 5952 for IPv6. An address of IPv4 that is mapped into IPv6 is IPv4. */
export function bytesToIp(bytes: Uint8Array): string {
  const isMapped =
    bytes.length === 16 &&
    bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff;
  if (isMapped || bytes.length === 4) return bytes.subarray(-4).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  // URL Standard, host serializing: it writes addresses as RFC 5952 does.
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

function bigEndian(value: bigint, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let i = byteLength - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
