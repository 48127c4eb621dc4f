// The cipher suites of TLS 1.3 (RFC 8446 appendix B.4) as OpenSSL, Node and the kernel's header linux/tls.h know them.

import { ContentType } from "./record.js";

export interface CipherSuite {
  /** Its name in RFC 8446, and its number on the wire. */
  readonly name: string;
  readonly code: number;
  readonly hash: "sha256" | "sha384";
  readonly keyBytes: number;
  /** Node's name for the algorithm. */
  readonly algorithm: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";
  /** The kernel's number for it. */
  readonly kernelType: number;
  /** How much of the twelve bytes of the IV the kernel takes apart, as the salt. */
  readonly saltBytes: number;
}

export const cipherSuites: readonly CipherSuite[] = [
  {
    name: "TLS_AES_128_GCM_SHA256",
    code: 0x1301,
    hash: "sha256",
    keyBytes: 16,
    algorithm: "aes-128-gcm",
    kernelType: 51,
    saltBytes: 4,
  },
  {
    name: "TLS_AES_256_GCM_SHA384",
    code: 0x1302,
    hash: "sha384",
    keyBytes: 32,
    algorithm: "aes-256-gcm",
    kernelType: 52,
    saltBytes: 4,
  },
  {
    name: "TLS_CHACHA20_POLY1305_SHA256",
    code: 0x1303,
    hash: "sha256",
    keyBytes: 32,
    algorithm: "chacha20-poly1305",
    kernelType: 54,
    saltBytes: 0,
  },
];

/** RFC 8446 §4.1.3: what stands before the cipher suite in a ServerHello, but for the session's id. */
const HELLO_BYTES = 5 + 4 + 2 + 32;
const SERVER_HELLO = 2;

/** What a server chose, where the kernel has it: the record has to be one that a ServerHello begins. */
export function suiteOfServerHello(record: Uint8Array): CipherSuite | undefined {
  if (record[0] !== ContentType.HANDSHAKE || record[5] !== SERVER_HELLO || record.length <= HELLO_BYTES)
    return undefined;
  const at = HELLO_BYTES + 1 + record[HELLO_BYTES];
  const code = (record[at] << 8) | record[at + 1];
  return cipherSuites.find((suite) => suite.code === code);
}
