// IP addresses as numbers, for one question: does an address lie in a network such as 10.0.0.0/8 or fd00::/8?

export interface IpAddress {
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: number;
  readonly value: bigint;
}

/**
 * Whether `address` lies in `network`, an address with an optional `/prefix`. False for what is no address.
 */
export function isInNetwork(address: string, network: string): boolean {
  const [base, prefix, ...rest] = network.split("/");
  const host = parseIpAddress(address);
  const net = parseIpAddress(base);
  if (host === undefined || net === undefined || rest.length > 0 || host.bits !== net.bits) return false;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return false;
  const length = prefix === undefined ? net.bits : Number(prefix);
  if (length > net.bits) return false;
  const shift = BigInt(net.bits - length);
  return host.value >> shift === net.value >> shift;
}

/** The address, or `undefined`. IPv6 comes without brackets; an IPv4 address mapped into IPv6 is IPv4. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { bits: 32, value: v4 };
  const value = parseV6(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

function parseV4(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1).map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** The 16-bit groups of one side of "::"; an IPv4 address at the end of the whole makes two. */
function groupsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = isLast && index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    else if (/^[\dA-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
