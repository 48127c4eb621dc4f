// The header that a proxy puts before everything else on a connection, to say whose connection it is (the PROXY protocol,
// versions 1 and 2, proxy-protocol.txt of HAProxy). What both sides of it know.

import type { Endpoint } from "../../transport/index.js";

export interface ProxyHeader {
  readonly version: 1 | 2;
  /** Who has connected to the proxy. Undefined where it speaks for itself, or does not know: the connection's own end stands. */
  readonly source: Endpoint | undefined;
  /** What was connected to there. */
  readonly destination: Endpoint | undefined;
}

/** Begins every header of version 2, and nothing that any other protocol begins with. */
export const SIGNATURE = Uint8Array.of(
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
);

/** Signature, version and command, family and protocol, and the length of what follows. */
export const FIXED_BYTES = 16;

export const Command = { LOCAL: 0x20, PROXY: 0x21 } as const;

export const Family = { UNSPEC: 0x0, INET: 0x1, INET6: 0x2, UNIX: 0x3 } as const;

/** Bytes of both addresses and both ports, by family. */
export const addressBytes: readonly number[] = [0, 12, 36, 216];

/** sun_path: the path of a unix socket with zero bytes behind it. */
export const PATH_BYTES = 108;
