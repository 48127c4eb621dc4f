// The kernel's TLS as a socket's options: whether there is one, and how a connection gets it.

import { readFileSync } from "node:fs";
import * as abi from "./abi.js";
import type { UringTransport } from "./uring-transport.js";

const ULP_NAME = Buffer.from("tls");

/** Puts the kernel's TLS upon a connection, which changes nothing before there are keys. 0, or -errno. */
export function attachKernelTls(transport: UringTransport): number {
  return transport.setOption(abi.IPPROTO_TCP, abi.TCP_ULP, ULP_NAME);
}

/** Gives it the keys of a direction: struct tls12_crypto_info_*. 0, or -errno. */
export function setKernelKeys(
  transport: UringTransport,
  direction: "send" | "receive",
  cryptoInfo: Uint8Array,
): number {
  return transport.setOption(abi.SOL_TLS, direction === "send" ? abi.TLS_TX : abi.TLS_RX, cryptoInfo);
}

/** Why the kernel has no TLS, in words that say what to do; undefined where it has. It lists what can be put upon TCP. */
export function missingKernelTls(): string | undefined {
  if (process.platform !== "linux") return `kernel TLS is Linux's; this is ${process.platform}`;
  try {
    const available = readFileSync("/proc/sys/net/ipv4/tcp_available_ulp", "utf8");
    if (/\btls\b/.test(available)) return undefined;
    return "the kernel's module `tls` is not loaded (as root: `modprobe tls`)";
  } catch {
    return "this kernel has no upper-layer protocols for TCP (CONFIG_TLS)";
  }
}
