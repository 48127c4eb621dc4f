// What every TCP connection is told, as Node's sockets are: to send small writes at once, and to ask after a silent peer.

import { KEEP_ALIVE_DELAY_MS } from "../transport/index.js";
import * as abi from "./abi.js";
import type { NativeCalls } from "./native-calls.js";

/** Sets them; what a listening socket was told, its connections inherit. 0 or -errno. */
export function setTcpOptions(native: NativeCalls, fd: number): number {
  const results = [
    native.socketSetOption(fd, abi.IPPROTO_TCP, abi.TCP_NODELAY, 1),
    native.socketSetOption(fd, abi.SOL_SOCKET, abi.SO_KEEPALIVE, 1),
    native.socketSetOption(fd, abi.IPPROTO_TCP, abi.TCP_KEEPIDLE, KEEP_ALIVE_DELAY_MS / 1000),
  ];
  return Math.min(...results);
}
