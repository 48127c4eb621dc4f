// The kernel's TLS as a socket's options: whether there is one, and how a connection gets it.

import * as abi from "./abi.js";
import { loadNativeCalls } from "./native-calls.js";
import { systemError } from "./system-error.js";
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

/** Why the kernel has no TLS, in words that say what to do; undefined where it has. */
export function missingKernelTls(native = loadNativeCalls()): string | undefined {
  if (process.platform !== "linux") return `kernel TLS is Linux's; this is ${process.platform}`;
  if (typeof native === "string") return native;
  const fd = native.socketOpen(abi.AF_INET, abi.SOCK_STREAM, 0);
  const result = fd < 0 ? fd : native.socketSetBytes(fd, abi.IPPROTO_TCP, abi.TCP_ULP, ULP_NAME);
  if (fd >= 0) native.descriptorClose(fd);
  // Only a connected socket can have it, which the kernel says when it has TLS.
  if (result >= 0 || result === -abi.ENOTCONN) return undefined;
  if (result === -abi.ENOENT)
    return "the kernel's module `tls` is not loaded (as root, on the host: `modprobe tls`; where that finds none, the kernel was built without CONFIG_TLS)";
  return `the kernel has no TLS for TCP: ${systemError(result, "setsockopt").message}`;
}
